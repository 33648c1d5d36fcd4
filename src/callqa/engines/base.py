"""The contract of speech engines, and the values that engines take and return.

To add an engine, write a class that

- takes EngineSettings in its constructor, raises UsageError for settings it does not support, and loads nothing;
- has the members of `Engine` and, if it is faster with several recordings at a time, those of `BatchEngine`.

Then enter it in `callqa.engines.ENGINES` and in `tests/contracts/test_engine_contract.py`, the tests that every engine
must pass. All times are in seconds from the start of the recording; samples are float32 mono at SAMPLE_RATE.

An engine may raise these errors, with a message of one sentence that says what to do:

- UsageError: the settings cannot be used, for example because the model does not know the language;
- EngineError, MissingExtra or ModelUnavailable: the engine cannot run at all;
- EngineStopped: the engine failed while it was working, for example because the memory ran out;
- RecordingError: this recording cannot be read, but the next one may be.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from callqa.core.timeline import Span
from callqa.errors import RecordingError
from callqa.transcripts.transcript import Speaker, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLE_RATE = 16_000
"""Sample rate of the audio that engines are given, in Hz."""


@dataclass(frozen=True)
class Clip:
    """The audio of one speech region of one channel: float32 mono samples in [-1, 1] at SAMPLE_RATE.

    `span` is the region's place in the recording, in seconds. Channels are counted from 0.
    """

    channel: int
    span: Span
    samples: NDArray[np.float32] = field(compare=False, repr=False)


@dataclass(frozen=True)
class Source:
    """A recording to transcribe: its file, and a function that reads its speech regions.

    Each call of `clips` decodes the file again and yields the clips in the order they begin. Reading may raise
    RecordingError at any clip.
    """

    path: Path
    clips: Callable[[], Iterator[Clip]]


@dataclass(frozen=True)
class Segment:
    """A piece of recognised speech, usually a sentence.

    `text` is not empty and has no spaces around it. `start` and `end` are in seconds of the recording, None if the
    source has no times. `words` may be empty; otherwise their texts, joined by spaces, are the text.

    Engines that recognise audio give the `channel`; a transcript made elsewhere may name the `speaker` by role, or by
    a `label` of its own. `speaker_sure` is False if the source only guesses the speaker. `doubt` says in a few words
    why the text may be wrong; None means no known reason. `language` is the code of the language that was detected,
    None unless detection was asked for.
    """

    text: str
    start: float | None = None
    end: float | None = None
    words: tuple[Word, ...] = ()
    channel: int | None = None
    speaker: Speaker = "unknown"
    label: str | None = None
    doubt: str | None = None
    speaker_sure: bool = True
    language: str | None = None


@dataclass(frozen=True)
class EngineInfo:
    """The identity of an engine's results: engines with equal infos recognise the same words in the same audio.

    Transcripts are cached under it, so it is known before the engine is prepared. A part that only preparing
    determines, such as the precision of its arithmetic on this machine, is the expected one until then.
    """

    engine: str
    """The engine's name in `callqa.engines.ENGINES`."""
    model: str | None
    """The name of the model as reports show it; None if there is no model."""
    fingerprint: str
    """Everything else that affects the result: model file, library versions, settings."""


DownloadProgress = Callable[[int, int], None]
"""Called while a model is downloaded, with the bytes received so far and the bytes in all; 0 if that is not known."""


class Engine(Protocol):
    """Recognises the speech of one recording at a time.

    Transcribing a recording gives the same segments each time, whatever was transcribed before it. Nothing is printed.
    """

    @property
    def info(self) -> EngineInfo:
        """The identity of the engine's results. Reading it loads no model and imports no large package."""
        ...

    def prepare(self, progress: DownloadProgress | None = None) -> None:
        """Load the model, downloading it first if it is not on disk; does nothing the second time.

        Raises EngineError or a subclass if the engine cannot run, UsageError if the model does not suit the settings.
        """
        ...

    def transcribe(self, source: Source) -> Iterator[Segment]:
        """Yield the segments of a recording, those of each channel in order of time; prepares the engine if need be.

        An engine that recognises audio keeps the times of a segment inside a clip of its channel, and yields nothing
        for a recording without clips. Raises RecordingError if the recording cannot be read, EngineStopped if the
        engine failed.
        """
        ...


Outcome = tuple[Segment, ...] | RecordingError
"""The segments of a recording, or the reason that it cannot be read."""


@runtime_checkable
class BatchEngine(Engine, Protocol):
    """An engine that is faster when it is given several recordings at a time.

    `callqa.engines.whisper_common.recognizer` has a ready-made loop for engines that decode windows of audio.
    """

    @property
    def uses_gpu(self) -> bool:
        """True if the engine computes on a GPU, so that the processor is free to read recordings meanwhile.

        Raises EngineError if the GPU asked for does not exist.
        """
        ...

    def transcribe_many(self, sources: Iterable[Source]) -> Iterator[tuple[int, Outcome]]:
        """Yield the outcome of each source with its index, as soon as it is known.

        Sources are taken and opened in order, only a few ahead of the outcomes, perhaps in another thread. The
        segments of a source are exactly those that `transcribe` yields, whatever the other sources are. A
        RecordingError is the outcome of its own source and does not affect others; any other error is raised.
        """
        ...


def transcribe_many(engine: Engine, sources: Iterable[Source]) -> Generator[tuple[int, Outcome], None, None]:
    """Transcribe several recordings with any engine, as `BatchEngine.transcribe_many` does."""
    if isinstance(engine, BatchEngine):
        yield from engine.transcribe_many(sources)
        return
    for index, source in enumerate(sources):
        try:
            outcome: Outcome = tuple(engine.transcribe(source))
        except RecordingError as error:
            outcome = error
        yield index, outcome


def transcribe_one(engine: BatchEngine, source: Source) -> Iterator[Segment]:
    """Transcribe a single recording with a batch engine, as `Engine.transcribe` does."""
    ((_, outcome),) = engine.transcribe_many([source])
    if isinstance(outcome, RecordingError):
        raise outcome
    yield from outcome
