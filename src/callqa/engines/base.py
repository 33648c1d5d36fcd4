"""The contract every speech engine meets, and the values that pass through it.

An engine is made from EngineSettings, cheaply: no model is loaded and nothing is read before `prepare` or
`transcribe`. `info` is known at once, because cached transcripts are looked up by it. `tests/contracts` holds
the suite each engine must pass.
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
"""Hz of the samples engines are given."""


@dataclass(frozen=True)
class Clip:
    """The audio of one speech region of one channel: float32 mono samples in [-1, 1] at SAMPLE_RATE.

    `span` is where it lies in the recording, in seconds.
    """

    channel: int
    span: Span
    samples: NDArray[np.float32] = field(compare=False, repr=False)


@dataclass(frozen=True)
class Source:
    """What an engine may listen to: a file, and its speech regions on demand.

    Each call of `clips` decodes the file again and yields the clips in the order they begin.
    """

    path: Path
    clips: Callable[[], Iterator[Clip]]


@dataclass(frozen=True)
class Segment:
    """Something an engine heard in one go.

    `channel` or `speaker` tells whose it is, as far as the engine knows: audio engines give the channel,
    transcripts made elsewhere may name the speaker, by role or by a label of their own. `doubt` says why it may
    be wrong; None means no known reason. `speaker_sure` is False where the source itself only guesses the speaker.
    `words` may be empty. `language` is the code of the language it was found to be in; None where nobody asked.
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
    """What identifies the results of an engine: two equal infos give the same words for the same audio.

    What can only be known once the engine is prepared, such as how precisely it computes here, is what it is expected
    to be before.
    """

    engine: str
    model: str | None
    fingerprint: str
    """Everything else that shapes the result: model file, library version, settings."""


DownloadProgress = Callable[[int, int], None]
"""Called with bytes done and bytes in all while a model is fetched."""


class Engine(Protocol):
    """Turns the speech of one recording into segments."""

    @property
    def info(self) -> EngineInfo:
        """What will recognise the speech; cheap."""
        ...

    def prepare(self, progress: DownloadProgress | None = None) -> None:
        """Get ready to transcribe, fetching the model where it is not on disk.

        Raises EngineError or a subclass where the engine cannot run.
        """
        ...

    def transcribe(self, source: Source) -> Iterator[Segment]:
        """Yield what was said, each channel in order of time.

        Raises RecordingError where this recording cannot be read.
        """
        ...


Outcome = tuple[Segment, ...] | RecordingError
"""What an engine made of one recording: what was said, or why it cannot be read."""


@runtime_checkable
class BatchEngine(Engine, Protocol):
    """An engine that is quicker with several recordings at a time."""

    @property
    def spares_processor(self) -> bool:
        """Whether it computes elsewhere than on the processor, which may read recordings meanwhile.

        Raises EngineError where that device is not there.
        """
        ...

    def transcribe_many(self, sources: Iterable[Source]) -> Iterator[tuple[int, Outcome]]:
        """Yield the outcome of each source with its place among them, as soon as it is known.

        Sources are taken and opened one after the other, few ahead of what was yielded, perhaps in another thread. The
        segments of each are those `transcribe` gives, whichever others there are. An error of one recording touches no
        other; any other error is raised.
        """
        ...


def transcribe_many(engine: Engine, sources: Iterable[Source]) -> Generator[tuple[int, Outcome], None, None]:
    """Transcribe several recordings as ManyEngine does; one after the other with an engine that knows no better way."""
    if isinstance(engine, BatchEngine):
        yield from engine.transcribe_many(sources)
        return
    for place, source in enumerate(sources):
        try:
            outcome: Outcome = tuple(engine.transcribe(source))
        except RecordingError as error:
            outcome = error
        yield place, outcome
