"""Tests of decoders in threads of their own: each task is decoded once, none is lost, and errors are raised."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator

import numpy as np
import pytest

from callqa.core.timeline import Span
from callqa.engines.openai_whisper.parallel import MOST_FINISHED, decode_in_parallel
from callqa.engines.whisper_common.decoding_tasks import DecodingTask, NextTask
from callqa.engines.whisper_common.windows import Piece, Window

WINDOW = Window(0, (Piece(Span(0, 1), Span(0, 1)),), np.zeros(16000, np.float32))


def tasks(count: int) -> list[DecodingTask]:
    """Return `count` tasks of one recording."""
    return [DecodingTask(0, number, WINDOW, "en") for number in range(count)]


class TaskSource:
    """Hands out tasks, and fails if two decoders ask at once."""

    def __init__(self, count: int):
        self.left = tasks(count)
        self._lock = threading.Lock()

    def next_task(self, _: bool) -> DecodingTask | None:
        """Return the next task."""
        assert self._lock.acquire(blocking=False), "two asked at once"
        try:
            time.sleep(0.001)
            return self.left.pop(0) if self.left else None
        finally:
            self._lock.release()


class SlowDecoder:
    """A decoder that takes a while over each task, and fails at the task with the number `fails_at`."""

    def __init__(self, fails_at: int | None = None):
        self.cancelled = False
        self.thread: threading.Thread | None = None
        self._fails_at = fails_at

    def run(self, next_task: NextTask) -> Generator[DecodingTask, None, None]:
        """Decode tasks until there are no more."""
        self.thread = threading.current_thread()
        while not self.cancelled and (task := next_task(True)) is not None:
            if task.number == self._fails_at:
                raise RuntimeError("out of ink")
            time.sleep(0.002)
            yield task

    def cancel(self) -> None:
        """Stop soon."""
        self.cancelled = True


def test_every_task_is_decoded_once() -> None:
    decoders = [SlowDecoder(), SlowDecoder()]
    done = [task.number for task in decode_in_parallel(decoders, 1, TaskSource(40).next_task)]
    assert sorted(done) == list(range(40))
    assert decoders[0].thread is not decoders[1].thread


def test_an_error_of_one_decoder_is_raised_when_all_have_stopped() -> None:
    decoders = [SlowDecoder(fails_at=5), SlowDecoder(fails_at=5)]
    with pytest.raises(RuntimeError, match="out of ink"):
        list(decode_in_parallel(decoders, 1, TaskSource(1000).next_task))
    assert all(decoder.cancelled for decoder in decoders)
    assert not any(decoder.thread is not None and decoder.thread.is_alive() for decoder in decoders)


def test_closing_stops_all_decoders() -> None:
    decoders = [SlowDecoder(), SlowDecoder()]
    found = decode_in_parallel(decoders, 1, TaskSource(1000).next_task)
    next(found)
    found.close()
    assert not any(decoder.thread is not None and decoder.thread.is_alive() for decoder in decoders)


def test_without_tasks_it_ends_at_once() -> None:
    assert list(decode_in_parallel([SlowDecoder(), SlowDecoder()], 1, TaskSource(0).next_task)) == []


def test_decoders_pause_while_nobody_fetches() -> None:
    source = TaskSource(1000)
    found = decode_in_parallel([SlowDecoder(), SlowDecoder()], 1, source.next_task)
    next(found)
    time.sleep(1)
    left = len(source.left)
    time.sleep(0.3)
    assert len(source.left) == left >= 1000 - MOST_FINISHED - 3
    found.close()
