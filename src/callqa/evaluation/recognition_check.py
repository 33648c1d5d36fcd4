"""Checking an engine on this machine: its accuracy and speed on one sample call whose words are known."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass

from callqa.core.shipped_files import shipped
from callqa.demo_calls import demo_folder
from callqa.engines.base import Engine
from callqa.language.normalization import NormalizedText
from callqa.transcription.transcriber import RawTranscript, transcribe_recording
from callqa.transcripts import formats

SAMPLE = "maria/0905-broadband.ogg"
"""A sample call of clear, synthetic voices in English, one to a channel, the agent on the left."""

_SPOKEN = shipped("recognition_sample.txt")


@dataclass(frozen=True)
class RecognitionCheck:
    """The outcome of a check.

    `errors` counts words inserted, left out or replaced; times are in seconds and do not include preparing the engine.
    """

    engine: str
    model: str | None
    words: int
    errors: int
    duration: float
    took: float

    @property
    def word_error_rate(self) -> float:
        """Errors per word that was said, the usual measure of a recogniser (NIST sclite): 0 is perfect."""
        return self.errors / self.words

    @property
    def times_real_time(self) -> float:
        """Seconds of the call that are recognised in one second."""
        return self.duration / self.took


def check_recognition(engine: Engine) -> RecognitionCheck:
    """Run an engine on the sample. Raises EngineError if it cannot run."""
    engine.prepare()
    began = time.perf_counter()
    raw = transcribe_recording(demo_folder() / SAMPLE, engine)
    took = time.perf_counter() - began
    words, errors = _count_errors(raw)
    return RecognitionCheck(raw.engine, raw.model, words, errors, raw.duration or 0.0, took)


def _count_errors(raw: RawTranscript) -> tuple[int, int]:
    """Count words and errors, each channel separately, so that the order of the parties does not matter."""
    import jiwer

    spoken, recognised = defaultdict[int, list[str]](list), defaultdict[int, list[str]](list)
    for utterance in formats.read(_SPOKEN).utterances:
        spoken[0 if utterance.speaker == "agent" else 1] += _words(utterance.text)
    for segment in raw.segments:
        recognised[segment.channel or 0] += _words(segment.text)
    channels = sorted({*spoken, *recognised})
    counts = jiwer.process_words(
        [" ".join(spoken[channel]) for channel in channels], [" ".join(recognised[channel]) for channel in channels]
    )
    words = counts.hits + counts.substitutions + counts.deletions
    return words, counts.substitutions + counts.deletions + counts.insertions


def _words(text: str) -> list[str]:
    return [token.text for token in NormalizedText(text).tokens]
