"""The tasks an executor runs on recordings: score, detect, review."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from callqa.behaviors.behavior import Hit
from callqa.conversation.events import Event
from callqa.conversation.roles import Cues
from callqa.conversation.voicemail import Voicemail
from callqa.errors import RecordingError
from callqa.execution.base import Worker
from callqa.pipeline import Pipeline, failed
from callqa.recordings import Recording, escape_unprintable
from callqa.rubrics.rubric_schema import Rubric
from callqa.scoring.scorecard import CallResult
from callqa.settings import ListenSettings
from callqa.transcription.transcriber import OnAudio
from callqa.transcripts.transcript import Transcript

KILLED = "the process working on it was killed, perhaps for lack of memory; try --jobs 1 or a smaller model"
"""The reason given for a recording on which a process was killed twice."""


@dataclass(frozen=True)
class DetectedCall:
    """A transcribed call with every behavior and event in it, of the party whose behavior it is."""

    recording: Recording
    transcript: Transcript
    notes: tuple[str, ...]
    hits: tuple[Hit, ...]
    events: tuple[Event, ...]

    @property
    def shown_path(self) -> str:
        """The recording's path, fit to print."""
        return escape_unprintable(self.recording.path)


@dataclass(frozen=True)
class ReviewedCall:
    """A judged call with the behaviors found in it, whoever showed them."""

    result: CallResult
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class RecordingTask(ABC):
    """The base of tasks on recordings: each process that works makes one pipeline."""

    settings: ListenSettings
    rubric: Rubric
    cues: Cues
    voicemail: Voicemail
    on_audio: OnAudio | None = None
    """Called with the seconds of audio done; only for work in this process, since it does not pickle."""

    def pipeline(self) -> Pipeline:
        """Return a new pipeline."""
        return Pipeline(self.settings, self.rubric, self.cues, self.voicemail)

    @abstractmethod
    def __call__(self) -> Worker[Recording, Any]:
        """Set up a worker."""

    def lost(self, item: Recording) -> CallResult:
        """Return the failed result of a recording on which a process was killed twice."""
        return failed(item, KILLED)


class ScoreTask(RecordingTask):
    """Judge each recording."""

    def __call__(self) -> Worker[Recording, CallResult]:
        """Set up a worker."""
        pipeline = self.pipeline()
        return lambda recordings: pipeline.score_many(recordings, self.on_audio)


class DetectTask(RecordingTask):
    """Find every behavior and event; a recording that cannot be read gives a failed result."""

    def __call__(self) -> Worker[Recording, DetectedCall | CallResult]:
        """Set up a worker."""
        pipeline = self.pipeline()

        def detect(recordings: Sequence[Recording]) -> Iterator[tuple[int, DetectedCall | CallResult]]:
            for index, call in pipeline.attribute_many(recordings, self.on_audio):
                if isinstance(call, RecordingError):
                    yield index, failed(recordings[index], str(call))
                else:
                    found = pipeline.analyse(call)
                    yield index, DetectedCall(call.recording, call.transcript, call.notes, found.shown, found.events)

        return detect


class ReviewTask(RecordingTask):
    """Judge each recording and keep the behaviors found; a recording that cannot be read gives a failed result."""

    def __call__(self) -> Worker[Recording, ReviewedCall | CallResult]:
        """Set up a worker."""
        pipeline = self.pipeline()

        def review(recordings: Sequence[Recording]) -> Iterator[tuple[int, ReviewedCall | CallResult]]:
            for index, call in pipeline.attribute_many(recordings, self.on_audio):
                if isinstance(call, RecordingError):
                    yield index, failed(recordings[index], str(call))
                else:
                    analysed = pipeline.analyse(call)
                    yield index, ReviewedCall(pipeline.judge(call, analysed), analysed.hits)

        return review
