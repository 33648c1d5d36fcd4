"""Several decoders at work at once, each in a thread of its own, on windows they take from one place.

On a CPU two decoders with half of the cores each get more done than one with all of them: none of its small products
waits for the slowest core, and while one of them has audio read for its next window, the other goes on.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Sequence
from typing import Protocol

from callqa.engines.openai_whisper.decoder import Take, Task

MOST_DONE = 16
"""Tasks done that may wait to be fetched."""


class Cancellable(Protocol):
    """A decoder that can be told to stop."""

    def run(self, take: Take) -> Generator[Task, None, None]:
        """Decode what is taken, and give each task back when it is done."""
        ...

    def cancel(self) -> None:
        """Stop soon; what is under way is lost."""
        ...


def together(decoders: Sequence[Cancellable], threads: int, take: Take) -> Generator[Task, None, None]:
    """Decode what is taken by several decoders, each on so many threads; give tasks back as they are done.

    What one of them raises is raised here, when all have stopped. `take` is called by one at a time. Where nobody asks
    for what is done, they soon wait.
    """
    done: queue.Queue[Task | _Over] = queue.Queue(MOST_DONE)
    turn = threading.Lock()
    stopped = threading.Event()

    def take_in_turn(wait: bool) -> Task | None:
        if not turn.acquire(wait):
            return None  # the other has audio read; this one goes on with what it has
        try:
            return None if stopped.is_set() else take(wait)
        finally:
            turn.release()

    def put(item: Task | _Over) -> None:
        while not stopped.is_set():
            try:
                done.put(item, timeout=0.1)
            except queue.Full:
                continue
            return

    workers = [
        threading.Thread(target=_work, args=(decoder, threads, take_in_turn, put), daemon=True) for decoder in decoders
    ]
    for worker in workers:
        worker.start()
    error: BaseException | None = None
    try:
        at_work = len(workers)
        while at_work and error is None:
            item = done.get()
            if isinstance(item, _Over):
                at_work -= 1
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


class _Over:
    """The end of a decoder's work, with the error it ended in, if it did."""

    def __init__(self, error: BaseException | None = None):
        self.error = error


def _work(decoder: Cancellable, threads: int, take: Take, put: Callable[[Task | _Over], None]) -> None:
    import torch

    torch.set_num_threads(threads)  # of this thread alone: OpenMP counts for each its own
    try:
        for task in decoder.run(take):
            put(task)
    except BaseException as error:  # raised again where the tasks are waited for
        put(_Over(error))
    else:
        put(_Over())
