"""The session shared by all commands that transcribe: options in, an exit status out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from callqa.cli.boundary import Status
from callqa.cli.messages import Messages
from callqa.cli.options import ListeningOptions, MessageOptions, SearchOptions, find_inputs, pop_options
from callqa.cli.progress import AudioProgress, download_progress
from callqa.engines.base import DownloadProgress
from callqa.execution.session import AudioMonitor, Monitor, Outcomes, Session, SessionSettings
from callqa.execution.tasks import RecordingTask
from callqa.recordings import FoundRecordings
from callqa.rubrics.rubric_schema import Rubric
from callqa.scoring.scorecard import CallResult


class _TerminalMonitor(Monitor):
    """Shows the events of a session on stderr."""

    def __init__(self, messages: Messages, *, progress: bool):
        self._messages = messages
        self._progress = progress

    def warn(self, message: str) -> None:
        self._messages.warn(message)

    def interrupted(self, done: int, total: int) -> None:
        self._messages.error(f"Interrupted: {done} of {total} recordings are finished and kept.")

    def download(self) -> AbstractContextManager[DownloadProgress | None]:
        return download_progress(self._messages.console, shown=not self._messages.quiet)

    @contextmanager
    def audio(self) -> Iterator[AudioMonitor]:
        with AudioProgress(self._messages.console, shown=self._progress) as progress:
            yield progress


class ListeningSession:
    """Finds recordings and runs tasks on them as a command's options say, with messages on stderr."""

    def __init__(
        self, listening: ListeningOptions, search: SearchOptions, messages: MessageOptions, *, download: bool = True
    ):
        self.messages = Messages(quiet=messages.quiet, verbose=messages.verbose)
        self.cache = listening.cache
        self._search = search
        monitor = _TerminalMonitor(self.messages, progress=not (messages.quiet or messages.no_progress))
        settings = SessionSettings(
            listening.engine_settings, listening.cache, listening.channel, listening.jobs, download=download
        )
        self._session = Session(settings, monitor)

    @classmethod
    def from_options(cls, options: dict[str, Any], *, cache: Path | None = None) -> ListeningSession:
        """Make a session from the options of `listening_options`, `search_options` and `message_options`.

        They are removed from `options`, a command's values. `cache` is the folder of cached transcripts for this
        session if the options turn the cache off.
        """
        listening, messages = pop_options(ListeningOptions, options), pop_options(MessageOptions, options)
        if cache is not None and listening.cache is None:
            listening = replace(listening, cache_dir=cache, no_cache=False)
        search = pop_options(SearchOptions, options) if "metadata" in options else SearchOptions()
        return cls(listening, search, messages)

    def find(self, paths: Sequence[Path]) -> FoundRecordings:
        """Find the recordings that the paths name, and print notes on them. Raises UsageError if there are none."""
        found = find_inputs(paths, self._search)
        for note in found.notes:
            self.messages.note(note)
        return found

    def run(self, task: type[RecordingTask], found: FoundRecordings, rubric: Rubric) -> Outcomes:
        """Run a task on all recordings; see `Session.run`."""
        return self._session.run(task, found, rubric)

    def report_failures(self, results: Sequence[Any]) -> int:
        """Print every recording that could not be read, with the reason; return their number."""
        failures = [result for result in results if isinstance(result, CallResult) and result.status == "failed"]
        for failure in failures:
            self.messages.error(f"{failure.path}: {failure.reason}")
        return len(failures)

    def status(self, outcomes: Outcomes, *, failures: int = 0) -> Status:
        """Return the exit status of a command without a gate; `failures` are in addition to unreadable recordings."""
        if outcomes.not_reached:
            return Status.INTERRUPTED
        return Status.INCOMPLETE if failures + self.report_failures(outcomes.results) else Status.DONE
