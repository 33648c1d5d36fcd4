"""Decoders in threads of their own: all is done once, nothing is lost, and errors come out."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator

import numpy as np
import pytest

from callqa.core.timeline import Span
from callqa.engines.openai_whisper.decoder import Take, Task
from callqa.engines.openai_whisper.parallel import MOST_DONE, together
from callqa.engines.whisper_common.windows import Piece, Window

WINDOW = Window(0, (Piece(Span(0, 1), Span(0, 1)),), np.zeros(16000, np.float32))


def tasks(count: int) -> list[Task]:
    """So many windows to decode."""
    return [Task(0, number, WINDOW, "en") for number in range(count)]


class Shelf:
    """Hands out tasks, and notices if two ask at once."""

    def __init__(self, count: int):
        self._left = tasks(count)
        self._asked = threading.Lock()

    def take(self, _: bool) -> Task | None:
        """The next task."""
        assert self._asked.acquire(blocking=False), "two asked at once"
        try:
            time.sleep(0.001)
            return self._left.pop(0) if self._left else None
        finally:
            self._asked.release()


class Slow:
    """A decoder that takes a while over each task, and fails at one of them if told so."""

    def __init__(self, fails_at: int | None = None):
        self.cancelled = False
        self.thread: threading.Thread | None = None
        self._fails_at = fails_at

    def run(self, take: Take) -> Generator[Task, None, None]:
        """Decode what is taken."""
        self.thread = threading.current_thread()
        while not self.cancelled and (task := take(True)) is not None:
            if task.number == self._fails_at:
                raise RuntimeError("out of ink")
            time.sleep(0.002)
            yield task

    def cancel(self) -> None:
        """Stop soon."""
        self.cancelled = True


def test_every_task_is_done_once_by_one_of_them() -> None:
    decoders = [Slow(), Slow()]
    done = [task.number for task in together(decoders, 1, Shelf(40).take)]
    assert sorted(done) == list(range(40))
    assert decoders[0].thread is not decoders[1].thread


def test_what_one_raises_is_raised_when_all_have_stopped() -> None:
    decoders = [Slow(fails_at=5), Slow(fails_at=5)]
    with pytest.raises(RuntimeError, match="out of ink"):
        list(together(decoders, 1, Shelf(1000).take))
    assert all(decoder.cancelled for decoder in decoders)
    assert not any(decoder.thread is not None and decoder.thread.is_alive() for decoder in decoders)


def test_who_wants_no_more_stops_them_all() -> None:
    decoders = [Slow(), Slow()]
    found = together(decoders, 1, Shelf(1000).take)
    next(found)
    found.close()
    assert not any(decoder.thread is not None and decoder.thread.is_alive() for decoder in decoders)


def test_nothing_to_do_is_soon_over() -> None:
    assert list(together([Slow(), Slow()], 1, Shelf(0).take)) == []


def test_they_wait_where_nobody_asks() -> None:
    shelf = Shelf(1000)
    found = together([Slow(), Slow()], 1, shelf.take)
    next(found)
    time.sleep(1)
    left = len(shelf._left)
    time.sleep(0.3)
    assert len(shelf._left) == left >= 1000 - MOST_DONE - 3
    found.close()
