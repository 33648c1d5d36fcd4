"""What a worker process does with recordings: score each, or only understand it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from callqa.behaviors.behavior import Hit
from callqa.conversation.events import Event
from callqa.conversation.roles import Cues
from callqa.conversation.voicemail import Voicemail
from callqa.errors import RecordingError
from callqa.execution.process_pool import Worker
from callqa.pipeline import AttributedCall, Pipeline, failed
from callqa.recordings import Recording, shown
from callqa.rubrics.rubric_schema import Rubric
from callqa.scoring.scorecard import CallResult
from callqa.settings import ListenSettings
from callqa.transcription.transcriber import OnAudio


@dataclass(frozen=True)
class DetectedCall:
    """A call with every behavior and event in it."""

    understood: AttributedCall
    hits: tuple[Hit, ...]
    events: tuple[Event, ...]

    @property
    def shown_path(self) -> str:
        """The recording's path, fit to print."""
        return shown(self.understood.recording.path)


@dataclass(frozen=True)
class _Task:
    settings: ListenSettings
    rubric: Rubric
    cues: Cues
    voicemail: Voicemail
    on_audio: OnAudio | None = None
    """Only for work in this process: it does not pickle."""

    def pipeline(self) -> Pipeline:
        return Pipeline(self.settings, self.rubric, self.cues, self.voicemail)


class ScoreTask(_Task):
    """Judge each recording."""

    def __call__(self) -> Worker[Recording, CallResult]:
        """Set up a worker."""
        pipeline = self.pipeline()
        return lambda recordings: pipeline.score_many(recordings, self.on_audio)


class DetectTask(_Task):
    """Find every behavior and event; a recording that cannot be read gives a failed result."""

    def __call__(self) -> Worker[Recording, DetectedCall | CallResult]:
        """Set up a worker."""
        pipeline = self.pipeline()

        def detect(recordings: Sequence[Recording]) -> Iterator[tuple[int, DetectedCall | CallResult]]:
            for place, understood in pipeline.understand_many(recordings, self.on_audio):
                if isinstance(understood, RecordingError):
                    yield place, failed(recordings[place], str(understood))
                else:
                    hits, events = pipeline.behaviors_and_events(understood)
                    yield place, DetectedCall(understood, tuple(hits), tuple(events))

        return detect


def died(recording: Recording) -> CallResult:
    """The result of a recording on which a worker process was killed twice."""
    return failed(
        recording, "the process working on it was killed, perhaps for want of memory; try --jobs 1 or a smaller model"
    )
