"""The engine in the box: PocketSphinx with the US English model its package carries, so that nothing is downloaded.

It hears a fair part of clear English and less over the telephone; what rests on it is provisional.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from statistics import fmean
from typing import TYPE_CHECKING, Any, NamedTuple

from callqa.core.optional_imports import require
from callqa.engines.base import SAMPLE_RATE, Clip, DownloadProgress, EngineInfo, Segment, Source
from callqa.engines.whisper_common.windows import WINDOW_SECONDS, split
from callqa.errors import UsageError
from callqa.settings import EngineSettings
from callqa.transcripts.transcript import Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MODEL = "en-us"
"""The one model there is: acoustics, dictionary and language model of the pocketsphinx package."""

FRAMES_PER_SECOND = 100
"""How the decoder counts time."""

MOST_HMMS = 3000
"""Word models the search keeps alive at a time. The package keeps ten times as many, which takes twice as long and, on
96 seconds of synthetic speech clean and in telephone band, heard the same words; half as many loses one in twenty."""

PAUSE = 0.6
"""Seconds of silence between two words that part two segments, as they part two sentences."""

LOW_MEAN = 0.4
"""A segment is doubted below this mean of its words' posterior probabilities. Tried on four synthetic voices saying
three sentences: clean and in telephone band, at most 45 % of the words wrong, the means are 0.46 to 0.93; with white
noise at 15 to 0 dB, at least 41 % wrong and mostly more than 80 %, 0.08 to 0.47, one of 24 above 0.34; played
backwards, so that no word can be right, 0.22 to 0.42, one of eight above 0.33."""

_ALTERNATIVE = re.compile(r"\(\d+\)$")
"""The dictionary's mark of a second pronunciation: `the(2)`."""

_FILLERS = ("<", "[")
"""How the names of silence, noise and the ends of an utterance begin."""


class _Heard(NamedTuple):
    """A word the decoder found: seconds from the start of its clip, and its posterior probability."""

    text: str
    start: float
    end: float
    probability: float


class PocketsphinxEngine:
    """Recognises English on the CPU; `device` and `threads` mean nothing to it.

    Raises UsageError for another language or a model, for there is only the one in the box.
    """

    def __init__(self, settings: EngineSettings):
        if settings.model is not None:
            raise UsageError(
                f"pocketsphinx has only its own model, so it cannot take {settings.model}; leave the model out, or "
                "choose the engine whisper"
            )
        if settings.language != "en":
            raise UsageError(
                f"pocketsphinx knows English only, not the language {settings.language}; choose the engine whisper"
            )
        self._decoder: Any = None

    @property
    def info(self) -> EngineInfo:
        """The bundled model, by the version of the package that carries it."""
        return EngineInfo(
            "pocketsphinx",
            MODEL,
            f"pocketsphinx={version('pocketsphinx')} hmms={MOST_HMMS} pause={PAUSE} doubt={LOW_MEAN}",
        )

    def prepare(self, progress: DownloadProgress | None = None) -> None:
        """Load the bundled model, in a fraction of a second."""
        if self._decoder is None:
            pocketsphinx = require("pocketsphinx", package="pocketsphinx", why="the pocketsphinx engine")
            self._decoder = pocketsphinx.Decoder(samprate=SAMPLE_RATE, maxhmmpf=MOST_HMMS, loglevel="FATAL")

    def transcribe(self, source: Source) -> Iterator[Segment]:
        """Yield what was said in each clip, in the order the clips come."""
        self.prepare()
        for clip in source.clips():
            for part in split(clip, WINDOW_SECONDS):
                for words in _sentences(self._words(part)):
                    yield _segment(part, words)

    def _words(self, clip: Clip) -> list[_Heard]:
        """Decode a clip as one utterance."""
        samples = _pcm16(clip)
        if not samples.any():  # digital silence is heard as a word, and a sure one
            return []
        # What was heard before would colour what comes now by the running estimate of the channel's noise.
        self._decoder.reinit_feat()
        self._decoder.start_utt()
        try:
            self._decoder.process_raw(samples.tobytes(), full_utt=True)
        finally:
            self._decoder.end_utt()
        return [
            _Heard(
                _ALTERNATIVE.sub("", found.word),
                found.start_frame / FRAMES_PER_SECOND,
                (found.end_frame + 1) / FRAMES_PER_SECOND,
                min(max(found.prob, 0.0), 1.0),
            )
            for found in self._decoder.seg() or ()
            if not found.word.startswith(_FILLERS)
        ]


def _pcm16(clip: Clip) -> NDArray[np.int16]:
    import numpy as np

    rounded: NDArray[np.int16] = np.clip(np.rint(clip.samples * 32768.0), -32768, 32767).astype(np.int16)
    return rounded


def _sentences(words: Sequence[_Heard]) -> Iterator[list[_Heard]]:
    """Part the words where a pause lies between them."""
    held: list[_Heard] = []
    for word in words:
        if held and word.start - held[-1].end > PAUSE:
            yield held
            held = []
        held.append(word)
    if held:
        yield held


def _segment(clip: Clip, heard: Sequence[_Heard]) -> Segment:
    words = tuple(
        Word(word.text, _inside(clip, word.start), _inside(clip, word.end), round(word.probability, 4))
        for word in heard
    )
    doubtful = fmean(word.probability for word in heard) < LOW_MEAN
    return Segment(
        " ".join(word.text for word in words),
        words[0].start,
        words[-1].end,
        words,
        clip.channel,
        doubt="low probability" if doubtful else None,
    )


def _inside(clip: Clip, seconds: float) -> float:
    """Seconds from the start of the clip as seconds of the recording, not beyond the clip's end."""
    return min(max(round(clip.span.start + seconds, 3), clip.span.start), clip.span.end)
