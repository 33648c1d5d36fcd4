"""The matches of a rubric's condition in a call, the window they must fall in, and doubts about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from callqa.behaviors.behavior import SURE, Hit
from callqa.behaviors.behavior_schema import PartyOrAny
from callqa.conversation.analysed_call import AnalysedCall
from callqa.language.normalization import NormalizedText, SpanSet
from callqa.language.phrases import PhraseSet
from callqa.language.quotes import sentence_span
from callqa.rubrics.rubric_schema import Amount, Condition, Window
from callqa.transcripts.transcript import Speaker, Utterance

HEARD = 0.5
"""Mean probability of the quoted words below which they count as poorly recognised."""

SECONDS_A_TURN = 10.0
"""Seconds a turn is assumed to last if a transcript has no times and a window is given in seconds."""


@dataclass(frozen=True)
class ConditionMatch:
    """A hit of a condition, and the doubt about it, if any."""

    hit: Hit
    behavior: str | None
    doubt: str | None


def find(condition: Condition, searched: Sequence[int], call: AnalysedCall) -> list[ConditionMatch]:
    """Find the hits of a condition among the searched utterances, in the order of the call.

    Words that are a hit in several ways count once, in the most certain way.
    """
    allowed = set(searched)
    found = [
        ConditionMatch(hit, hit.behavior, doubt_of(hit, call))
        for hit in call.hits
        if condition.behavior and hit.behavior in condition.behavior and hit.utterance in allowed
    ]
    if condition.say:
        found += [ConditionMatch(hit, None, doubt_of(hit, call)) for hit in _say_hits(condition.say, searched, call)]
    if condition.not_near is not None:
        near = PhraseSet(condition.not_near.say)
        words = condition.not_near.words
        found = [item for item in found if not _is_near(item.hit, near, words, call)]
    return sorted(_apart(found), key=lambda item: (item.hit.utterance, item.hit.start))


def occurrences(found: Iterable[ConditionMatch], call: AnalysedCall) -> int:
    """Return how often something was said: a behavior counts once in a sentence, however many phrases show it there.

    "If you just bear with me a moment" asks to wait once. Words of a rubric's own (`say`) count each time.
    """
    count = 0
    ends: dict[tuple[str | None, int], int] = {}
    for item in sorted(found, key=lambda item: (item.hit.utterance, item.hit.start)):
        hit, place = item.hit, (item.behavior, item.hit.utterance)
        if item.behavior is None or hit.start >= ends.get(place, 0):
            count += 1
        _, ends[place] = sentence_span(call.utterances[hit.utterance].text, hit.start, hit.end)
    return count


def _say_hits(phrases: Sequence[str], searched: Sequence[int], call: AnalysedCall) -> Iterable[Hit]:
    wanted = PhraseSet(phrases)
    for index in searched:
        for match in wanted.find(call.texts[index]):
            rule = wanted.phrases[match.phrase].source
            yield Hit("", index, call.utterances[index].speaker, match.start, match.end, 1.0, rule)


def _apart(found: Iterable[ConditionMatch]) -> list[ConditionMatch]:
    """Keep, of hits that share words, the most certain, then the longest."""

    def rank(item: ConditionMatch) -> tuple[bool, float, int, int]:
        hit = item.hit
        return item.doubt is not None, -hit.confidence, hit.start - hit.end, hit.start

    kept: list[ConditionMatch] = []
    taken: dict[int, SpanSet] = {}
    for item in sorted(found, key=rank):
        places = taken.setdefault(item.hit.utterance, SpanSet())
        if not places.overlaps(item.hit.start, item.hit.end):
            places.add(item.hit.start, item.hit.end)
            kept.append(item)
    return kept


def _is_near(hit: Hit, phrases: PhraseSet, words: int, call: AnalysedCall) -> bool:
    spoken = call.texts[hit.utterance]
    first, last = _tokens(spoken, hit.start, hit.end)
    for match in phrases.find(spoken):
        begin, stop = _tokens(spoken, match.start, match.end)
        if begin - last <= words and first - stop <= words:
            return True
    return False


def _tokens(spoken: NormalizedText, start: int, end: int) -> tuple[int, int]:
    """First and last token of a match; a match of punctuation alone is between the tokens around it."""
    first, last = spoken.tokens_between(start, end)
    if first > last:
        first = sum(token.end <= start for token in spoken.tokens)
        last = first - 1
    return first, last


def doubt_of(hit: Hit, call: AnalysedCall) -> str | None:
    """Return why a hit should not be trusted without listening; None if there is no such reason."""
    utterance = call.utterances[hit.utterance]
    if utterance.doubt:
        return f"it was recognised poorly ({utterance.doubt})"
    probability = _probability(utterance, hit.start, hit.end)
    if probability is not None and probability < HEARD:
        return f"it was recognised poorly (the words are {probability:.0%} certain)"
    if hit.confidence < SURE:
        return f"this wording is a weak sign of it ({hit.confidence:.0%} certain)"
    return None


def _probability(utterance: Utterance, start: int, end: int) -> float | None:
    """Mean probability of the words at the characters [start, end); None if none is known."""
    known = [word.probability for word in utterance.words_at(start, end) if word.probability is not None]
    return sum(known) / len(known) if known else None


def in_window(
    window: Window | None, party: PartyOrAny, call: AnalysedCall, triggers: Sequence[ConditionMatch]
) -> list[int]:
    """Return the utterances of a party in a window, or all of them without one; windows open after triggers."""
    own = call.by(party)
    if window is None or not own:
        return own
    if window.first is not None:
        return _first(window.first, own, call)
    if window.last is not None:
        return _last(window.last, own, call)
    reachable = {index for trigger in triggers for index in _after(trigger.hit.utterance, window, own, call)}
    return sorted(reachable)


def _first(amount: Amount, own: list[int], call: AnalysedCall) -> list[int]:
    if amount.seconds is not None and call.timed:
        agents = call.by("agent") or own
        begin = call.start(agents[0])
        return [i for i in own if call.start(i) <= begin + amount.seconds]
    turns = _turns(amount)
    return [i for i in own if call.turns[i] < turns]


def _last(amount: Amount, own: list[int], call: AnalysedCall) -> list[int]:
    if amount.seconds is not None and call.timed:
        stop = max(call.end(i) for i in range(len(call.utterances)))
        return [i for i in own if call.end(i) >= stop - amount.seconds]
    turns = _turns(amount)
    latest: dict[str, int] = {}
    for i in own:
        speaker = call.utterances[i].speaker
        latest[speaker] = max(latest.get(speaker, 0), call.turns[i])
    return [i for i in own if latest[call.utterances[i].speaker] - call.turns[i] < turns]


def _after(trigger: int, window: Window, own: list[int], call: AnalysedCall) -> list[int]:
    later = [i for i in own if i > trigger]
    if window.seconds is None and window.turns is None:
        return later
    seconds, turns = window.seconds, window.turns
    if seconds is not None and not call.timed:
        turns = max(turns or 0, _turns(Amount(seconds=seconds)))
        seconds = None
    ordinals: dict[tuple[Speaker, int], int] = {}
    for i in later:
        ordinals.setdefault((call.utterances[i].speaker, call.turns[i]), len(ordinals))
    return [
        i
        for i in later
        if (seconds is not None and call.start(i) <= call.end(trigger) + seconds)
        or (turns is not None and ordinals[(call.utterances[i].speaker, call.turns[i])] < turns)
    ]


def _turns(amount: Amount) -> int:
    """A window in turns; seconds become turns if there are no times, and never fewer than two."""
    if amount.turns is not None:
        return amount.turns
    assert amount.seconds is not None
    return max(2, round(amount.seconds / SECONDS_A_TURN))
