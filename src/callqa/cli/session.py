"""One run of a command that listens: settle the engine, go through the recordings, keep what is finished."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from callqa.cli.messages import Messages
from callqa.cli.options import ListeningOptions, MessageOptions
from callqa.cli.progress import AudioProgress, download_progress
from callqa.core.text import printable
from callqa.engines import BATCHING
from callqa.engines.selection import PROVISIONAL_ENGINE, Choice, check_choice, choose, on_gpu
from callqa.errors import EngineStopped, RecordingError
from callqa.execution.process_pool import ProcessPool
from callqa.execution.tasks import DetectTask, ScoreTask, died
from callqa.pipeline import failed
from callqa.recordings import FoundRecordings, Recording
from callqa.rubrics.loader import load_cues
from callqa.rubrics.rubric_schema import Rubric
from callqa.scoring.scorecard import CallResult
from callqa.settings import ListenSettings

TOGETHER = 8
"""Recordings handed at once to a process that decodes windows of several at a time: enough to keep it busy, and little
is lost where it dies."""


@dataclass(frozen=True)
class Outcomes:
    """Results in the order of the recordings; `not_reached` counts those an interruption left undone."""

    results: tuple[Any, ...]
    not_reached: int


class Session(Messages):
    """Runs tasks over recordings and talks on stderr meanwhile."""

    def __init__(self, listening: ListeningOptions, talking: MessageOptions):
        super().__init__(quiet=talking.quiet, verbose=talking.verbose)
        check_choice(listening.engine_settings)
        self._listening = listening
        self._talking = talking

    def report_failures(self, results: Sequence[Any]) -> int:
        """Name every recording that could not be read, with its reason; returns how many."""
        failures = [result for result in results if isinstance(result, CallResult) and result.status == "failed"]
        for failure in failures:
            self.console.print(printable(f"{failure.path}: {failure.reason}"), markup=False, soft_wrap=True)
        return len(failures)

    def choose_engine(self, recordings: Sequence[Recording], *, download: bool = True) -> Choice:
        """Settle on an engine; where only transcripts are to be read, none is looked for."""
        settings = self._listening.engine_settings
        if all(recording.transcript is not None for recording in recordings):
            return Choice(replace(settings, engine="transcript"), provisional=False)
        with download_progress(self.console, shown=not self._talking.quiet) as progress:
            choice = choose(settings, download=download, progress=progress)
        if choice.note is not None and not self._talking.quiet:
            self.console.print(printable(choice.note), style="bold yellow", markup=False, soft_wrap=True)
        return choice

    def run(
        self, kind: type[ScoreTask] | type[DetectTask], found: FoundRecordings, choice: Choice, rubric: Rubric
    ) -> Outcomes:
        """Do the task on every recording. Ctrl-C ends the run early and keeps what is finished.

        Where the engine cannot go on, what is finished stands, and what is left fails with the reason. Raises
        EngineStopped where nothing is finished.
        """
        recordings = found.recordings
        jobs, readers = self._jobs(choice, recordings)
        settings = ListenSettings(
            replace(choice.settings, threads=1 if jobs > 1 else None),
            choice.provisional,
            self._listening.cache,
            self._listening.channel,
            readers,
        )
        cues, voicemail = load_cues()
        results: dict[int, Any] = {}
        shown = not (self._talking.quiet or self._talking.no_progress)
        progress = AudioProgress(self.console, shown=shown)
        on_audio = progress.inside if jobs == 1 and progress.shown else None
        together = TOGETHER if choice.settings.engine in BATCHING else 1
        batch = ProcessPool(kind(settings, rubric, cues, voicemail, on_audio), died, jobs, together)
        try:
            with progress:
                lengths = [_length(recording) for recording in recordings] if progress.shown else []
                progress.start(sum(lengths))
                with closing(batch.run(recordings)) as outcomes:
                    for index, result in outcomes:
                        results[index] = result
                        if lengths:
                            progress.finish(lengths[index])
        except EngineStopped as error:
            if not results:
                raise
            for index in range(len(recordings)):
                results.setdefault(index, failed(recordings[index], str(error)))
        except KeyboardInterrupt:
            self.console.print(f"Interrupted: {len(results)} of {len(recordings)} recordings are done and kept.")
        return Outcomes(tuple(results[i] for i in sorted(results)), len(recordings) - len(results))

    def _jobs(self, choice: Choice, recordings: Sequence[Recording]) -> tuple[int, int | None]:
        """How many recordings to work on at once, and how many processes are to read them for a GPU, if one computes.

        Whisper uses all cores for one recording; the engine in the box uses one. Reading transcripts is over before
        a second process has started.
        """
        to_hear = sum(recording.transcript is None for recording in recordings)
        wanted = self._listening.jobs
        if wanted is None:
            wanted = os.cpu_count() or 1 if choice.settings.engine == PROVISIONAL_ENGINE else 1
        elif wanted > 1 and to_hear and choice.settings.engine in BATCHING and on_gpu(choice.settings):
            return 1, wanted  # a model for each process would only fill the GPU's memory
        return max(1, min(wanted, to_hear)), self._listening.jobs


def _length(recording: Recording) -> float:
    from callqa.audio import probe

    if recording.transcript is not None:
        return 0.0
    try:
        return probe(recording.path).duration or 0.0
    except RecordingError:
        return 0.0


def utf8_output() -> None:
    """Let stdout take any character, whatever the locale says; the terminal shows what it cannot print as ?."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
