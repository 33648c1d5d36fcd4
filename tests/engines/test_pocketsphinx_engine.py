from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from callqa.core.timeline import Span
from callqa.engines.base import SAMPLE_RATE, Clip, Segment, Source
from callqa.engines.pocketsphinx_engine import PocketsphinxEngine
from callqa.errors import UsageError
from callqa.settings import EngineSettings
from support.audio_files import Samples, noise, silence, voice

SAID = "hello this is robyn at the lamp shop what can i do for you"
"""The words that the engine recognises in the sample voice: it spells Robin its own way."""

FIRST_SENTENCE = round(2.55 * SAMPLE_RATE)


@pytest.fixture(scope="module")
def engine() -> PocketsphinxEngine:
    engine = PocketsphinxEngine(EngineSettings("pocketsphinx"))
    engine.prepare()
    return engine


def clip(samples: Samples, start: float = 0.0, channel: int = 0) -> Clip:
    return Clip(channel, Span(start, start + len(samples) / SAMPLE_RATE), samples)


def transcribe(engine: PocketsphinxEngine, *clips: Clip) -> list[Segment]:
    return list(engine.transcribe(Source(Path("call.wav"), lambda: iter(clips))))


def first_words(segments: Sequence[Segment]) -> list[str]:
    return [segment.words[0].text for segment in segments]


def test_real_speech_is_recognised_with_times_and_probabilities(engine: PocketsphinxEngine) -> None:
    (segment,) = transcribe(engine, clip(voice(), start=61.5, channel=1))
    assert segment.text == SAID
    assert segment.channel == 1
    assert segment.doubt is None
    assert segment.start == pytest.approx(61.5, abs=0.1)
    assert segment.end == pytest.approx(61.5 + 4.2, abs=0.1)
    lamp = segment.words[6]
    assert lamp.text == "lamp"
    assert lamp.start == pytest.approx(63.3, abs=0.3)
    assert {word.probability == 1 for word in segment.words} == {False, True}


@pytest.mark.slow
def test_the_order_of_clips_does_not_change_the_words(engine: PocketsphinxEngine) -> None:
    quiet = clip(voice()[:FIRST_SENTENCE] * np.float32(0.05))
    loud = clip(voice()[FIRST_SENTENCE:])
    hiss = clip(noise(0.5, -10))
    forwards = transcribe(engine, quiet, hiss, loud)
    backwards = transcribe(engine, loud, hiss, quiet)
    assert sorted(forwards, key=lambda segment: segment.text) == sorted(backwards, key=lambda segment: segment.text)
    assert transcribe(PocketsphinxEngine(EngineSettings("pocketsphinx")), loud) == transcribe(engine, loud)


def test_a_pause_separates_segments(engine: PocketsphinxEngine) -> None:
    first, second = voice()[:FIRST_SENTENCE], voice()[FIRST_SENTENCE:]
    faint = noise(1.0, -70)
    segments = transcribe(engine, clip(np.concatenate([first, faint, second]), start=10.0))
    assert first_words(segments) == ["hello", "what"]
    gap = (segments[1].start or 0.0) - (segments[0].end or 0.0)
    assert 0.6 < gap < 1.5


def test_speech_drowned_in_noise_is_doubted(engine: PocketsphinxEngine) -> None:
    samples = voice()
    segments = transcribe(engine, clip(samples + noise(len(samples) / SAMPLE_RATE, -25)[: len(samples)]))
    assert segments
    assert {segment.doubt for segment in segments} == {"low probability"}


@pytest.mark.parametrize("samples", [silence(2.0), noise(2.0, -30), silence(0.01), silence(0.0), voice()[:100]])
def test_no_words_are_recognised_without_speech(engine: PocketsphinxEngine, samples: Samples) -> None:
    assert transcribe(engine, clip(samples)) == []


def test_samples_beyond_full_scale_are_clipped(engine: PocketsphinxEngine) -> None:
    loud = voice()[FIRST_SENTENCE:] * 8
    assert transcribe(engine, clip(loud)) == transcribe(engine, clip(np.clip(loud, -1, 1)))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (EngineSettings("pocketsphinx", language="de"), "knows only English, not the language de; .* whisper"),
        (EngineSettings("pocketsphinx", language="auto"), "knows only English"),
        (EngineSettings("pocketsphinx", model="base.en"), "has only its own model, so it cannot use base.en"),
    ],
)
def test_other_languages_and_models_are_refused(settings: EngineSettings, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        PocketsphinxEngine(settings)


def test_device_and_threads_have_no_effect() -> None:
    plain = PocketsphinxEngine(EngineSettings("pocketsphinx"))
    assert PocketsphinxEngine(EngineSettings("pocketsphinx", device="cuda", threads=3)).info == plain.info
