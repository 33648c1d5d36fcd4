"""Spans of time and what can be done with sorted lists of them. Knows nothing of calls.

A span is half open, [start, end), in seconds. Lists of spans given to and returned by these functions are
sorted by start and, where the name says union, do not touch or overlap. An empty list is a fine list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Span:
    """From `start` to `end`, in seconds; `end` is never before `start`."""

    start: float
    end: float

    def __post_init__(self) -> None:
        if not self.start <= self.end:
            raise ValueError(f"a span cannot end ({self.end}) before it starts ({self.start})")

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.end - self.start

    def overlaps(self, other: Span) -> bool:
        """Return True if the two share more than a boundary."""
        return self.start < other.end and other.start < self.end


def total(spans: Iterable[Span]) -> float:
    """Seconds in the spans together; what overlaps counts as often as it is covered."""
    return sum(span.duration for span in spans)


def union(spans: Iterable[Span], bridge: float = 0.0) -> list[Span]:
    """Cover the same time with as few spans as possible, closing gaps of up to `bridge` seconds.

    >>> union([Span(3, 4), Span(0, 1), Span(1, 2)])
    [Span(start=0, end=2), Span(start=3, end=4)]
    """
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start - merged[-1].end <= bridge:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def overlap(left: Sequence[Span], right: Sequence[Span]) -> list[Span]:
    """Return the parts that both lists cover."""
    shared: list[Span] = []
    a, b = union(left), union(right)
    i = j = 0
    while i < len(a) and j < len(b):
        start, end = max(a[i].start, b[j].start), min(a[i].end, b[j].end)
        if start < end:
            shared.append(Span(start, end))
        if a[i].end <= b[j].end:
            i += 1
        else:
            j += 1
    return shared


def gaps(spans: Sequence[Span], within: Span) -> list[Span]:
    """The parts of `within` that no span covers."""
    found: list[Span] = []
    at = within.start
    for span in union(spans):
        if span.start > at and at < within.end:
            found.append(Span(at, min(span.start, within.end)))
        at = max(at, span.end)
    if at < within.end:
        found.append(Span(at, within.end))
    return found
