"""Recordings read in this process and in others: the same comes of it, whatever happens to the others."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from callqa.core.stage_timer import StageTimer
from callqa.engines.openai_whisper.engine import WhisperEngine
from callqa.engines.whisper_common.window_stream import PrefetchQueue
from callqa.errors import RecordingError
from callqa.settings import EngineSettings
from callqa.transcription import readers
from callqa.transcription.preprocessing import PreprocessedRecording
from callqa.transcription.readers import KILLED, SURVEYING, InProcessReader, PoolReader, RecordingReader
from callqa.transcription.transcriber import listen_many
from support.audio_files import noise, silence, voice, write
from support.miniature_whisper import save

Read = dict[int, tuple[Any, list[tuple[int, float, bytes]], str | None]]


def read(readers: RecordingReader) -> Read:
    """All that is read of each recording: what was found out, the clips, and the error they end in."""
    found: Read = {}
    for place, survey, clips in readers:
        assert place not in found
        heard, error = [], None
        try:
            for clip in clips():
                heard.append((clip.channel, clip.span.start, clip.samples.tobytes()))
        except RecordingError as caught:
            error = str(caught)
        what = (
            (survey.profile, survey.regions, survey.spoken())
            if isinstance(survey, PreprocessedRecording)
            else str(survey)
        )
        found[place] = what, heard, error
    readers.close()
    return found


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Six recordings: two channels, one, none with speech in it, no sound at all, one cut off, two channels again."""
    folder = tmp_path_factory.mktemp("calls")
    said = voice()
    pause = silence(len(said) / 16_000)
    two = np.stack([np.concatenate([said, pause]), np.concatenate([pause, said])])
    cut_off = write(folder / "cut.wav", np.concatenate([said, said]))
    cut_off.write_bytes(cut_off.read_bytes()[:100_000])
    rubbish = folder / "rubbish.wav"
    rubbish.write_bytes(b"no sound")
    return [
        write(folder / "two.wav", two),
        write(folder / "one.wav", said),
        write(folder / "none.wav", silence(3)),
        rubbish,
        cut_off,
        write(folder / "again.wav", two[::-1]),
    ]


@pytest.fixture(scope="module")
def expected(paths: list[Path]) -> Read:
    found = read(InProcessReader(paths, StageTimer()))
    assert sorted(found) == list(range(6))
    assert [len(clips) for _, clips, _ in found.values()][:3] == [2, 1, 0]
    assert "not an audio file" in found[3][0]
    return found


@pytest.mark.parametrize("processes", [1, 2])
def test_others_read_what_this_process_reads(paths: list[Path], expected: Read, processes: int) -> None:
    stages = StageTimer()
    assert read(PoolReader(paths, stages, processes)) == expected
    assert dict(stages.take())[SURVEYING] > 0
    assert not multiprocessing.active_children()


def test_clips_nobody_fetches_are_left_out_and_can_be_read_again(paths: list[Path], expected: Read) -> None:
    readers = PoolReader([paths[0], paths[5]], StageTimer(), 1)
    for place, _, clips in readers:
        first = next(iter(clips()))
        again = list(clips())
        assert first.samples.tobytes() == again[0].samples.tobytes()
        assert [clip.samples.tobytes() for clip in again] == [samples for _, _, samples in expected[5 * place][1]]
    readers.close()


def test_a_process_that_dies_is_replaced_and_a_recording_that_kills_again_is_given_up(
    paths: list[Path], expected: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = PoolReader._give
    deaths = []

    def give(readers: PoolReader, reader: Any) -> None:
        before = len(reader.places)
        real(readers, reader)
        if 1 in list(reader.places)[before:]:
            deaths.append(reader.process.pid)
            reader.process.kill()
            reader.process.join()

    monkeypatch.setattr(PoolReader, "_give", give)
    found = read(PoolReader(paths, StageTimer(), 2))
    assert len(deaths) == 2
    assert found.pop(1) == (KILLED, [], None)
    assert found == {place: one for place, one in expected.items() if place != 1}


def test_a_process_that_dies_in_the_middle_costs_that_recording_alone(tmp_path: Path, expected: Read) -> None:
    said = np.concatenate([voice(), silence(2)] * 12)
    paths = [write(tmp_path / f"{number}.wav", np.stack([said, said[::-1]])) for number in range(3)]
    readers = PoolReader(paths, StageTimer(), 1)
    ended: dict[int, str | None] = {}
    for place, _, clips in readers:
        ended[place] = None
        try:
            for number, _ in enumerate(clips()):
                if (place, number) == (0, 5):
                    readers._readers[0].process.kill()
                    readers._readers[0].process.join()
        except RecordingError as error:
            ended[place] = str(error)
    readers.close()
    assert ended == {0: KILLED, 1: None, 2: None}


def test_closing_ends_the_wait_for_a_long_recording(tmp_path: Path) -> None:
    long = write(tmp_path / "long.wav", np.stack([noise(900, -30, rate=8_000)] * 2), rate=8_000)
    readers = PoolReader([long], StageTimer(), 1)
    waiting = threading.Thread(target=lambda: list(readers))
    waiting.start()
    while not readers._readers:
        time.sleep(0.01)
    readers.close()
    waiting.join(5)
    assert not waiting.is_alive()
    assert not multiprocessing.active_children()


def test_little_is_held_that_nobody_fetches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "HELD_SECONDS", 1)
    ours, theirs = multiprocessing.Pipe()
    put: list[int] = []
    lost = threading.Event()
    outbox = readers._Outbox(theirs, lost.set)

    def fill() -> None:
        for number in range(20):
            outbox.put((number, bytes(2_000_000)), 8_000)
            put.append(number)

    filling = threading.Thread(target=fill, daemon=True)
    filling.start()
    time.sleep(0.3)
    assert len(put) <= 4
    assert [ours.recv()[0] for _ in range(20)] == list(range(20))
    filling.join(5)
    assert not filling.is_alive()
    ours.close()
    outbox.put("for nobody")
    assert lost.wait(5)


def test_errors_nobody_foresaw_are_raised_where_the_recordings_are_wanted() -> None:
    readers = PoolReader([None], StageTimer(), 1)  # type: ignore[list-item]
    with pytest.raises(RuntimeError, match=r"in survey(.|\n)*(TypeError|AttributeError)"):
        read(readers)
    readers.close()


def test_a_process_ends_with_the_one_it_reads_for() -> None:
    reader = readers._Reader()
    reader.line.close()
    reader.process.join(20)
    assert reader.process.exitcode == 0


class Sparing(WhisperEngine):
    """An engine that says it leaves the processor free, as one on a GPU does."""

    @property
    def spares_processor(self) -> bool:  # type: ignore[override]
        """Whether it does."""
        return True


def test_an_engine_that_spares_the_processor_hears_the_same(paths: list[Path], tmp_path: Path) -> None:
    settings = EngineSettings("whisper", str(save(tmp_path / "mini.pt")), threads=1)
    alone, beside = (dict(listen_many(paths, kind(settings), readers=2)) for kind in (WhisperEngine, Sparing))
    assert {place: repr(heard) for place, heard in beside.items()} == {
        place: repr(heard) for place, heard in alone.items()
    }
    assert not multiprocessing.active_children()


def test_leaving_early_ends_all_processes(paths: list[Path], tmp_path: Path) -> None:
    settings = EngineSettings("whisper", str(save(tmp_path / "mini.pt")), threads=1)
    hearing = listen_many(paths, Sparing(settings), readers=2)
    next(hearing)
    hearing.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()


def test_leaving_does_not_wait_for_what_is_being_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callqa.engines.whisper_common.window_stream.PATIENCE", 0.01)
    left = threading.Event()

    def reading_until_left() -> Iterator[int]:
        left.wait()
        yield 1

    stream = PrefetchQueue(reading_until_left(), 3)
    stream.close()  # would never return if it waited
    assert stream._thread.is_alive()
    left.set()
    stream._thread.join(30)
    assert not stream._thread.is_alive()
