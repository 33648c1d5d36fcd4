"""A session: settle on an engine, run a task over recordings, keep what is finished whatever happens."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from callqa.audio import probe
from callqa.engines import BATCH_ENGINES
from callqa.engines.base import DownloadProgress
from callqa.engines.selection import PROVISIONAL_ENGINE, EngineSelection, check_engine, runs_on_gpu, select_engine
from callqa.errors import EngineStopped, RecordingError
from callqa.execution.base import Executor
from callqa.execution.process_pool import ProcessPool
from callqa.execution.tasks import RecordingTask
from callqa.pipeline import failed, unusable_results
from callqa.recordings import FoundRecordings, Recording
from callqa.rubrics.cues import load_cues
from callqa.rubrics.rubric_schema import Rubric
from callqa.settings import EngineSettings, ListenSettings

TOGETHER = 8
"""Recordings handed at once to a process that decodes windows of several at a time: enough to keep it busy, and little
is lost if it is killed."""


@dataclass(frozen=True)
class SessionSettings:
    """Settings of a session: how recordings are transcribed, and by how many processes.

    `cache` is the folder of cached transcripts, None for none; `agent_channel` counts from 0, None works it out from
    the words; `jobs` is the number of recordings worked on at once, None leaves it to the engine; with `download` False
    no model is fetched.
    """

    engine: EngineSettings
    cache: Path | None = None
    agent_channel: int | None = None
    jobs: int | None = None
    download: bool = True


@dataclass(frozen=True)
class Outcomes:
    """The results of a task, in the order of the recordings, and a failed result for every file that cannot be used.

    `not_reached` counts the recordings left undone by an interruption.
    """

    results: tuple[Any, ...]
    not_reached: int


class AudioMonitor(Protocol):
    """Follows the seconds of audio that are done."""

    @property
    def shown(self) -> bool:
        """False if nothing is shown, so that lengths need not be measured."""
        ...

    def start(self, total: float) -> None:
        """Begin, with this many seconds ahead."""
        ...

    def inside(self, seconds: float) -> None:
        """Note how many seconds are done in the recordings begun and not finished."""
        ...

    def finish(self, seconds: float) -> None:
        """Note that a recording of this length is done."""
        ...


class Unwatched:
    """An audio monitor nobody looks at."""

    shown = False

    def start(self, total: float) -> None:
        """Do nothing."""

    def inside(self, seconds: float) -> None:
        """Do nothing."""

    def finish(self, seconds: float) -> None:
        """Do nothing."""


class Monitor:
    """Follows a session; this one ignores everything. The command line has one that shows it."""

    def warn(self, message: str) -> None:
        """Called with something that makes the results less reliable."""

    def interrupted(self, done: int, total: int) -> None:
        """Called when the session is interrupted after `done` of `total` recordings."""

    def download(self) -> AbstractContextManager[DownloadProgress | None]:
        """Follow the download of a model."""
        return nullcontext()

    def audio(self) -> AbstractContextManager[AudioMonitor]:
        """Follow the audio of a run."""
        return nullcontext(Unwatched())


class Session:
    """Runs tasks over recordings with one choice of engine. Raises UsageError for an unknown engine or model."""

    def __init__(self, settings: SessionSettings, monitor: Monitor | None = None):
        check_engine(settings.engine)
        self._settings = settings
        self._monitor = monitor or Monitor()
        self._choice: EngineSelection | None = None

    def choose_engine(self, recordings: Sequence[Recording]) -> EngineSelection:
        """Settle on an engine, once; if there are only transcripts to read, none is looked for."""
        if self._choice is None:
            if all(recording.transcript is not None for recording in recordings):
                transcripts_only = replace(self._settings.engine, engine="transcript")
                return EngineSelection(transcripts_only, provisional=False)
            with self._monitor.download() as progress:
                self._choice = select_engine(self._settings.engine, download=self._settings.download, progress=progress)
            if self._choice.note is not None:
                self._monitor.warn(self._choice.note)
        return self._choice

    def run(self, kind: type[RecordingTask], found: FoundRecordings, rubric: Rubric) -> Outcomes:
        """Do a task on every recording. Ctrl-C ends the run early and keeps what is finished.

        If the engine stops working, what is finished stands, and what is left fails with the reason. Raises
        EngineStopped if nothing is finished.
        """
        recordings = found.recordings
        choice = self.choose_engine(recordings)
        jobs, readers = self._jobs(choice, recordings)
        settings = ListenSettings(
            replace(choice.settings, threads=1 if jobs > 1 else None),
            choice.provisional,
            self._settings.cache,
            self._settings.agent_channel,
            readers,
        )
        together = TOGETHER if choice.settings.engine in BATCH_ENGINES else 1
        executor: Executor = ProcessPool(jobs, together)
        results: dict[int, Any] = {}
        try:
            with self._monitor.audio() as audio:
                on_audio = audio.inside if jobs == 1 and audio.shown else None
                task = kind(settings, rubric, *load_cues(), on_audio)
                lengths = [_length(recording) for recording in recordings] if audio.shown else []
                audio.start(sum(lengths))
                with closing(executor.run(task, recordings)) as outcomes:
                    for index, result in outcomes:
                        results[index] = result
                        if lengths:
                            audio.finish(lengths[index])
        except EngineStopped as error:
            if not results:
                raise
            for index in range(len(recordings)):
                results.setdefault(index, failed(recordings[index], str(error)))
        except KeyboardInterrupt:
            self._monitor.interrupted(len(results), len(recordings))
        done = tuple(results[index] for index in sorted(results))
        return Outcomes((*done, *unusable_results(found)), len(recordings) - len(results))

    def _jobs(self, choice: EngineSelection, recordings: Sequence[Recording]) -> tuple[int, int | None]:
        """Return how many recordings to work on at once, and how many processes read them if a GPU computes.

        Whisper uses all cores for one recording; the engine in the box uses one. Reading transcripts is over before a
        second process has started.
        """
        to_transcribe = sum(recording.transcript is None for recording in recordings)
        wanted = self._settings.jobs
        if wanted is None:
            wanted = os.cpu_count() or 1 if choice.settings.engine == PROVISIONAL_ENGINE else 1
        elif wanted > 1 and to_transcribe and choice.settings.engine in BATCH_ENGINES and runs_on_gpu(choice.settings):
            return 1, wanted  # a model in each process would only fill the GPU's memory
        return max(1, min(wanted, to_transcribe)), self._settings.jobs


def _length(recording: Recording) -> float:
    """Seconds of audio in a recording; 0 for a transcript and for what cannot be read."""
    if recording.transcript is not None:
        return 0.0
    try:
        return probe(recording.path).duration or 0.0
    except RecordingError:
        return 0.0
