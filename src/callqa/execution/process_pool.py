"""The executor that works in several processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from itertools import islice
from typing import Any

from callqa.execution.base import Item, Result, Task, Worker
from callqa.execution.serial import SerialExecutor

_task: Task[Any, Any] | None = None
_worker: Worker[Any, Any] | None = None


class ProcessPool:
    """Works in `jobs` processes, or in this one if one is enough.

    A process is handed `together` items at a time, for workers that are quicker that way; their results then come
    together too. If a process is killed, as happens when memory runs out, the items it may have held are run again,
    each alone, while the others continue in several processes; an item that kills its process again is lost.
    """

    def __init__(self, jobs: int = 1, together: int = 1):
        self._jobs = jobs
        self._together = together

    def run(self, task: Task[Item, Result], items: Sequence[Item]) -> Generator[tuple[int, Result], None, None]:
        """Yield the index and the result of every item, as `Executor.run` does."""
        if min(self._jobs, len(items)) <= 1:
            yield from SerialExecutor().run(task, items)
            return
        waiting = dict(enumerate(items))
        while waiting:
            begun: set[int] = set()
            try:
                with closing(self._run_pool(task, dict(waiting), self._jobs, begun)) as results:
                    for index, result in results:
                        del waiting[index]
                        yield index, result
            except BrokenProcessPool:
                for index in sorted(begun & waiting.keys()):
                    yield index, self._run_alone(task, waiting.pop(index))

    def _run_alone(self, task: Task[Item, Result], item: Item) -> Result:
        try:
            ((_, result),) = self._run_pool(task, {0: item}, 1, set())
        except BrokenProcessPool:
            return task.lost(item)
        return result

    def _run_pool(
        self, task: Task[Item, Result], items: dict[int, Item], jobs: int, begun: set[int]
    ) -> Generator[tuple[int, Result], None, None]:
        """Yield index and result of each item; adds the index of every item handed to a worker to `begun`."""
        # spawn: forking a process that has threads of torch or FFmpeg running can deadlock.
        executor = ProcessPoolExecutor(
            min(jobs, len(items)),
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start_worker,
            initargs=(task,),
        )
        pending: dict[Future[Any], list[int]] = {}
        waiting = iter(items.items())
        # Few items are divided evenly, so that no process is idle from the start.
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
            # Before Python 3.14 there is no public way to stop running processes; other children may not be ours.
            for process in list((executor._processes or {}).values()):
                process.terminate()
            executor.shutdown(wait=True, cancel_futures=True)
            raise
        executor.shutdown()


def _start_worker(task: Task[Any, Any]) -> None:
    # Ctrl-C reaches every process of the terminal; the parent alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    global _task
    _task = task


def _leave_with_parent() -> None:
    """End this process when its parent has ended: a killed run must not leave workers running."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(items: Sequence[Any]) -> list[tuple[int, Any]]:
    # Not in _start_worker, where an exception would only say that the pool is broken.
    global _worker
    if _worker is None:
        assert _task is not None
        _worker = _task()
    assert _worker is not None
    return list(_worker(items))
