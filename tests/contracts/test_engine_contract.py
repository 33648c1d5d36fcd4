"""What holds for every engine. A new one is added by a function that makes a Bench for it."""

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
from callqa.engines import ENGINES, LISTENING, make_engine
from callqa.engines.base import SAMPLE_RATE, Clip, Engine, Segment, Source
from callqa.errors import RecordingError
from callqa.settings import EngineSettings
from support.audio_files import Samples, noise, voice
from support.miniature_whisper import save

HEAVY = ("torch", "whisper", "pocketsphinx", "numpy", "av", "ctranslate2", "faster_whisper")


@dataclass(frozen=True)
class Bench:
    """An engine's settings, two sources it can hear and one that cannot be read."""

    settings: EngineSettings
    source: Source
    other: Source
    broken: Source

    @property
    def engine(self) -> Engine:
        """The engine, fresh."""
        return make_engine(self.settings)


def whisper_bench(folder: Path) -> Bench:
    checkpoint = save(folder / "mini.pt")
    return Bench(EngineSettings("whisper", str(checkpoint), threads=1), *sources(noise(5.0, -30)))


def faster_whisper_bench(folder: Path) -> Bench:
    pytest.importorskip("faster_whisper", reason="faster-whisper is not installed")
    from support.miniature_ct2 import save_ct2

    settings = EngineSettings("faster-whisper", str(save_ct2(folder / "mini")), threads=1)
    return Bench(settings, *sources(noise(5.0, -30)))


def pocketsphinx_bench(folder: Path) -> Bench:
    return Bench(EngineSettings("pocketsphinx"), *sources(voice()[: round(2.55 * SAMPLE_RATE)]))


def sources(samples: Samples) -> tuple[Source, Source, Source]:
    """Two channels that speak in turn; one clip alone; a recording that ends in the middle."""
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


def transcript_bench(folder: Path) -> Bench:
    def written(name: str, *lines: tuple[str, float, float, str]) -> Source:
        keys = ("speaker", "start", "end", "text")
        data = {"format": 1, "utterances": [dict(zip(keys, line, strict=True)) for line in lines]}
        path = folder / name
        path.write_text(json.dumps(data), encoding="utf-8")
        return Source(path, no_clips)

    whole = written("a.json", ("agent", 0.5, 2.0, "Hello, the lamp shop."), ("customer", 2.5, 4.0, "My lamp is dark."))
    other = written("b.json", ("agent", 0.5, 2.0, "Good evening."))
    return Bench(EngineSettings("transcript"), whole, other, Source(folder / "none.json", no_clips))


def scripted_bench(folder: Path) -> Bench:
    def written(name: str, *lines: str) -> Source:
        (folder / f"{name}.script").write_text("\n".join(lines), encoding="utf-8")
        return Source(folder / name, no_clips)

    whole = written("a.wav", "0\t0.5\t2.0\tHello, the lamp shop.", "1\t2.5\t4.0\tMy lamp is dark.")
    other = written("b.wav", "0\t0.5\t2.0\tGood evening.")
    return Bench(EngineSettings("scripted"), whole, other, written("c.wav", "!ends in the middle"))


def no_clips() -> Iterator[Clip]:
    return iter(())


BENCHES: dict[str, Callable[[Path], Bench]] = {
    "whisper": whisper_bench,
    "faster-whisper": faster_whisper_bench,
    "pocketsphinx": pocketsphinx_bench,
    "transcript": transcript_bench,
    "scripted": scripted_bench,
}


for_listeners = pytest.mark.parametrize("bench", LISTENING, indirect=True, scope="module")
"""For what holds only for engines that hear audio."""


@pytest.fixture(scope="module", params=BENCHES)
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return BENCHES[request.param](tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def engine(bench: Bench) -> Engine:
    """One engine for the module: what one test did with it must not matter to the next."""
    return bench.engine


@pytest.fixture(scope="module")
def heard(bench: Bench, engine: Engine) -> list[Segment]:
    engine.prepare()
    return list(engine.transcribe(bench.source))


def test_every_engine_of_the_table_is_on_the_bench() -> None:
    assert BENCHES.keys() == ENGINES.keys()


def test_making_one_loads_nothing_heavy(bench: Bench) -> None:
    program = (
        "import pickle, sys; from callqa.engines import make_engine\n"
        f"engine = make_engine(pickle.loads({pickle.dumps(bench.settings)!r})); engine.info\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_info_is_known_at_once_and_stays(bench: Bench, engine: Engine, heard: list[Segment]) -> None:
    fresh = bench.engine.info
    assert fresh == engine.info
    assert hash(fresh) == hash(engine.info)
    assert pickle.loads(pickle.dumps(fresh)) == fresh
    assert fresh.engine == bench.settings.engine
    assert fresh.fingerprint


def test_something_is_heard(heard: list[Segment]) -> None:
    assert len(heard) >= 2
    assert all(segment.text == segment.text.strip() != "" for segment in heard)


def test_it_can_be_prepared_twice_or_not_at_all(bench: Bench, engine: Engine, heard: list[Segment]) -> None:
    engine.prepare()
    assert list(bench.engine.transcribe(bench.other)) == list(engine.transcribe(bench.other))


def test_what_was_heard_before_changes_nothing(bench: Bench, engine: Engine, heard: list[Segment]) -> None:
    list(engine.transcribe(bench.other))
    assert list(engine.transcribe(bench.source)) == heard


def test_each_channel_is_given_in_order_of_time(heard: list[Segment]) -> None:
    for channel in {segment.channel for segment in heard}:
        mine = [segment for segment in heard if segment.channel == channel]
        for left, right in pairwise(mine):
            assert left.end is not None
            assert right.start is not None
            assert left.end <= right.start


@for_listeners
def test_times_lie_within_the_clips_of_the_channel(bench: Bench, heard: list[Segment]) -> None:
    clips = list(bench.source.clips())
    assert {segment.channel for segment in heard} == {clip.channel for clip in clips}
    for segment in heard:
        assert segment.start is not None
        assert segment.end is not None
        assert any(
            clip.channel == segment.channel and clip.span.start <= segment.start <= segment.end <= clip.span.end
            for clip in clips
        )


@for_listeners
def test_words_make_up_their_segment(bench: Bench, heard: list[Segment]) -> None:
    for segment in heard:
        assert " ".join(word.text for word in segment.words) == segment.text
        times = [moment for word in segment.words for moment in (word.start, word.end) if moment is not None]
        assert times == sorted(times)
        assert (times[0], times[-1]) == (segment.start, segment.end)
        assert all(word.probability is not None and 0 <= word.probability <= 1 for word in segment.words)


@for_listeners
def test_no_speech_is_no_segments(bench: Bench, engine: Engine) -> None:
    assert list(engine.transcribe(Source(Path("call.wav"), no_clips))) == []


def test_a_recording_that_cannot_be_read_is_said_and_harms_nothing(
    bench: Bench, engine: Engine, heard: list[Segment]
) -> None:
    with pytest.raises(RecordingError) as caught:
        list(engine.transcribe(bench.broken))
    assert str(bench.broken.path) not in str(caught.value)
    assert list(engine.transcribe(bench.source)) == heard


def test_segments_and_settings_cross_process_borders(bench: Bench, heard: list[Segment]) -> None:
    assert pickle.loads(pickle.dumps((bench.settings, heard))) == (bench.settings, heard)


def test_nothing_is_printed(bench: Bench, capfd: pytest.CaptureFixture[str]) -> None:
    engine = bench.engine
    engine.prepare()
    list(engine.transcribe(bench.other))
    assert capfd.readouterr() == ("", "")
