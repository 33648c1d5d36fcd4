"""Several decoders that work in parallel, each in a thread of its own, on tasks from one source.

On a CPU two decoders with half of the cores each get more done than one with all of them: none of their small products
waits for the slowest core, and while one decoder has audio read for its next window, the other continues.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Sequence
from typing import Protocol

from callqa.engines.whisper_common.decoding_tasks import DecodingTask, NextTask

MOST_FINISHED = 16
"""Finished tasks that may wait to be fetched before the decoders pause."""


class CancellableDecoder(Protocol):
    """A decoder that another thread can stop."""

    def run(self, next_task: NextTask) -> Generator[DecodingTask, None, None]:
        """Decode tasks until there are no more, and yield each when it is decoded."""
        ...

    def cancel(self) -> None:
        """Stop soon and drop the unfinished tasks."""
        ...


def decode_in_parallel(
    decoders: Sequence[CancellableDecoder], threads: int, next_task: NextTask
) -> Generator[DecodingTask, None, None]:
    """Decode tasks with several decoders, each on `threads` threads; yield each task when it is decoded.

    `next_task` is called by one decoder at a time. If a decoder raises an exception, it is raised here once all have
    stopped. The decoders pause while nobody fetches the finished tasks.
    """
    finished: queue.Queue[DecodingTask | _DecoderEnd] = queue.Queue(MOST_FINISHED)
    lock = threading.Lock()
    stopped = threading.Event()

    def next_task_in_turn(wait: bool) -> DecodingTask | None:
        if not lock.acquire(wait):
            return None  # another decoder has audio read; this one continues with what it has
        try:
            return None if stopped.is_set() else next_task(wait)
        finally:
            lock.release()

    def put(item: DecodingTask | _DecoderEnd) -> None:
        while not stopped.is_set():
            try:
                finished.put(item, timeout=0.1)
            except queue.Full:
                continue
            return

    workers = [
        threading.Thread(target=_run_decoder, args=(decoder, threads, next_task_in_turn, put), daemon=True)
        for decoder in decoders
    ]
    for worker in workers:
        worker.start()
    error: BaseException | None = None
    try:
        running = len(workers)
        while running and error is None:
            item = finished.get()
            if isinstance(item, _DecoderEnd):
                running -= 1
                error = item.error
            else:
                yield item
    finally:
        stopped.set()
        for decoder in decoders:
            decoder.cancel()
        for worker in workers:
            worker.join()
    if error is not None:
        raise error


class _DecoderEnd:
    """The end of a decoder's work, with the exception that it ended with, if any."""

    def __init__(self, error: BaseException | None = None):
        self.error = error


def _run_decoder(
    decoder: CancellableDecoder, threads: int, next_task: NextTask, put: Callable[[DecodingTask | _DecoderEnd], None]
) -> None:
    import torch

    torch.set_num_threads(threads)  # for this thread alone: OpenMP has a number for each
    try:
        for task in decoder.run(next_task):
            put(task)
    except BaseException as error:  # raised again in `decode_in_parallel`
        put(_DecoderEnd(error))
    else:
        put(_DecoderEnd())
