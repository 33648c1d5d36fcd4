"""Progress bars on stderr. They measure seconds of audio, because recordings differ too much in length to count."""

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
    """The speed and the time left.

    The speed is the average since the start: recordings finish at irregular intervals, and a speed over the last few
    seconds would jump about.
    """

    def render(self, task: Task) -> Text:
        if not task.elapsed or not task.completed:
            return Text("")
        speed = task.completed / task.elapsed
        left = ((task.total or 0.0) - task.completed) / speed
        return Text(f"{speed:.1f}× real time, {spell(left)} left", style="dim")


class AudioProgress:
    """A progress bar over the audio of a run; hidden if it is not wanted, or if stderr is not a terminal."""

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
        """True if the bar is visible."""
        return not self._progress.disable

    def __enter__(self) -> AudioProgress:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def start(self, total: float) -> None:
        """Start the bar, with the total seconds of audio."""
        self._total = total
        self._show(0.0)

    def inside(self, seconds: float) -> None:
        """Show how many seconds of the current recording are done."""
        self._show(seconds)

    def finish(self, seconds: float) -> None:
        """Count a finished recording, by its length in seconds."""
        self._done += seconds
        self._show(0.0)

    def _show(self, inside: float) -> None:
        at = min(self._done + inside, self._total)
        reached = f"{spell(at)} of {spell(self._total)}"
        self._progress.update(self._task, completed=at, total=self._total or None, reached=reached)


@contextmanager
def download_progress(console: Console, *, shown: bool) -> Iterator[DownloadProgress]:
    """A progress bar over the download of a model. If stderr is not a terminal, one line with the size replaces it."""
    bar: Progress | None = None

    def update(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            bar = Progress(
                TextColumn("Downloading the model"),
                BarColumn(),
                DownloadColumn(),
                TimeRemainingColumn(),
                console=console,
                disable=not (shown and console.is_terminal),
            )
            bar.start()
            bar.add_task("", total=total or None)
            if shown and not console.is_terminal:
                console.print(f"Downloading the model ({decimal(total)})", soft_wrap=True)
        bar.update(bar.task_ids[0], completed=done, total=total or None)

    try:
        yield update
    finally:
        if bar is not None:
            bar.stop()
