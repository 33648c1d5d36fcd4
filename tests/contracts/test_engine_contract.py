"""The contract that every engine must meet. A new engine is added by a function that makes an EngineCase for it."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from callqa.core.timeline import Span
from callqa.engines import AUDIO_ENGINES, BATCH_ENGINES, ENGINES, make_engine
from callqa.engines.base import SAMPLE_RATE, BatchEngine, Clip, Engine, Segment, Source, transcribe_many
from callqa.errors import RecordingError
from callqa.settings import EngineSettings
from support.audio_files import Samples, noise, voice
from support.miniature_whisper import save

HEAVY = ("torch", "whisper", "pocketsphinx", "numpy", "av", "ctranslate2", "faster_whisper")


@dataclass(frozen=True)
class EngineCase:
    """An engine's settings, two sources that it can transcribe and one that cannot be read."""

    settings: EngineSettings
    source: Source
    other: Source
    broken: Source

    @property
    def engine(self) -> Engine:
        """A new engine."""
        return make_engine(self.settings)


def whisper_case(folder: Path) -> EngineCase:
    checkpoint = save(folder / "mini.pt")
    return EngineCase(EngineSettings("whisper", str(checkpoint), threads=1), *sources(noise(5.0, -30)))


def faster_whisper_case(folder: Path) -> EngineCase:
    pytest.importorskip("faster_whisper", reason="faster-whisper is not installed")
    from support.miniature_ct2 import save_ct2

    settings = EngineSettings("faster-whisper", str(save_ct2(folder / "mini")), threads=1)
    return EngineCase(settings, *sources(noise(5.0, -30)))


def pocketsphinx_case(folder: Path) -> EngineCase:
    return EngineCase(EngineSettings("pocketsphinx"), *sources(voice()[: round(2.55 * SAMPLE_RATE)]))


def sources(samples: Samples) -> tuple[Source, Source, Source]:
    """Return a source with two channels, one with a single clip, and one that ends in the middle."""
    first, second = clip(0, 1.25, samples), clip(1, 9.5, samples * np.float32(0.5))
    third = clip(0, 20.0, samples[: len(samples) // 2])

    def cut_off() -> Iterator[Clip]:
        yield first
        raise RecordingError("ends in the middle")

    path = Path("call.wav")
    return (
        Source(path, lambda: iter((first, second, third))),
        Source(path, lambda: iter((third,))),
        Source(path, cut_off),
    )


def clip(channel: int, start: float, samples: Samples) -> Clip:
    return Clip(channel, Span(start, start + len(samples) / SAMPLE_RATE), samples)


def transcript_case(folder: Path) -> EngineCase:
    def written(name: str, *lines: tuple[str, float, float, str]) -> Source:
        keys = ("speaker", "start", "end", "text")
        data = {"format": 1, "utterances": [dict(zip(keys, line, strict=True)) for line in lines]}
        path = folder / name
        path.write_text(json.dumps(data), encoding="utf-8")
        return Source(path, no_clips)

    whole = written("a.json", ("agent", 0.5, 2.0, "Hello, the lamp shop."), ("customer", 2.5, 4.0, "My lamp is dark."))
    other = written("b.json", ("agent", 0.5, 2.0, "Good evening."))
    return EngineCase(EngineSettings("transcript"), whole, other, Source(folder / "none.json", no_clips))


def scripted_case(folder: Path) -> EngineCase:
    def written(name: str, *lines: str) -> Source:
        (folder / f"{name}.script").write_text("\n".join(lines), encoding="utf-8")
        return Source(folder / name, no_clips)

    whole = written("a.wav", "0\t0.5\t2.0\tHello, the lamp shop.", "1\t2.5\t4.0\tMy lamp is dark.")
    other = written("b.wav", "0\t0.5\t2.0\tGood evening.")
    return EngineCase(EngineSettings("scripted"), whole, other, written("c.wav", "!ends in the middle"))


def no_clips() -> Iterator[Clip]:
    return iter(())


CASES: dict[str, Callable[[Path], EngineCase]] = {
    "whisper": whisper_case,
    "faster-whisper": faster_whisper_case,
    "pocketsphinx": pocketsphinx_case,
    "transcript": transcript_case,
    "scripted": scripted_case,
}


for_audio_engines = pytest.mark.parametrize("case", AUDIO_ENGINES, indirect=True, scope="module")
"""For the rules of engines that recognise audio."""


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> EngineCase:
    return CASES[request.param](tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def engine(case: EngineCase) -> Engine:
    """Make one engine for the module: the use of it by one test must not affect the next."""
    return case.engine


@pytest.fixture(scope="module")
def segments(case: EngineCase, engine: Engine) -> list[Segment]:
    engine.prepare()
    return list(engine.transcribe(case.source))


def test_every_engine_of_the_table_has_a_case() -> None:
    assert CASES.keys() == ENGINES.keys()


def test_making_an_engine_loads_no_heavy_package(case: EngineCase) -> None:
    program = (
        "import pickle, sys; from callqa.engines import make_engine\n"
        f"engine = make_engine(pickle.loads({pickle.dumps(case.settings)!r})); engine.info\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_info_is_known_before_the_engine_is_prepared(case: EngineCase, engine: Engine, segments: list[Segment]) -> None:
    fresh = case.engine.info
    assert fresh == engine.info
    assert hash(fresh) == hash(engine.info)
    assert pickle.loads(pickle.dumps(fresh)) == fresh
    assert fresh.engine == case.settings.engine
    assert fresh.fingerprint


def test_speech_is_recognised(segments: list[Segment]) -> None:
    assert len(segments) >= 2
    assert all(segment.text == segment.text.strip() != "" for segment in segments)


def test_an_engine_may_be_prepared_twice_or_not_at_all(
    case: EngineCase, engine: Engine, segments: list[Segment]
) -> None:
    engine.prepare()
    assert list(case.engine.transcribe(case.other)) == list(engine.transcribe(case.other))


def test_recordings_transcribed_before_change_nothing(
    case: EngineCase, engine: Engine, segments: list[Segment]
) -> None:
    list(engine.transcribe(case.other))
    assert list(engine.transcribe(case.source)) == segments


def test_segments_of_each_channel_are_in_order_of_time(segments: list[Segment]) -> None:
    for channel in {segment.channel for segment in segments}:
        of_channel = [segment for segment in segments if segment.channel == channel]
        for left, right in pairwise(of_channel):
            assert left.end is not None
            assert right.start is not None
            assert left.end <= right.start


@for_audio_engines
def test_times_are_inside_the_clips_of_the_channel(case: EngineCase, segments: list[Segment]) -> None:
    clips = list(case.source.clips())
    assert {segment.channel for segment in segments} == {clip.channel for clip in clips}
    for segment in segments:
        assert segment.start is not None
        assert segment.end is not None
        assert any(
            clip.channel == segment.channel and clip.span.start <= segment.start <= segment.end <= clip.span.end
            for clip in clips
        )


@for_audio_engines
def test_words_make_up_their_segment(case: EngineCase, segments: list[Segment]) -> None:
    for segment in segments:
        assert " ".join(word.text for word in segment.words) == segment.text
        times = [moment for word in segment.words for moment in (word.start, word.end) if moment is not None]
        assert times == sorted(times)
        assert (times[0], times[-1]) == (segment.start, segment.end)
        assert all(word.probability is not None and 0 <= word.probability <= 1 for word in segment.words)


@for_audio_engines
def test_without_clips_there_are_no_segments(case: EngineCase, engine: Engine) -> None:
    assert list(engine.transcribe(Source(Path("call.wav"), no_clips))) == []


def test_a_recording_that_cannot_be_read_is_refused_and_affects_no_other(
    case: EngineCase, engine: Engine, segments: list[Segment]
) -> None:
    with pytest.raises(RecordingError) as caught:
        list(engine.transcribe(case.broken))
    assert str(case.broken.path) not in str(caught.value)
    assert list(engine.transcribe(case.source)) == segments


def test_the_table_of_batch_engines_is_right(case: EngineCase, engine: Engine) -> None:
    assert isinstance(engine, BatchEngine) == (case.settings.engine in BATCH_ENGINES)


def test_recordings_transcribed_together_do_not_affect_each_other(
    case: EngineCase, engine: Engine, segments: list[Segment]
) -> None:
    outcomes = dict(transcribe_many(engine, iter((case.source, case.broken, case.other))))
    assert outcomes[0] == tuple(segments)
    assert isinstance(outcomes[1], RecordingError)
    assert outcomes[2] == tuple(engine.transcribe(case.other))


def test_segments_and_settings_can_be_pickled(case: EngineCase, segments: list[Segment]) -> None:
    assert pickle.loads(pickle.dumps((case.settings, segments))) == (case.settings, segments)


def test_nothing_is_printed(case: EngineCase, capfd: pytest.CaptureFixture[str]) -> None:
    engine = case.engine
    engine.prepare()
    list(engine.transcribe(case.other))
    assert capfd.readouterr() == ("", "")
