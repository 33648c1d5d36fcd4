"""Identifying the agent among the speakers: by the option, otherwise by the words, with the basis in one sentence.

Agents greet, say who they are, offer help and ask for account numbers; customers say why they call. Each such sign
counts for or against a party being the agent. In a mono recording the parties themselves are distinguished by the same
signs, utterance by utterance, which is a guess and marked as one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from callqa.behaviors.detection import detect
from callqa.behaviors.phrase_search import PhraseSearch
from callqa.language.phrases import PhraseSet
from callqa.language.quotes import sentence_text
from callqa.transcripts.transcript import Speaker, Utterance, with_speakers

WEIGHTS = {
    "greeting": 0.3, "identify": 1.5, "offer_help": 2.3, "hold_request": 0.5, "make_it_right": 1.2,
    "empathy": 1.2, "apology": 0.5, "closing": 0.5, "complaint": -0.7,
}  # fmt: skip
"""Natural-log odds that whoever shows a behavior is the agent: 2.3 is ten to one. Anyone says sorry or thank you;
customers say "hang on" too, but hardly ever offer help."""

CUE_WEIGHT = 1.6
"""The same for a phrase only one of the two would say."""

_STAY = 0.35
"""Probability that the next utterance in one channel is by the same speaker, if nothing else is known."""

SURE_MARGIN = 1.0
"""Difference in log odds between the parties at which the roles are considered certain."""


@dataclass(frozen=True)
class Cues:
    """Phrases only an agent, or only a customer, is likely to say."""

    agent: PhraseSet
    customer: PhraseSet


@dataclass(frozen=True)
class RoleAssignment:
    """Utterances with their speakers, and the basis for it."""

    utterances: tuple[Utterance, ...]
    basis: str
    sure: bool


def evidence_for_agent(
    utterances: Sequence[Utterance], search: PhraseSearch, cues: Cues
) -> list[tuple[float, str | None]]:
    """For each utterance, return the log odds that an agent says it, and the words that speak most for an agent."""
    totals = [0.0] * len(utterances)
    strongest: list[tuple[float, str | None]] = [(-math.inf, None)] * len(utterances)

    def add(index: int, weight: float, quote: str) -> None:
        totals[index] += weight
        if weight > strongest[index][0]:
            strongest[index] = (weight, quote)

    for hit in detect(utterances, search.behaviors, search=search, phrases_only=True):
        weight = WEIGHTS.get(hit.behavior)
        if weight is not None:
            add(hit.utterance, weight, sentence_text(utterances[hit.utterance].text, hit.start, hit.end))
    for index, (utterance, text) in enumerate(zip(utterances, search.texts, strict=True)):
        for phrases, weight in ((cues.agent, CUE_WEIGHT), (cues.customer, -CUE_WEIGHT)):
            for match in phrases.find(text)[:1]:
                add(index, weight, sentence_text(utterance.text, match.start, match.end))
    return [(total, quote) for total, (_, quote) in zip(totals, strongest, strict=True)]


def assign_by_party(
    utterances: Sequence[Utterance],
    parties: Sequence[str],
    search: PhraseSearch,
    cues: Cues,
    *,
    agent_party: str | None = None,
    party_word: str = "channel",
) -> RoleAssignment:
    """Name the agent among parties; everyone else is a customer. `parties` has the party of each utterance.

    `agent_party` is the agent's party; None works it out. A single party is compared with nobody.
    """
    names = sorted(set(parties))
    # For counting turns it does not matter which of the two is called the agent, as long as they differ.
    sides: list[Speaker] = ["agent" if party == names[0] else "customer" for party in parties]
    scores = evidence_for_agent(with_speakers(utterances, sides, sure=False), search, cues)
    sums = dict.fromkeys(names, 0.0)
    strongest: dict[str, tuple[float, str]] = {}
    for (score, quote), party in zip(scores, parties, strict=True):
        sums[party] += score
        if quote is not None and score > strongest.get(party, (0.0, ""))[0]:
            strongest[party] = (score, quote)
    best = max(names, key=lambda name: (sums[name], name), default="")
    if agent_party is not None:
        basis = f"the agent is {party_word} {agent_party}, as asked for"
        others = [name for name in names if name != agent_party]
        if others and best != agent_party and sums[best] - sums.get(agent_party, 0.0) > 2 * SURE_MARGIN:
            basis += f", but the words suggest {party_word} {best}: are the channels swapped?"
        return _named(utterances, parties, agent_party, basis, sure=True)
    margin = _margin(sums, best)
    quote = strongest.get(best, (0.0, ""))[1]
    if margin >= SURE_MARGIN and quote:
        basis = f"the agent is {party_word} {best}, by the words “{quote}”"
        return _named(utterances, parties, best, basis, sure=True)
    first = parties[0] if parties else ""
    chosen = best if margin > 0.2 else first
    reason = "the few signs in the words" if margin > 0.2 else "speaking first"
    certain = "--agent-channel" if party_word == "channel" else "naming the agent in the transcript"
    basis = f"the agent is assumed to be {party_word} {chosen}, going by {reason}; {certain} makes it certain"
    return _named(utterances, parties, chosen, basis, sure=False)


def _margin(sums: Mapping[str, float], best: str) -> float:
    others = [value for name, value in sums.items() if name != best]
    return sums.get(best, 0.0) - max(others, default=0.0)


def _named(
    utterances: Sequence[Utterance], parties: Sequence[str], agent: str, basis: str, *, sure: bool
) -> RoleAssignment:
    speakers: list[Speaker] = ["agent" if party == agent else "customer" for party in parties]
    return RoleAssignment(tuple(with_speakers(utterances, speakers, sure=sure)), basis, sure)


def assign_by_words(utterances: Sequence[Utterance], search: PhraseSearch, cues: Cues) -> RoleAssignment:
    """Distinguish agent and customer in one channel by the words alone: a guess, marked as one.

    Return the likeliest sequence of speakers, given the signs in each utterance and that speakers tend to alternate
    (Viterbi's algorithm on two states).
    """
    scores = [score for score, _ in evidence_for_agent(utterances, search, cues)]
    stay, change = math.log(_STAY), math.log(1 - _STAY)
    # Calls to a help line begin with the agent, nearly always.
    best = {True: math.log(0.7), False: math.log(0.3)}
    back: list[dict[bool, bool]] = []
    for index, score in enumerate(scores):
        if index:
            came = {
                now: max((True, False), key=lambda was: best[was] + (stay if was == now else change)) for now in best
            }
            best = {now: best[was] + (stay if was == now else change) for now, was in came.items()}
            back.append(came)
        best = {True: best[True] + score / 2, False: best[False] - score / 2}
    is_agent = best[True] >= best[False]
    path = [is_agent]
    for came in reversed(back):
        is_agent = came[is_agent]
        path.append(is_agent)
    speakers: list[Speaker] = ["agent" if flag else "customer" for flag in reversed(path)][: len(utterances)]
    basis = "one channel holds both parties; who speaks is guessed from the words alone, with low confidence"
    return RoleAssignment(tuple(with_speakers(utterances, speakers, sure=False)), basis, sure=False)
