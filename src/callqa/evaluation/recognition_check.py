"""How well and how fast an engine hears on this machine: one sample call, compared with what was really said in it."""

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
    """What came of it.

    `errors` counts words put in, left out or mistaken for others; times are in seconds, getting the engine ready not
    counted.
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
        """Seconds of call heard in one second."""
        return self.duration / self.took


def check_recognition(engine: Engine) -> RecognitionCheck:
    """Let an engine hear the sample. Raises EngineError where it cannot run."""
    engine.prepare()
    began = time.perf_counter()
    heard = transcribe_recording(demo_folder() / SAMPLE, engine)
    took = time.perf_counter() - began
    words, errors = _compare(heard)
    return RecognitionCheck(heard.engine, heard.model, words, errors, heard.duration or 0.0, took)


def _compare(heard: RawTranscript) -> tuple[int, int]:
    """Words said, and errors, each channel for itself: which of two parties comes first is not the question."""
    from rapidfuzz.distance import Levenshtein

    said, got = defaultdict[int, list[str]](list), defaultdict[int, list[str]](list)
    for line in formats.read(_SPOKEN).labelled:
        said[0 if line.utterance.speaker == "agent" else 1] += _words(line.utterance.text)
    for segment in heard.segments:
        got[segment.channel or 0] += _words(segment.text)
    errors = sum(Levenshtein.distance(said[channel], got[channel]) for channel in {*said, *got})
    return sum(map(len, said.values())), errors


def _words(text: str) -> list[str]:
    return [token.text for token in NormalizedText(text).tokens]
