"""Audible events that are not words: dead air, holds, overtalk, interruptions. `conversation` defines them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from callqa.conversation.conversation import DEAD_AIR, OVERTALK, Conversation, Party
from callqa.conversation.turn_taking import interruptions, owed_by
from callqa.core.timeline import Span

Kind = Literal["dead_air", "overtalk", "interruption", "hold"]


@dataclass(frozen=True)
class Event:
    """Something audible from `start` to `end`, in seconds.

    `by` is the party that did it, if one did; `owed` is the party whose turn it was in dead air, if known.
    """

    event: Kind
    start: float
    end: float
    by: Party | None = None
    owed: Party | None = None


def find_events(conversation: Conversation) -> list[Event]:
    """Find all events of a call, by start."""
    return sorted(_events(conversation), key=lambda event: (event.start, event.end, event.event))


def _events(conversation: Conversation) -> Iterator[Event]:
    for gap in dead_air(conversation):
        yield Event("dead_air", gap.start, gap.end, owed=owed_by(gap, conversation))
    for hold in conversation.holds:
        yield Event("hold", hold.start, hold.end, by="agent")
    for span in conversation.speech.both:
        if span.duration >= OVERTALK:
            yield Event("overtalk", span.start, span.end)
    sides: tuple[Party, Party] = ("agent", "customer")
    for side in sides:
        for span in interruptions(side, conversation):
            yield Event("interruption", span.start, span.end, by=side)


def dead_air(conversation: Conversation, least: float = DEAD_AIR) -> list[Span]:
    """Find the silences between words of at least `least` seconds that are not part of a hold."""
    return [gap for gap in conversation.speech.silences if gap.duration >= least and not conversation.on_hold(gap)]
