"""The result of reading a transcript file, and the checks that all readers share.

Readers raise no errors but TranscriptError, whatever the file contains.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from callqa.errors import TranscriptError
from callqa.transcripts.transcript import Utterance

LONGEST = 360_000.0
"""Seconds (100 hours) that no call reaches: a later time is in another unit, or relative to another moment."""

_BACKWARDS = 0.5
"""Seconds by which an utterance may begin before one above it: exporters round, and people talk at the same time."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class LabelledUtterance:
    """An utterance with the source's label for its speaker.

    `label` is the source's own name for the speaker ("Maria", "SPEAKER_00") if the role does not follow from it, and
    `utterance.speaker` is then "unknown". Utterances with equal labels are by one party.
    """

    utterance: Utterance
    label: str | None = None


@dataclass(frozen=True)
class TranscriptFile:
    """The content of a transcript file, in the order of the file.

    Either every utterance has a start and an end in seconds, or none has any times. `warnings` name what was left out
    or derived.
    """

    labelled: tuple[LabelledUtterance, ...]
    call_id: str | None = None
    agent: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def utterances(self) -> tuple[Utterance, ...]:
        """The utterances without their labels."""
        return tuple(item.utterance for item in self.labelled)


def one_line(text: str) -> str:
    """Return a text with a space for each control character, including line breaks, and U+FFFD for surrogates."""
    return _SURROGATE.sub("\ufffd", _CONTROL.sub(" ", text))


def tidy(text: str) -> str:
    """Return a text on one line, with single spaces between the words and none around them."""
    return " ".join(one_line(text).split())


def assemble(
    utterances: Iterable[LabelledUtterance],
    *,
    noun: str = "utterance",
    call_id: str | None = None,
    agent: str | None = None,
    warnings: Iterable[str] = (),
) -> TranscriptFile:
    """Combine utterances to a transcript, with times on all of them or on none and one spelling of each label.

    A missing end becomes the start of the next utterance; unless every utterance has a start, all times are left out.
    Both are noted in a warning. `noun` is the name of an utterance in messages, counted from 0. Raises TranscriptError
    if the times run backwards.
    """
    notes = list(warnings)
    items = list(utterances)
    _refuse_backwards(items, noun)
    starts = sum(item.utterance.start is not None for item in items)
    ends = sum(item.utterance.end is not None for item in items)
    if starts == len(items) and ends < len(items):
        items = _with_ends(items)
        notes.append(
            f"{len(items) - ends} of {len(items)} {noun}s have no end; each is assumed to last until the next begins,"
            " so pauses are not detected"
        )
    elif starts < len(items) and (starts or ends):
        items = [_untimed(item) for item in items]
        notes.append(f"only {starts} of {len(items)} {noun}s have times, so the transcript is read without times")
    return TranscriptFile(tuple(_one_spelling(items)), call_id, agent, tuple(notes))


def _refuse_backwards(items: Sequence[LabelledUtterance], noun: str) -> None:
    latest, latest_at = 0.0, 0
    for index, item in enumerate(items):
        start, end = item.utterance.start, item.utterance.end
        if start is None:
            continue
        if end is not None and end < start:
            raise TranscriptError(f"{noun} {index} ends ({end:g} s) before it starts ({start:g} s); correct its times")
        if start < latest - _BACKWARDS:
            raise TranscriptError(
                f"times run backwards: {noun} {index} starts at {start:g} s, but {noun} {latest_at} above it"
                f" at {latest:g} s; sort it by start or export it again"
            )
        if start > latest:
            latest, latest_at = start, index


def _with_ends(items: Sequence[LabelledUtterance]) -> list[LabelledUtterance]:
    complete = []
    for index, item in enumerate(items):
        start, end = item.utterance.start or 0.0, item.utterance.end
        if end is None:
            following = items[index + 1].utterance.start if index + 1 < len(items) else None
            end = max(start, following or start)
        complete.append(replace(item, utterance=replace(item.utterance, end=end)))
    return complete


def _untimed(item: LabelledUtterance) -> LabelledUtterance:
    words = tuple(replace(word, start=None, end=None) for word in item.utterance.words)
    return replace(item, utterance=replace(item.utterance, start=None, end=None, words=words))


def _one_spelling(items: Iterable[LabelledUtterance]) -> Iterable[LabelledUtterance]:
    spellings: dict[str, str] = {}
    for item in items:
        label = item.label
        yield item if label is None else replace(item, label=spellings.setdefault(label.casefold(), label))
