"""One stream of windows from many recordings, and the assembly of the recordings from the results of their windows.

This is for engines that decode windows of several recordings together. A window never holds audio of two recordings, so
the words recognised in it do not depend on the other recordings.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from callqa.engines.base import Outcome, Segment, Source
from callqa.engines.whisper_common.windows import Window, pack
from callqa.errors import RecordingError

Item = TypeVar("Item")

PATIENCE = 0.5
"""Seconds to wait for a thread to end: making an item may take minutes, and closing must not have to wait for that."""


@dataclass(frozen=True)
class RecordingWindow:
    """A window with the index of its recording and its number in that recording, both counted from 0."""

    recording: int
    number: int
    window: Window


@dataclass(frozen=True)
class RecordingEnd:
    """The end of a recording that had `count` windows; `error` is the one that reading it ended with, if any."""

    recording: int
    count: int
    error: RecordingError | None = None


def window_stream(sources: Iterable[Source]) -> Iterator[RecordingWindow | RecordingEnd]:
    """Yield the windows of each recording, then its end. A recording is opened after the end of the one before it."""
    for recording, source in enumerate(sources):
        number, error = 0, None
        try:
            for window in pack(source.clips()):
                yield RecordingWindow(recording, number, window)
                number += 1
        except RecordingError as caught:
            error = caught
        yield RecordingEnd(recording, number, error)


class RecordingAssembler:
    """Puts the segments of windows, which may be added in any order, together into the outcomes of whole recordings."""

    def __init__(self) -> None:
        self._open: dict[int, _OpenRecording] = {}
        self._failed: set[int] = set()
        self._complete: list[tuple[int, Outcome]] = []

    def has_failed(self, recording: int) -> bool:
        """Return True if reading the recording failed, so that its windows need not be decoded."""
        return recording in self._failed

    def add(self, recording: int, number: int, segments: Iterable[Segment]) -> None:
        """Add the segments of a window."""
        if recording not in self._failed:
            self._open.setdefault(recording, _OpenRecording()).windows[number] = tuple(segments)
            self._close_if_complete(recording)

    def end(self, end: RecordingEnd) -> None:
        """Note the end of a recording."""
        if end.error is not None:
            self._failed.add(end.recording)
            self._open.pop(end.recording, None)
            self._complete.append((end.recording, end.error))
        else:
            self._open.setdefault(end.recording, _OpenRecording()).count = end.count
            self._close_if_complete(end.recording)

    def take_complete(self) -> Iterator[tuple[int, Outcome]]:
        """Yield the outcomes, with the index of the recording, that became complete since the last call."""
        complete, self._complete = self._complete, []
        yield from complete

    def _close_if_complete(self, recording: int) -> None:
        state = self._open[recording]
        if len(state.windows) == state.count:
            del self._open[recording]
            windows = (segments for _, segments in sorted(state.windows.items()))
            self._complete.append((recording, tuple(segment for segments in windows for segment in segments)))


@dataclass
class _OpenRecording:
    """A recording some of whose windows are still to come; `count` is known once all of it is read."""

    windows: dict[int, tuple[Segment, ...]] = field(default_factory=dict)
    count: int | None = None


class LazyQueue(Generic[Item]):
    """A queue whose items are made when they are taken."""

    def __init__(self, items: Iterable[Item]):
        self._items = iter(items)

    def take(self, wait: bool) -> Item | None:
        """Return the next item, None at the end."""
        return next(self._items, None)

    def close(self) -> None:
        """Close the generator of the items."""
        if isinstance(self._items, Generator):
            self._items.close()


class PrefetchQueue(Generic[Item]):
    """A queue whose items are made up to `size` ahead in a thread of its own: for devices that must not wait."""

    def __init__(self, items: Iterable[Item], size: int):
        self._items = items
        self._queue: queue.Queue[Item | _End] = queue.Queue(size)
        self._stopped = threading.Event()
        self._end: _End | None = None
        self._thread = threading.Thread(target=self._make, daemon=True)
        self._thread.start()

    def take(self, wait: bool) -> Item | None:
        """Return the next item, None at the end. Without `wait`, also return None if no item is ready.

        An exception raised while the item was made is raised here.
        """
        if self._end is None:
            try:
                item = self._queue.get(wait)
            except queue.Empty:
                return None
            if not isinstance(item, _End):
                return item
            self._end = item
        if self._end.error is not None:
            raise self._end.error
        return None

    def close(self) -> None:
        """Make no more items. The thread ends soon, or when the item it is making is finished."""
        self._stopped.set()
        self._thread.join(PATIENCE)

    def _make(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._items:
                if not self._put(item):
                    return
        except BaseException as caught:  # raised again in `take`
            error = caught
        self._put(_End(error))

    def _put(self, item: Item | _End) -> bool:
        """Put an item in the queue as soon as there is room. Return False if the queue was closed instead."""
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False


@dataclass(frozen=True)
class _End:
    """The end of the items, with the exception that making them ended with, if any."""

    error: BaseException | None
