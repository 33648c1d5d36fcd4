"""Reader of subtitles: SubRip (SRT, which has no standard) and WebVTT (https://www.w3.org/TR/webvtt1/).

It is as tolerant as players are, except of invalid times: those are refused, because a cue that is silently dropped
could be the one with an apology. Speakers are taken from WebVTT's voice tags, else from `Name:` before the text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from callqa.errors import TranscriptError
from callqa.transcripts.formats import speaker_labels
from callqa.transcripts.formats.base import LabelledUtterance, TranscriptFile, assemble, tidy
from callqa.transcripts.formats.clock import parse_clock
from callqa.transcripts.transcript import Utterance

VTT_HEADER = "WEBVTT"
ARROW = "-->"
TIMING = re.compile(r"\s*([0-9:.,]+)\s*-->\s*([0-9:.,]+)(?:\s.*)?")
"""The line with the times of a cue, in order or not; settings may follow."""

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?(?:[ \t]([^<>]*))?>|</v>")
_BREAK_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z0-9][^<>]*>|\{\\[^{}]*\}")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_NOT_CUES = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")


@dataclass(frozen=True)
class _Cue:
    start: float
    end: float
    lines: tuple[str, ...]


_Piece = tuple[str | None, str]
"""The part of a cue by one voice: its name, if it has one, and the text."""


def parse(text: str, *, vtt: bool = False) -> TranscriptFile:
    """Read SRT, or WebVTT if `vtt` is true or the first line says so.

    Voices in one cue share its time in proportion to their text. A cue without a name, after cues with names, belongs
    to the last of them. Cues without words are left out. Raises TranscriptError with the number of the line.
    """
    lines = _LINE_BREAK.split(text.removeprefix("\ufeff"))
    headed = lines[0].startswith(VTT_HEADER)
    cues = _cues(_without_notes(lines), ends_at_blank=True) if vtt or headed else _cues(lines, ends_at_blank=False)
    if not cues and not headed:
        raise TranscriptError("contains no subtitles: no line has times like 00:00:01,000 --> 00:00:02,500")
    voiced = [_voices(cue) for cue in cues]
    if not any(name is not None for pieces in voiced for name, _ in pieces):
        voiced = _prefixes(cues)
    return assemble(
        (utterance for cue, pieces in zip(cues, voiced, strict=True) for utterance in _utterances(cue, pieces)),
        noun="cue",
    )


def plain(markup: str) -> str:
    """Return the words of a cue: without tags, with character references resolved, on one line with single spaces."""
    bare = _TAG.sub("", _VOICE.sub("", _BREAK_TAG.sub(" ", markup)))
    return tidy(_REFERENCE.sub(lambda match: html.unescape(match[0]), bare))


def _without_notes(lines: Sequence[str]) -> list[str]:
    """Return the lines of WebVTT, with those of the header, comments, styles and regions emptied."""
    kept = []
    skipping = False
    above = ""
    for index, line in enumerate(lines):
        if not line.strip() or ARROW in line:
            skipping = False
        elif not above.strip() and (_NOT_CUES.match(line) or (not index and line.startswith(VTT_HEADER))):
            skipping = True
        kept.append("" if skipping else line)
        above = line
    return kept


def _cues(lines: Sequence[str], *, ends_at_blank: bool) -> list[_Cue]:
    at = [index for index, line in enumerate(lines) if ARROW in line and _is_timing(lines, index)]
    numbered = bool(at) and at[0] > 0 and lines[at[0] - 1].strip().isdigit()
    cues = []
    for index, following in pairwise([*at, len(lines)]):
        body = list(lines[index + 1 : following])
        if ends_at_blank:
            body = _after_blank(body)
        if ends_at_blank and (blank := next((n for n, line in enumerate(body) if not line.strip()), None)) is not None:
            body = body[:blank]
        elif numbered and following < len(lines) and body and body[-1].strip().isdigit():
            body.pop()
        start, end = _times(lines[index], index + 1)
        cues.append(_Cue(start, end, tuple(line for line in body if line.strip())))
    return cues


def _after_blank(body: list[str]) -> list[str]:
    """Return the lines of a cue without blank ones before its text, which some exporters write.

    What is left of an empty cue is at most the name of the next one.
    """
    first = next((n for n, line in enumerate(body) if line.strip()), 0)
    return body if first == 0 or first == len(body) - 1 else body[first:]


def _is_timing(lines: Sequence[str], index: int) -> bool:
    """Return True if a line with an arrow begins a cue, even with invalid times, and is not text with an arrow."""
    if TIMING.fullmatch(lines[index]) or lines[index].lstrip()[:1].isdigit():
        return True
    above, further_above = (lines[at].strip() if at >= 0 else "" for at in (index - 1, index - 2))
    return not above or (not further_above and ARROW not in above)


def _times(line: str, number: int) -> tuple[float, float]:
    match = TIMING.fullmatch(line)
    start, end = (parse_clock(match[1]), parse_clock(match[2])) if match else (None, None)
    if start is None or end is None:
        raise TranscriptError(
            f"line {number} has invalid times ({tidy(line)[:50]}); write them like 00:00:01,000 --> 00:00:02,500"
        )
    if end < start:
        raise TranscriptError(f"line {number}: the cue ends before it starts ({tidy(line)[:60]}); correct its times")
    return start, end


def _voices(cue: _Cue) -> list[_Piece]:
    markup = "\n".join(cue.lines)
    pieces: list[_Piece] = []
    name, at = None, 0
    for tag in _VOICE.finditer(markup):
        pieces.append((name, plain(markup[at : tag.start()])))
        name, at = plain(tag[1] or "") or None, tag.end()
    return [*pieces, (name, plain(markup[at:]))]


def _prefixes(cues: Sequence[_Cue]) -> list[list[_Piece]]:
    """Split all cues into pieces by `Name:` at the beginning of their lines."""
    bare = [[plain(line) for line in cue.lines] for cue in cues]
    names = speaker_labels.names_in(list(_candidates(bare)), doubt_roles=True)
    speaking: str | None = None
    voiced = []
    for lines in bare:
        pieces: list[_Piece] = []
        for line in lines:
            labelled = speaker_labels.split(line)
            if labelled is not None and labelled.label.casefold() in names:
                speaking = labelled.label
                pieces.append((speaking, labelled.text))
            elif pieces:
                pieces[-1] = (speaking, f"{pieces[-1][1]} {line}")
            else:
                pieces.append((speaking, line))
        voiced.append(pieces)
    return voiced


def _candidates(cues: Sequence[Sequence[str]]) -> Iterator[str | None]:
    """Yield the label of the first line of each cue, None if it has none, and the labels of its other lines."""
    for lines in cues:
        for index, line in enumerate(lines):
            labelled = speaker_labels.split(line)
            if labelled is not None:
                yield labelled.label
            elif not index:
                yield None


def _utterances(cue: _Cue, pieces: Sequence[_Piece]) -> Iterator[LabelledUtterance]:
    spoken = [(name, tidy(text)) for name, text in pieces if tidy(text)]
    letters = sum(len(text) for _, text in spoken)
    done = 0
    start = cue.start
    for name, text in spoken:
        done += len(text)
        end = cue.end if done == letters else round(cue.start + (cue.end - cue.start) * done / letters, 3)
        speaker, label = speaker_labels.resolve(name)
        yield LabelledUtterance(Utterance(speaker, text, start, end), label)
        start = end
