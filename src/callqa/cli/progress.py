"""Progress on stderr, by seconds of audio done: recordings differ too much in length to be counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from callqa.core.durations import spell
from callqa.engines.base import DownloadProgress


class _SpeedColumn(ProgressColumn):
    """How fast it goes, and what is left at that speed.

    Both from the beginning on: recordings end at odd moments, and a speed over the last few seconds would jump about.
    """

    def render(self, task: Task) -> Text:
        if not task.elapsed or not task.completed:
            return Text("")
        speed = task.completed / task.elapsed
        left = ((task.total or 0.0) - task.completed) / speed
        return Text(f"{speed:.1f}× real time, {spell(left)} left", style="dim")


class AudioProgress:
    """A bar over the audio of a run; shows nothing where stderr is no terminal or it is not wanted."""

    def __init__(self, console: Console, *, shown: bool):
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[reached]}"),
            _SpeedColumn(),
            console=console,
            transient=True,
            disable=not (shown and console.is_terminal),
        )
        self._task = self._progress.add_task("Listening", total=None, reached="")
        self._done = 0.0
        self._total = 0.0

    @property
    def shown(self) -> bool:
        """Whether anything is drawn."""
        return not self._progress.disable

    def __enter__(self) -> AudioProgress:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def start(self, total: float) -> None:
        """Begin, with so many seconds of audio ahead."""
        self._total = total
        self._show(0.0)

    def inside(self, seconds: float) -> None:
        """So many seconds of the recording at hand are done."""
        self._show(seconds)

    def finish(self, seconds: float) -> None:
        """A recording of so many seconds is done."""
        self._done += seconds
        self._show(0.0)

    def _show(self, inside: float) -> None:
        at = min(self._done + inside, self._total)
        reached = f"{spell(at)} of {spell(self._total)}"
        self._progress.update(self._task, completed=at, total=self._total or None, reached=reached)


@contextmanager
def download_progress(console: Console, *, shown: bool) -> Iterator[DownloadProgress]:
    """A bar over a model's download, with its size. Without a terminal, one line says what is fetched."""
    bar: Progress | None = None

    def update(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            bar = Progress(
                TextColumn("Fetching the model"),
                BarColumn(),
                DownloadColumn(),
                TimeRemainingColumn(),
                console=console,
                disable=not (shown and console.is_terminal),
            )
            bar.start()
            bar.add_task("", total=total or None)
            if shown and not console.is_terminal:
                console.print(f"Fetching the model ({decimal(total)})", soft_wrap=True)
        bar.update(bar.task_ids[0], completed=done, total=total or None)

    try:
        yield update
    finally:
        if bar is not None:
            bar.stop()
