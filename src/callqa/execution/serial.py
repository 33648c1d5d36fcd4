"""The executor that works in this process."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from callqa.execution.base import Item, Result, Task


class SerialExecutor:
    """Hands all items at once to one worker in this process."""

    def run(self, task: Task[Item, Result], items: Sequence[Item]) -> Generator[tuple[int, Result], None, None]:
        """Yield the index and the result of every item, as `Executor.run` does."""
        if items:
            yield from task()(items)
