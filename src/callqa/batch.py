"""Many items through one kind of worker, in this process or in several, results as they finish.

Knows nothing of calls. A worker is made once per process by a picklable `setup`; items and results cross process
borders. An exception a worker raises for an item is raised here, where the item's result would be yielded.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_worker: Callable[[Any], Any] | None = None


class WorkerDied(Exception):
    """Stands for the result of an item whose worker process was killed twice, as happens when memory runs out."""


class Batch(Generic[Item, Result]):
    """Runs `setup()` once per process, and what it returns on every item.

    Where a worker process dies, the items it may have held are run again, one at a time; `died` makes the result of an
    item that kills its process again.
    """

    def __init__(
        self,
        setup: Callable[[], Callable[[Item], Result]],
        died: Callable[[Item], Result],
        jobs: int = 1,
    ):
        self._setup = setup
        self._died = died
        self._jobs = jobs

    def run(self, items: Sequence[Item]) -> Iterator[tuple[int, Result]]:
        """Yield the index and result of every item as they finish.

        Closing the iterator, or an exception such as KeyboardInterrupt inside it, stops all workers at once.
        """
        if min(self._jobs, len(items)) <= 1:
            worker = self._setup()
            for index, item in enumerate(items):
                yield index, worker(item)
            return
        finished: set[int] = set()
        try:
            for index, result in self._run_pool(dict(enumerate(items)), self._jobs):
                finished.add(index)
                yield index, result
        except BrokenProcessPool:
            pass
        for index, item in enumerate(items):
            if index not in finished:
                yield index, self._run_alone(index, item)

    def _run_alone(self, index: int, item: Item) -> Result:
        try:
            return next(result for _, result in self._run_pool({index: item}, 1))
        except BrokenProcessPool:
            return self._died(item)

    def _run_pool(self, items: dict[int, Item], jobs: int) -> Iterator[tuple[int, Result]]:
        # spawn: forking a process that has threads of torch or FFmpeg running can deadlock.
        executor = ProcessPoolExecutor(
            min(jobs, len(items)),
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start_worker,
            initargs=(self._setup,),
        )
        pending: dict[Future[Any], int] = {}
        try:
            waiting = iter(items.items())
            for index, item in waiting:
                pending[executor.submit(_work, item)] = index
                if len(pending) >= 2 * jobs:
                    break
            while pending:
                done, _ = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    index = pending.pop(future)
                    result = future.result()
                    for next_index, item in waiting:
                        pending[executor.submit(_work, item)] = next_index
                        break
                    yield index, result
        except BaseException:
            for process in multiprocessing.active_children():
                process.terminate()
            executor.shutdown(wait=True, cancel_futures=True)
            raise
        executor.shutdown()


def _start_worker(setup: Callable[[], Callable[[Any], Any]]) -> None:
    # Ctrl-C reaches every process of the terminal; the parent alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    global _worker
    _worker = setup()


def _leave_with_parent() -> None:
    """End this process when its parent is gone: a killed run must not leave workers behind."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(item: Any) -> Any:
    assert _worker is not None
    return _worker(item)
