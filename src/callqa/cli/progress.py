"""Progress on stderr, by seconds of audio done: recordings differ too much in length to be counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from callqa.durations import spell
from callqa.engines.base import DownloadProgress


class _SpeedColumn(ProgressColumn):
    """Audio seconds done per second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.0f}× real time" if speed and speed >= 1 else "", style="dim")


class AudioProgress:
    """A bar over the audio of a run; shows nothing where stderr is no terminal or it is not wanted."""

    def __init__(self, console: Console, *, shown: bool):
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[done]} of {task.fields[all]}"),
            _SpeedColumn(),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
            disable=not (shown and console.is_terminal),
        )
        self._task = self._progress.add_task("Listening", total=None, done="", all="")
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
        done, whole = spell(at), spell(self._total)
        self._progress.update(self._task, completed=at, total=self._total or None, done=done, all=whole)


@contextmanager
def download_progress(console: Console, *, shown: bool) -> Iterator[DownloadProgress]:
    """A bar over a model's download, with its size. Without a terminal, one line says what is fetched."""
    drawn = shown and console.is_terminal
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not drawn,
    )
    task = bar.add_task("Fetching the model", total=None)
    announced = False

    def update(done: int, total: int) -> None:
        nonlocal announced
        if shown and not drawn and not announced:
            console.print(f"Fetching the model ({decimal(total)})", soft_wrap=True)
            announced = True
        bar.update(task, completed=done, total=total or None)

    with bar:
        yield update
