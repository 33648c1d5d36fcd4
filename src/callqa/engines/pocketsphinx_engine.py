"""The built-in engine: PocketSphinx with the US English model that its package contains, so nothing is downloaded.

It recognises a fair part of clear English, and less over the telephone; everything based on it is provisional.
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
"""The only model: acoustics, dictionary and language model of the pocketsphinx package."""

FRAMES_PER_SECOND = 100
"""The decoder's unit of time."""

MOST_HMMS = 3000
"""Word models that the search keeps active at a time. The package's default is ten times as many, which takes twice as
long and, on 96 seconds of synthetic speech clean and in telephone band, recognised the same words; with half as many,
one word in twenty is lost."""

PAUSE = 0.6
"""Seconds of silence between two words that separate two segments, as they separate two sentences."""

LOW_MEAN = 0.4
"""A segment is doubted below this mean of its words' posterior probabilities. Tested with three sentences by four
synthetic voices: clean and in telephone band, at most 45 % of the words are wrong and the means are 0.46 to 0.93; with
white noise at 15 to 0 dB, at least 41 % are wrong, mostly more than 80 %, and the means are 0.08 to 0.47, one of 24
above 0.34; played backwards, so that no word can be right, they are 0.22 to 0.42, one of eight above 0.33."""

_ALTERNATIVE = re.compile(r"\(\d+\)$")
"""The dictionary's mark of a second pronunciation: `the(2)`."""

_FILLERS = ("<", "[")
"""The first characters of the names of silence, noise and the ends of an utterance."""


class _DecodedWord(NamedTuple):
    """A word that the decoder found: seconds from the start of its clip, and its posterior probability."""

    text: str
    start: float
    end: float
    probability: float


class PocketsphinxEngine:
    """Recognises English on the CPU; `device` and `threads` have no effect.

    Raises UsageError for another language, and for any model, because the built-in one is the only one.
    """

    def __init__(self, settings: EngineSettings):
        if settings.model is not None:
            raise UsageError(
                f"pocketsphinx has only its own model, so it cannot use {settings.model}; leave the model out, or "
                "choose the engine whisper"
            )
        if settings.language != "en":
            raise UsageError(
                f"pocketsphinx knows only English, not the language {settings.language}; choose the engine whisper"
            )
        self._decoder: Any = None

    @property
    def info(self) -> EngineInfo:
        """The built-in model, by the version of the package that contains it."""
        return EngineInfo(
            "pocketsphinx",
            MODEL,
            f"pocketsphinx={version('pocketsphinx')} hmms={MOST_HMMS} pause={PAUSE} doubt={LOW_MEAN}",
        )

    def prepare(self, progress: DownloadProgress | None = None) -> None:
        """Load the built-in model, in a fraction of a second."""
        if self._decoder is None:
            pocketsphinx = require("pocketsphinx", package="pocketsphinx", why="the pocketsphinx engine")
            self._decoder = pocketsphinx.Decoder(samprate=SAMPLE_RATE, maxhmmpf=MOST_HMMS, loglevel="FATAL")

    def transcribe(self, source: Source) -> Iterator[Segment]:
        """Yield the segments of each clip, in the order of the clips."""
        self.prepare()
        for clip in source.clips():
            for part in split(clip, WINDOW_SECONDS):
                for words in _split_at_pauses(self._decode(part)):
                    yield _segment(part, words)

    def _decode(self, clip: Clip) -> list[_DecodedWord]:
        """Decode a clip as one utterance."""
        samples = _pcm16(clip)
        if not samples.any():  # in digital silence the decoder finds a word, with a high probability
            return []
        # Otherwise the running estimate of the channel's noise would carry over from the clips before.
        self._decoder.reinit_feat()
        self._decoder.start_utt()
        try:
            self._decoder.process_raw(samples.tobytes(), full_utt=True)
        finally:
            self._decoder.end_utt()
        return [
            _DecodedWord(
                _ALTERNATIVE.sub("", item.word),
                item.start_frame / FRAMES_PER_SECOND,
                (item.end_frame + 1) / FRAMES_PER_SECOND,
                min(max(item.prob, 0.0), 1.0),
            )
            for item in self._decoder.seg() or ()
            if not item.word.startswith(_FILLERS)
        ]


def _pcm16(clip: Clip) -> NDArray[np.int16]:
    import numpy as np

    rounded: NDArray[np.int16] = np.clip(np.rint(clip.samples * 32768.0), -32768, 32767).astype(np.int16)
    return rounded


def _split_at_pauses(words: Sequence[_DecodedWord]) -> Iterator[list[_DecodedWord]]:
    """Yield the words in groups that are separated by pauses."""
    group: list[_DecodedWord] = []
    for word in words:
        if group and word.start - group[-1].end > PAUSE:
            yield group
            group = []
        group.append(word)
    if group:
        yield group


def _segment(clip: Clip, decoded: Sequence[_DecodedWord]) -> Segment:
    words = tuple(
        Word(word.text, _in_recording(clip, word.start), _in_recording(clip, word.end), round(word.probability, 4))
        for word in decoded
    )
    doubtful = fmean(word.probability for word in decoded) < LOW_MEAN
    return Segment(
        " ".join(word.text for word in words),
        words[0].start,
        words[-1].end,
        words,
        clip.channel,
        doubt="low probability" if doubtful else None,
    )


def _in_recording(clip: Clip, seconds: float) -> float:
    """Convert seconds from the start of the clip to seconds of the recording, at most the clip's end."""
    return min(max(round(clip.span.start + seconds, 3), clip.span.start), clip.span.end)
