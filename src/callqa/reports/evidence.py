"""The evidence of a verdict as a reader wants it: pieces of one sentence shown as one moment, not as three."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from callqa.scoring.scorecard import Evidence, MeasuredEvent, Part
from callqa.transcripts.transcript import Speaker, Utterance


@dataclass(frozen=True)
class Moment:
    """One stretch of one line that a verdict rests on, by all the rules that found something in it.

    `line` is the index in the transcript; `start` and `end` are seconds, None where there are none.
    """

    line: int
    speaker: Speaker
    start: float | None
    end: float | None
    quote: str
    part: Part
    measured: MeasuredEvent | None
    behaviors: tuple[str, ...]
    rules: tuple[str, ...]

    def holds(self, evidence: Evidence) -> bool:
        """Whether a piece of evidence went into this moment."""
        return self._like(evidence) and evidence.quote in self.quote

    def _like(self, evidence: Evidence) -> bool:
        same = (evidence.utterance, evidence.speaker, evidence.part, evidence.measured)
        return same == (self.line, self.speaker, self.part, self.measured)

    def joined(self, evidence: Evidence, text: str) -> Moment | None:
        """The moment with another piece of evidence in it; None where the two do not overlap in the line's text."""
        if not self._like(evidence) or self.measured is not None:
            return None
        left = _overlap(self.quote, evidence.quote, text)
        if left is None:
            return None
        starts = [at for at in (self.start, evidence.start) if at is not None]
        ends = [at for at in (self.end, evidence.end) if at is not None]
        return replace(
            self,
            start=min(starts, default=None),
            end=max(ends, default=None),
            quote=left,
            behaviors=_with(self.behaviors, evidence.behavior),
            rules=_with(self.rules, evidence.rule),
        )


def moments_of(evidence: Sequence[Evidence], lines: Sequence[Utterance]) -> list[Moment]:
    """The evidence with pieces joined that overlap in one line, in the order the first of each was found."""
    moments: list[Moment] = []
    for piece in evidence:
        text = lines[piece.utterance].text if piece.utterance < len(lines) else ""
        for place, moment in enumerate(moments):
            if (joined := moment.joined(piece, text)) is not None:
                moments[place] = joined
                break
        else:
            moments.append(_moment(piece))
    return moments


def _moment(evidence: Evidence) -> Moment:
    return Moment(
        line=evidence.utterance,
        speaker=evidence.speaker,
        start=evidence.start,
        end=evidence.end,
        quote=evidence.quote,
        part=evidence.part,
        measured=evidence.measured,
        behaviors=_with((), evidence.behavior),
        rules=_with((), evidence.rule),
    )


def _with(names: tuple[str, ...], name: str | None) -> tuple[str, ...]:
    return names if not name or name in names else (*names, name)


def _overlap(one: str, other: str, text: str) -> str | None:
    """The part of a text that two overlapping quotes of it cover."""
    if one == other:
        return one
    first, second = text.find(one), text.find(other)
    if min(first, second) < 0 or not one or not other:
        return None
    if first > second + len(other) or second > first + len(one):
        return None
    return text[min(first, second) : max(first + len(one), second + len(other))]
