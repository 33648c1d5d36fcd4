"""Reader of plain text with a line for each turn: `Agent: …`, `[00:12] Maria: …`, `Caller (1:02): …`.

A line that does not begin with a speaker continues the turn above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from callqa.errors import TranscriptError
from callqa.transcripts.formats import speaker_labels
from callqa.transcripts.formats.base import LabelledUtterance, TranscriptFile, assemble, tidy
from callqa.transcripts.formats.clock import parse_clock
from callqa.transcripts.transcript import Speaker, Utterance

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_CLOCK = r"[0-9]+(?::[0-9]+)+(?:[.,][0-9]+)?"
_TIME = re.compile(
    rf"""
    (?: [\[(<] \s* )? (?P<start> {_CLOCK} ) (?: \s* (?: --?>|[-–] ) \s* (?P<end> {_CLOCK} ) )?
    (?: \s* [\])>] | (?= [\s:] | $ ) ) :? \s* (?: [-–—] \s+ )?
    """,
    re.VERBOSE,
)
"""Times that may precede the speaker: `[00:12]`, `00:01:12 -`, `[00:12.000 --> 00:15.500]`."""


@dataclass(frozen=True)
class _Row:
    """A line of the file: its times, and its text split at the colon if it may have a speaker."""

    text: str
    labelled: speaker_labels.LabelledLine | None
    start: float | None = None
    end: float | None = None


def parse(text: str) -> TranscriptFile:
    """Read plain text.

    A line such as "Agent: Dana Whitlow" above lines by Dana Whitlow names a party and is not speech. Lines before the
    first speaker are left out with a warning, and turns without words without one. Times are used if every turn has
    one. Raises TranscriptError if no line names a speaker, or if the time of a speaker is invalid.
    """
    rows = list(_rows(text.removeprefix("\ufeff")))
    roles = _named_in_headers(rows)
    rows = [row for row in rows if not _is_header(row, roles)]
    names = speaker_labels.names_in(
        [row.labelled.label if row.labelled else None for row in rows],
        sure=[row.labelled.label for row in rows if row.labelled and row.start is not None],
    )
    speaking = [row.labelled is not None and row.labelled.label.casefold() in names for row in rows]
    if True not in speaking:
        raise TranscriptError("does not say who speaks: no line starts with Agent: or Customer:")
    first = speaking.index(True)
    turns = [_with_role(turn, roles) for turn in _turns(rows[first:], speaking[first:]) if turn.utterance.text]
    left_out = "1 line" if first == 1 else f"{first} lines"
    warnings = [f"left out {left_out} before the first speaker"] if first else []
    labels = (row.labelled.label for row in rows if row.labelled)
    agent = next((label for label in labels if roles.get(label.casefold()) == "agent"), None)
    return assemble(turns, noun="turn", agent=agent, warnings=warnings)


def _named_in_headers(rows: Sequence[_Row]) -> dict[str, Speaker]:
    """Return the roles of the speakers that headers name: the text of such a line is the label of others."""
    labels = {row.labelled.label.casefold() for row in rows if row.labelled}
    found: dict[str, Speaker] = {}
    for row in rows:
        role = speaker_labels.role_of(row.labelled.label) if row.labelled else None
        if row.labelled and role in ("agent", "customer") and row.labelled.text.casefold() in labels:
            found.setdefault(row.labelled.text.casefold(), role)
    return found


def _is_header(row: _Row, roles: Mapping[str, Speaker]) -> bool:
    """Return True if a line gives the role of a speaker, and nothing else."""
    if row.labelled is None:
        return False
    role = roles.get(row.labelled.text.casefold())
    return role is not None and role == speaker_labels.role_of(row.labelled.label)


def _with_role(turn: LabelledUtterance, roles: Mapping[str, Speaker]) -> LabelledUtterance:
    role = roles.get(turn.label.casefold()) if turn.label else None
    return turn if role is None else LabelledUtterance(replace(turn.utterance, speaker=role))


def _rows(text: str) -> Iterator[_Row]:
    """Yield the lines that are not blank; times on a line of their own belong to the speaker on the line below."""
    above: tuple[float | None, float | None] = (None, None)
    for number, line in enumerate(_LINE_BREAK.split(text), 1):
        row = _row(line.strip(), number)
        if not row.text:
            above = above if row.start is None else (row.start, row.end)
            continue
        if row.start is None and row.labelled is not None:
            row = replace(row, start=above[0], end=above[1])
        above = (None, None)
        yield row


def _row(line: str, number: int) -> _Row:
    match = _TIME.match(line)
    if match is None:
        labelled = speaker_labels.split(line)
        return _Row(line, labelled, _time(labelled.time, number) if labelled else None)
    rest = line[match.end() :]
    labelled = speaker_labels.split(rest)
    if rest and labelled is None:
        return _Row(line, None)
    return _Row(rest, labelled, _time(match["start"], number), _time(match["end"], number))


def _time(text: str | None, number: int) -> float | None:
    if text is None:
        return None
    if (time := parse_clock(text)) is None:
        raise TranscriptError(f"line {number} has an invalid time ({text[:20]}); write it like 00:01:02")
    return time


def _turns(rows: Sequence[_Row], speaking: Sequence[bool]) -> Iterator[LabelledUtterance]:
    """Yield the turns from rows that begin with a speaker."""
    labelled = speaker_labels.LabelledLine("", "")
    texts: list[str] = []
    times: tuple[float | None, float | None] = (None, None)
    for row, speaks in zip(rows, speaking, strict=True):
        if not speaks or row.labelled is None:
            texts.append(row.text)
            continue
        if texts:
            yield _turn(labelled.label, texts, *times)
        labelled, texts, times = row.labelled, [row.labelled.text], (row.start, row.end)
    yield _turn(labelled.label, texts, *times)


def _turn(name: str, texts: Sequence[str], start: float | None, end: float | None) -> LabelledUtterance:
    speaker, label = speaker_labels.resolve(name)
    return LabelledUtterance(Utterance(speaker, tidy(" ".join(texts)), start, end), label)
