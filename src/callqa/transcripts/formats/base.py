"""What every reader of transcripts returns, and the checks all of them share.

Readers raise TranscriptError and nothing else, whatever the file holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from callqa.errors import TranscriptError
from callqa.transcripts.transcript import Utterance

LONGEST = 360_000.0
"""Seconds (100 hours) no call reaches: a later time is in another unit, or counted from another moment."""

_BACKWARDS = 0.5
"""Seconds by which an utterance may begin before one above it: exporters round, and people talk at once."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Line:
    """One utterance as read, and who the source says spoke it.

    `label` is the source's own name for the speaker ("Maria", "SPEAKER_00") where that name does not tell the
    role; `utterance.speaker` is then "unknown". Lines with equal labels are one party.
    """

    utterance: Utterance
    label: str | None = None


@dataclass(frozen=True)
class ReadTranscript:
    """A transcript made elsewhere, in the order of its file.

    Either every utterance has a start and an end in seconds, or none has any time. `warnings` say what was left
    out or worked out.
    """

    lines: tuple[Line, ...]
    call_id: str | None = None
    agent: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def utterances(self) -> tuple[Utterance, ...]:
        """The utterances without their labels."""
        return tuple(line.utterance for line in self.lines)


def one_line(text: str) -> str:
    """The text with a space for each control character, line breaks among them, and U+FFFD for half characters."""
    return _SURROGATE.sub("\ufffd", _CONTROL.sub(" ", text))


def tidy(text: str) -> str:
    """The text on one line, with single spaces between the words and none around them."""
    return " ".join(one_line(text).split())


def assemble(
    lines: Iterable[Line],
    *,
    noun: str = "utterance",
    call_id: str | None = None,
    agent: str | None = None,
    warnings: Iterable[str] = (),
) -> ReadTranscript:
    """Put the lines together, with times on all of them or on none and one spelling of each label.

    An end that is missing is taken from where the next line starts; without a start on every line, all times
    are left out. Either is told in a warning. `noun` names a line in messages, counted from 0. Raises
    TranscriptError where the times run backwards.
    """
    notes = list(warnings)
    read = list(lines)
    _refuse_backwards(read, noun)
    starts = sum(line.utterance.start is not None for line in read)
    ends = sum(line.utterance.end is not None for line in read)
    if starts == len(read) and ends < len(read):
        read = _with_ends(read)
        notes.append(
            f"{len(read) - ends} of {len(read)} {noun}s have no end; each was taken to last until the next begins,"
            " so pauses do not show"
        )
    elif starts < len(read) and (starts or ends):
        read = [_untimed(line) for line in read]
        notes.append(f"only {starts} of {len(read)} {noun}s have times; the transcript is read as one without times")
    return ReadTranscript(tuple(_one_spelling(read)), call_id, agent, tuple(notes))


def _refuse_backwards(lines: Sequence[Line], noun: str) -> None:
    latest, latest_at = 0.0, 0
    for index, line in enumerate(lines):
        start, end = line.utterance.start, line.utterance.end
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


def _with_ends(lines: Sequence[Line]) -> list[Line]:
    ended = []
    for index, line in enumerate(lines):
        start, end = line.utterance.start or 0.0, line.utterance.end
        if end is None:
            following = lines[index + 1].utterance.start if index + 1 < len(lines) else None
            end = max(start, following or start)
        ended.append(replace(line, utterance=replace(line.utterance, end=end)))
    return ended


def _untimed(line: Line) -> Line:
    words = tuple(replace(word, start=None, end=None) for word in line.utterance.words)
    return replace(line, utterance=replace(line.utterance, start=None, end=None, words=words))


def _one_spelling(lines: Iterable[Line]) -> Iterable[Line]:
    spellings: dict[str, str] = {}
    for line in lines:
        label = line.label
        yield line if label is None else replace(line, label=spellings.setdefault(label.casefold(), label))
