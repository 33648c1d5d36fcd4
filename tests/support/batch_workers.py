"""Small tasks for the tests of executors: other processes import them from here."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callqa.execution.base import Worker, one_by_one


class Lost:
    """A task on numbers; the result of a number that kills its process is the negative of it."""

    def lost(self, item: int) -> int:
        """The negative."""
        return -item


@dataclass(frozen=True)
class Simple(Lost):
    """The task that sets its workers up by calling a function."""

    setup: Callable[[], Worker[int, Any]]

    def __call__(self) -> Worker[int, Any]:
        """Call it."""
        return self.setup()


def double() -> Worker[int, int]:
    """A worker that doubles."""
    return one_by_one(lambda item: 2 * item)


def name_process() -> Worker[int, tuple[int, int]]:
    """A worker that gives the item and the process it was worked on in."""
    return one_by_one(lambda item: (item, os.getpid()))


class Setup(Lost):
    """A setup that notes each time it is run: a file per process and run in `folder`."""

    def __init__(self, folder: Path):
        self.folder = folder

    def __call__(self) -> Worker[int, int]:
        """Note that a worker is made."""
        (self.folder / f"{os.getpid()}-{time.monotonic_ns()}").touch()
        return one_by_one(lambda item: item)


class Refused(ValueError):
    """Raised by the workers here."""


def refuse_three() -> Worker[int, int]:
    """A worker that raises on 3."""

    def work(item: int) -> int:
        if item == 3:
            raise Refused("three")
        return item

    return one_by_one(work)


def refuse_setup() -> Worker[int, int]:
    """A setup that raises."""
    raise Refused("setup")


class Deadly(Lost):
    """A setup whose worker ends its process on some items; all others leave a file named by process and item."""

    def __init__(self, folder: Path, deadly: tuple[int, ...], *, once: bool = False, by: str = "exit"):
        self.folder = folder
        self.deadly = deadly
        self.once = once
        self.by = by

    def __call__(self) -> Worker[int, int]:
        """Make the worker."""
        return one_by_one(self.work)

    def work(self, item: int) -> int:
        """Die, or double."""
        if item in self.deadly and not (self.once and self._died_before(item)):
            if self.by == "exit":
                os._exit(3)
            os.kill(os.getpid(), signal.SIGKILL)
        (self.folder / f"{os.getpid()}-{item}").touch()
        return 2 * item

    def _died_before(self, item: int) -> bool:
        mark = self.folder / f"died-{item}"
        if mark.exists():
            return True
        mark.touch()
        return False


class Slow(Lost):
    """A setup whose worker leaves a file named by its process, and sleeps on all items but 0."""

    def __init__(self, folder: Path):
        self.folder = folder

    def __call__(self) -> Worker[int, int]:
        """Make the worker."""

        def work(item: int) -> int:
            (self.folder / str(os.getpid())).touch()
            if item:
                time.sleep(60)
            return item

        return one_by_one(work)
