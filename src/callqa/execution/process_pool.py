"""Many items through one kind of worker, in this process or in several, results as they finish.

Knows nothing of calls. A worker is made once per process by a picklable `setup`; it takes several items at a time and
yields the result of each with its place among them, in whatever order suits it. Items and results cross process
borders. An exception that `setup` raises, or a worker, is raised here, where a result would be yielded.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from itertools import islice
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

Worker = Callable[[Sequence[Item]], Iterable[tuple[int, Result]]]
"""What works on items."""

_setup: Callable[[], Worker[Any, Any]] | None = None
_worker: Worker[Any, Any] | None = None


def one_by_one(work: Callable[[Item], Result]) -> Worker[Item, Result]:
    """The worker that does this with one item after the other."""
    return lambda items: ((place, work(item)) for place, item in enumerate(items))


class ProcessPool(Generic[Item, Result]):
    """Runs `setup()` once per process, and what it returns on all items: at once in this process, and on `together` of
    them at a time in others, for workers that are quicker so; their results then come together too.

    Where a worker process dies, as happens when memory runs out, the items it may have held are run again, one at a
    time, and the rest go on in several processes; `died` makes the result of an item that kills its process again.
    """

    def __init__(
        self,
        setup: Callable[[], Worker[Item, Result]],
        died: Callable[[Item], Result],
        jobs: int = 1,
        together: int = 1,
    ):
        self._setup = setup
        self._died = died
        self._jobs = jobs
        self._together = together

    def run(self, items: Sequence[Item]) -> Generator[tuple[int, Result], None, None]:
        """Yield the index and result of every item as they finish.

        Closing the iterator, or an exception such as KeyboardInterrupt inside it, stops all workers at once.
        """
        if min(self._jobs, len(items)) <= 1:
            if items:
                yield from self._setup()(items)
            return
        waiting = dict(enumerate(items))
        while waiting:
            begun: set[int] = set()
            try:
                with closing(self._run_pool(dict(waiting), self._jobs, begun)) as results:
                    for index, result in results:
                        del waiting[index]
                        yield index, result
            except BrokenProcessPool:
                for index in sorted(begun & waiting.keys()):
                    yield index, self._run_alone(waiting.pop(index))

    def _run_alone(self, item: Item) -> Result:
        try:
            ((_, result),) = self._run_pool({0: item}, 1, set())
        except BrokenProcessPool:
            return self._died(item)
        return result

    def _run_pool(
        self, items: dict[int, Item], jobs: int, begun: set[int]
    ) -> Generator[tuple[int, Result], None, None]:
        """Yield index and result of each item; `begun` takes the index of every item handed to the workers."""
        # spawn: forking a process that has threads of torch or FFmpeg running can deadlock.
        executor = ProcessPoolExecutor(
            min(jobs, len(items)),
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start_worker,
            initargs=(self._setup,),
        )
        pending: dict[Future[Any], list[int]] = {}
        waiting = iter(items.items())
        # A run of few items is shared out evenly, so that no process is idle from the start.
        together = max(1, min(self._together, -(-len(items) // jobs)))

        def submit(most: int) -> None:
            for _ in range(most):
                if handed := dict(islice(waiting, together)):
                    begun.update(handed)
                    pending[executor.submit(_work, list(handed.values()))] = list(handed)

        try:
            submit(2 * jobs)
            while pending:
                done, _ = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    indices, results = pending.pop(future), future.result()
                    submit(1)
                    for place, result in results:
                        yield indices[place], result
        except BaseException:
            # The executor has no public way to stop what has begun. Other children of this process are not ours.
            for process in list((executor._processes or {}).values()):
                process.terminate()
            executor.shutdown(wait=True, cancel_futures=True)
            raise
        executor.shutdown()


def _start_worker(setup: Callable[[], Worker[Any, Any]]) -> None:
    # Ctrl-C reaches every process of the terminal; the parent alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    global _setup
    _setup = setup


def _leave_with_parent() -> None:
    """End this process when its parent is gone: a killed run must not leave workers behind."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(items: Sequence[Any]) -> list[tuple[int, Any]]:
    # Not in _start_worker: an exception there would only say that the pool is broken.
    global _worker
    if _worker is None:
        assert _setup is not None
        _worker = _setup()
    return list(_worker(items))
