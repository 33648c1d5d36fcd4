"""Many recordings → one stream of windows, and what was heard in the windows → recordings again.

For engines that decode windows of several recordings together. A window never holds the sound of two recordings, so
what is heard in it does not depend on which others there are.
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
"""Seconds to wait for a thread to end: an item may take minutes to make, and whoever leaves should not have to wait."""


@dataclass(frozen=True)
class OwnedWindow:
    """A window: the `number`-th of the recording that came `owner`-th."""

    owner: int
    number: int
    window: Window


@dataclass(frozen=True)
class RecordingEnd:
    """The end of a recording after `count` windows, with the error it ended in, if it did."""

    owner: int
    count: int
    error: RecordingError | None = None


def packed(sources: Iterable[Source]) -> Iterator[OwnedWindow | RecordingEnd]:
    """The windows of each recording, then its end. Recordings are opened one after the other, when it is their turn."""
    for owner, source in enumerate(sources):
        number, error = 0, None
        try:
            for window in pack(source.clips()):
                yield OwnedWindow(owner, number, window)
                number += 1
        except RecordingError as caught:
            error = caught
        yield RecordingEnd(owner, number, error)


class RecordingAssembler:
    """Takes what was heard window by window, in any order; gives whole recordings as soon as they are complete."""

    def __init__(self) -> None:
        self._open: dict[int, _Recording] = {}
        self._failed: set[int] = set()
        self._ready: list[tuple[int, Outcome]] = []

    def failed(self, owner: int) -> bool:
        """Whether a recording is given up, so that its windows need not be decoded."""
        return owner in self._failed

    def hear(self, owner: int, number: int, segments: Iterable[Segment]) -> None:
        """Take what was said in a window."""
        if owner not in self._failed:
            self._open.setdefault(owner, _Recording()).windows[number] = tuple(segments)
            self._complete(owner)

    def end(self, ended: RecordingEnd) -> None:
        """Take the end of a recording."""
        if ended.error is not None:
            self._failed.add(ended.owner)
            self._open.pop(ended.owner, None)
            self._ready.append((ended.owner, ended.error))
        else:
            self._open.setdefault(ended.owner, _Recording()).count = ended.count
            self._complete(ended.owner)

    def ready(self) -> Iterator[tuple[int, Outcome]]:
        """The recordings completed since it was last asked, by the place they came at."""
        done, self._ready = self._ready, []
        yield from done

    def _complete(self, owner: int) -> None:
        recording = self._open[owner]
        if len(recording.windows) == recording.count:
            del self._open[owner]
            windows = (segments for _, segments in sorted(recording.windows.items()))
            self._ready.append((owner, tuple(segment for segments in windows for segment in segments)))


@dataclass
class _Recording:
    windows: dict[int, tuple[Segment, ...]] = field(default_factory=dict)
    count: int | None = None


class LazyQueue(Generic[Item]):
    """Items as they are asked for: each is made when it is taken."""

    def __init__(self, items: Iterable[Item]):
        self._items = iter(items)

    def take(self, wait: bool) -> Item | None:
        """The next item; None at the end."""
        return next(self._items, None)

    def close(self) -> None:
        """Let go of the items."""
        if isinstance(self._items, Generator):
            self._items.close()


class PrefetchQueue(Generic[Item]):
    """Items made in a thread of their own, `most` of them ahead: for devices that must not wait for them."""

    def __init__(self, items: Iterable[Item], most: int):
        self._items = items
        self._made: queue.Queue[Item | _End] = queue.Queue(most)
        self._stopped = threading.Event()
        self._end: _End | None = None
        self._thread = threading.Thread(target=self._make, daemon=True)
        self._thread.start()

    def take(self, wait: bool) -> Item | None:
        """The next item, None at the end; not asked to wait, None also where none is ready.

        What was raised while it was made is raised here.
        """
        if self._end is None:
            try:
                made = self._made.get(wait)
            except queue.Empty:
                return None
            if not isinstance(made, _End):
                return made
            self._end = made
        if self._end.error is not None:
            raise self._end.error
        return None

    def close(self) -> None:
        """Make no more. The thread ends, soon or when what it is at work on is made."""
        self._stopped.set()
        self._thread.join(PATIENCE)

    def _make(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._items:
                if not self._put(item):
                    return
        except BaseException as caught:  # raised again where the item is taken
            error = caught
        self._put(_End(error))

    def _put(self, item: Item | _End) -> bool:
        """Put an item in the queue as soon as there is room. Returns False if nobody wants it any more."""
        while not self._stopped.is_set():
            try:
                self._made.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False


@dataclass(frozen=True)
class _End:
    error: BaseException | None
