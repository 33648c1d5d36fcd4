"""Things to hear in a call that are not words: dead air, overtalk, interruptions.

All are measured on stretches of speech, never on gaps between recognised words. The thresholds stand here, in one
place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from callqa.timeline import Span, gaps, overlap, total, union

DEAD_AIR = 5.0
"""Seconds nobody speaks before it counts as dead air. Trade glossaries begin at 3 s and raise alarms from 8 s."""

OVERTALK = 0.5
"""Seconds both speak before it counts as overtalk; shorter ones are ordinary turn taking."""

BACKCHANNEL = 1.0
"""Seconds up to which speaking over the other is listening ("mm-hm", "right") and no interruption."""


@dataclass(frozen=True)
class SpeechOfCall:
    """When each party speaks, and how long the call is, in seconds."""

    agent: tuple[Span, ...]
    customer: tuple[Span, ...]
    duration: float

    @property
    def anyone(self) -> list[Span]:
        """When at least one speaks."""
        return union([*self.agent, *self.customer])

    @property
    def both(self) -> list[Span]:
        """When both speak at once."""
        return overlap(self.agent, self.customer)


@dataclass(frozen=True)
class Event:
    """Something audible from `start` to `end`, in seconds; `by` is who did it, where somebody did."""

    event: Literal["dead_air", "overtalk", "interruption", "hold"]
    start: float
    end: float
    by: Literal["agent", "customer"] | None = None


def find_events(speech: SpeechOfCall) -> list[Event]:
    """All events of a call, by start."""
    found = [
        *(Event("dead_air", gap.start, gap.end) for gap in silences(speech) if gap.duration >= DEAD_AIR),
        *(Event("overtalk", span.start, span.end) for span in speech.both if span.duration >= OVERTALK),
        *(
            Event("interruption", span.start, span.end, "agent")
            for span in interruptions(speech.agent, speech.customer)
        ),
        *(
            Event("interruption", span.start, span.end, "customer")
            for span in interruptions(speech.customer, speech.agent)
        ),
    ]
    return sorted(found, key=lambda event: (event.start, event.end, event.event))


def silences(speech: SpeechOfCall) -> list[Span]:
    """Silence between the first and the last words: ringing before and line noise after are nobody's dead air."""
    spoken = speech.anyone
    return gaps(spoken, Span(spoken[0].start, spoken[-1].end)) if spoken else []


def interruptions(by: Sequence[Span], of: Sequence[Span]) -> list[Span]:
    """Where one party begins to speak inside the other's speech and does not leave it at a backchannel."""
    found: list[Span] = []
    for span in by:
        if span.duration <= BACKCHANNEL:
            continue
        for other in of:
            if other.start < span.start < other.end and total(overlap([span], [other])) >= OVERTALK:
                found.append(Span(span.start, min(span.end, other.end)))
    return found
