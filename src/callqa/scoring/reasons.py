"""The wording of reasons, and the evidence that goes with them: quotes, moments, the nearest miss."""

from __future__ import annotations

from collections.abc import Sequence

from callqa.behaviors.behavior import Hit
from callqa.behaviors.behavior_schema import PartyOrAny
from callqa.conversation.analysed_call import AnalysedCall
from callqa.core.durations import clock
from callqa.language import en
from callqa.language.normalization import NormalizedText
from callqa.language.phrases import Phrase, nearest, parse_phrase
from callqa.language.quotes import quote_with_ellipses, sentence_span
from callqa.rubrics.rubric_schema import Condition, Criterion
from callqa.scoring.conditions import ConditionMatch
from callqa.scoring.scorecard import Evidence, EvidencePart

NEAR = 0.8
"""Similarity, from 0 to 1, at which an utterance is shown as the nearest miss, if it shares a word that matters."""

LONGEST_QUOTE = 80
"""Characters of an utterance quoted in a reason."""


def evidence_of(found: ConditionMatch, part: EvidencePart, call: AnalysedCall) -> Evidence:
    """Return a match as evidence: the sentence it is in, with its seconds."""
    hit, utterance = found.hit, call.utterances[found.hit.utterance]
    first, last = sentence_span(utterance.text, hit.start, hit.end)
    start, end = utterance.times_at(first, last)
    return Evidence(
        hit.utterance, utterance.speaker, start, end, utterance.text[first:last], found.behavior, hit.rule, part
    )


def nearest_miss(condition: Condition, searched: Sequence[int], call: AnalysedCall) -> tuple[Evidence | None, str]:
    """Return the utterance most like what was sought, if any is like it, and words that say so."""
    phrases: list[Phrase] = [parse_phrase(source) for source in condition.say or ()]
    for name in condition.behavior or ():
        phrases += call.behaviors[name].phrases
    scores = [(nearest(call.texts[i], phrases), i) for i in searched]
    if not scores:
        return None, ""
    (score, phrase), index = max(scores, key=lambda item: (item[0][0], -item[1]))
    if phrase is None or score < NEAR or not _share_a_word(call.texts[index], phrase):
        return None, ", nothing came near"
    utterance = call.utterances[index]
    evidence = Evidence(
        index, utterance.speaker, utterance.start, utterance.end, utterance.text, None, phrase.source, "nearest"
    )
    return evidence, f", nearest {moment(index, utterance.start)} “{_short(utterance.text)}”"


def _share_a_word(text: NormalizedText, phrase: Phrase) -> bool:
    """Return True if a text has, nearly or exactly, a word of a phrase that is not in every other utterance."""
    from rapidfuzz import fuzz

    wanted = [word for word in phrase.sample.split() if word not in en.CLASSIFIER_STOP_WORDS]
    words = {token.text for token in text.tokens} - en.CLASSIFIER_STOP_WORDS
    return any(fuzz.ratio(word, other) >= 100 * NEAR for word in wanted for other in words)


def trigger_text(
    criterion: Criterion, triggers: Sequence[ConditionMatch], call: AnalysedCall, answer: int | None = None
) -> str:
    """Return the beginning of a reason: what called for something, and when.

    That is the last trigger before the utterance `answer` that answered it, or else the strongest of the triggers.
    """
    if not triggers or criterion.when is None:
        return ""
    before = [trigger.hit.utterance for trigger in triggers if answer is not None and trigger.hit.utterance < answer]
    cited = strongest([trigger for trigger in triggers if not before or trigger.hit.utterance == before[-1]])
    return f"{name_of(criterion.when)} {quote(cited.hit, call, time_first=True)}; "


def strongest(found: Sequence[ConditionMatch]) -> ConditionMatch:
    """Return the match that shows most clearly what was sought; of equals, the first."""
    return max(found, key=lambda one: (one.doubt is None, not one.hit.learned, one.hit.confidence, one.hit.phrase or 0))


def name_of(condition: Condition) -> str:
    """Return the name of what a condition looks for."""
    if condition.behavior:
        return " or ".join(name.replace("_", " ") for name in condition.behavior)
    samples = [parse_phrase(source).sample for source in condition.say or ()]
    said = next((sample for sample in samples if sample), "certain words")
    return f"“{said}”" + (" or the like" if len(samples) > 1 else "")


def quote(hit: Hit, call: AnalysedCall, *, time_first: bool = False) -> str:
    """Return the sentence of a hit with the moment it was said."""
    utterance = call.utterances[hit.utterance]
    first, last = sentence_span(utterance.text, hit.start, hit.end)
    words = f"“{_short(quote_with_ellipses(utterance.text, first, last))}”"
    when = moment(hit.utterance, utterance.times_at(first, last)[0])
    return f"{when} {words}" if time_first else f"{words} {when}"


def moment(index: int, start: float | None) -> str:
    """Return the moment of an utterance: its time or, without times, its number."""
    return f"at {clock(start)}" if start is not None else f"in line {index + 1}"


def _short(text: str, limit: int = LONGEST_QUOTE) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rsplit(" ", 1)[0] + "…"


def times(count: int) -> str:
    """Return how often something happened."""
    return "once" if count == 1 else f"{count} times"


def count_lines(count: int, party: PartyOrAny, *, later: bool = False) -> str:
    """Return a number of utterances of a party, such as "9 later agent lines"."""
    whose = "" if party == "any" else f"{party} "
    return f"{count} {'later ' if later else ''}{whose}{'line' if count == 1 else 'lines'}"
