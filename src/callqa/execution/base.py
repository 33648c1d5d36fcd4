"""The contract of executors: many items through one kind of worker, results as they finish. Knows nothing of calls."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Item_contra = TypeVar("Item_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)

Worker = Callable[[Sequence[Item]], Iterable[tuple[int, Result]]]
"""Works on several items and yields the result of each with its index among them, in whatever order suits it."""


class Task(Protocol[Item_contra, Result_co]):
    """Work to be done on items. It crosses process borders, and so do items and results."""

    def __call__(self) -> Callable[[Sequence[Item_contra]], Iterable[tuple[int, Result_co]]]:
        """Set up a worker. Called once in every process that works."""
        ...

    def lost(self, item: Item_contra) -> Result_co:
        """Return the result of an item whose process was killed while working on it."""
        ...


class Executor(Protocol):
    """Runs tasks.

    Every implementation passes the suite in `tests/contracts/test_executor_contract.py`.
    """

    def run(self, task: Task[Item, Result], items: Sequence[Item]) -> Generator[tuple[int, Result], None, None]:
        """Yield the index and the result of every item, each once, in the order they are finished.

        An exception raised by the task's setup or by a worker is raised here, where a result would be yielded. Closing
        the generator, or an exception such as KeyboardInterrupt inside it, stops all work at once.
        """
        ...


def one_by_one(work: Callable[[Item], Result]) -> Worker[Item, Result]:
    """Return the worker that does this with one item after the other."""
    return lambda items: ((index, work(item)) for index, item in enumerate(items))
