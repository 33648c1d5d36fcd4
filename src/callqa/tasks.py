"""What a worker process does with each recording: score it, or only understand it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from callqa.behaviors import Hit
from callqa.errors import RecordingError
from callqa.events import Event
from callqa.listening import OnAudio
from callqa.pipeline import Pipeline, Understood, failed
from callqa.recordings import Recording, shown
from callqa.roles import Cues
from callqa.rubric import Rubric
from callqa.scorecard import CallResult
from callqa.settings import ListenSettings
from callqa.voicemail import Voicemail


@dataclass(frozen=True)
class Detected:
    """A call with every behavior and event in it."""

    understood: Understood
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

    def __call__(self) -> Callable[[Recording], CallResult]:
        """Set up a worker."""
        pipeline = self.pipeline()
        return lambda recording: pipeline.score(recording, self.on_audio)


class DetectTask(_Task):
    """Find every behavior and event; a recording that cannot be read gives a failed result."""

    def __call__(self) -> Callable[[Recording], Detected | CallResult]:
        """Set up a worker."""
        pipeline = self.pipeline()

        def detect(recording: Recording) -> Detected | CallResult:
            try:
                understood = pipeline.understand(recording, self.on_audio)
            except RecordingError as error:
                return failed(recording, str(error))
            hits, events = pipeline.behaviors_and_events(understood)
            return Detected(understood, tuple(hits), tuple(events))

        return detect


def died(recording: Recording) -> CallResult:
    """The result of a recording on which a worker process was killed twice."""
    return failed(
        recording, "the process working on it was killed, perhaps for want of memory; try --jobs 1 or a smaller model"
    )
