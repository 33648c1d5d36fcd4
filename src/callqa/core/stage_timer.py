"""Timing the stages of the work. Knows no stage by name."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

StageTimes = tuple[tuple[str, float], ...]
"""Seconds by stage."""


class StageTimer:
    """A stopwatch for each stage. A stage inside another stops that one's watch, in its own thread."""

    def __init__(self) -> None:
        self._seconds = defaultdict[str, float](float)
        self._lock = threading.Lock()
        self._running = threading.local()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the time until the block ends to this stage."""
        outer: list[str] = self._running.__dict__.setdefault("names", [])
        self._stop(outer)
        outer.append(name)
        try:
            yield
        finally:
            self._stop(outer)
            outer.pop()

    def add(self, name: str, seconds: float) -> None:
        """Count seconds to a stage that passed elsewhere."""
        with self._lock:
            self._seconds[name] += seconds

    def _stop(self, running: list[str]) -> None:
        """Book the time since the last change to the stage that runs, if one does."""
        now = time.perf_counter()
        if running:
            with self._lock:
                self._seconds[running[-1]] += now - self._running.since
        self._running.since = now

    def take(self) -> StageTimes:
        """The seconds booked since it was last asked."""
        with self._lock:
            seconds, self._seconds = self._seconds, defaultdict(float)
        return tuple(sorted(seconds.items()))


def added(all_taken: Iterator[StageTimes]) -> dict[str, float]:
    """Seconds by stage, added up, the longest first."""
    total = Counter[str]()
    for taken in all_taken:
        total.update(dict(taken))
    return dict(total.most_common())
