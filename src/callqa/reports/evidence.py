"""The evidence of a verdict as a reader wants it: overlapping pieces of an utterance are one moment, not three."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from callqa.scoring.scorecard import Evidence, EvidencePart, MeasuredEvent
from callqa.transcripts.transcript import Speaker, Utterance


@dataclass(frozen=True)
class Moment:
    """One stretch of an utterance that a verdict rests on, with all the rules that found something in it.

    `line` is the index of the utterance; `start` and `end` are seconds, None if it has no times.
    """

    line: int
    speaker: Speaker
    start: float | None
    end: float | None
    quote: str
    part: EvidencePart
    measured: MeasuredEvent | None
    behaviors: tuple[str, ...]
    rules: tuple[str, ...]

    def holds(self, evidence: Evidence) -> bool:
        """Return True if a piece of evidence is part of this moment."""
        return self._like(evidence) and evidence.quote in self.quote

    def _like(self, evidence: Evidence) -> bool:
        same = (evidence.utterance, evidence.speaker, evidence.part, evidence.measured)
        return same == (self.line, self.speaker, self.part, self.measured)

    def joined(self, evidence: Evidence, text: str) -> Moment | None:
        """Return the moment with another piece of evidence added; None if the two do not overlap in the text."""
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
    """Join pieces of evidence that overlap in one utterance; moments keep the order of their first pieces."""
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
    """Return the part of a text that two overlapping quotes cover; None if they do not overlap."""
    if one == other:
        return one
    first, second = text.find(one), text.find(other)
    if min(first, second) < 0 or not one or not other:
        return None
    if first > second + len(other) or second > first + len(one):
        return None
    return text[min(first, second) : max(first + len(one), second + len(other))]
