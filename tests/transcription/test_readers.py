"""Tests of the readers: other processes read the same as this one, even if some of them die."""

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
from callqa.transcription.readers import KILLED, PREPROCESSING_STAGE, InProcessReader, PoolReader, RecordingReader
from callqa.transcription.transcriber import transcribe_recordings
from support.audio_files import noise, silence, voice, write
from support.miniature_whisper import save

Results = dict[int, tuple[Any, list[tuple[int, float, bytes]], str | None]]


def read(reader: RecordingReader) -> Results:
    """Return for each recording the preprocessed recording or its error, the clips, and the error they end with."""
    results: Results = {}
    for index, recording, clips in reader:
        assert index not in results
        received, error = [], None
        try:
            for clip in clips():
                received.append((clip.channel, clip.span.start, clip.samples.tobytes()))
        except RecordingError as caught:
            error = str(caught)
        facts = (
            (recording.profile, recording.regions, recording.speech_spans())
            if isinstance(recording, PreprocessedRecording)
            else str(recording)
        )
        results[index] = facts, received, error
    reader.close()
    return results


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Six recordings: two channels, one channel, without speech, not audio, cut off, two channels again."""
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
def expected(paths: list[Path]) -> Results:
    results = read(InProcessReader(paths, StageTimer()))
    assert sorted(results) == list(range(6))
    assert [len(clips) for _, clips, _ in results.values()][:3] == [2, 1, 0]
    assert "not an audio file" in results[3][0]
    return results


@pytest.mark.parametrize("processes", [1, 2])
def test_other_processes_read_the_same_as_this_one(paths: list[Path], expected: Results, processes: int) -> None:
    stages = StageTimer()
    assert read(PoolReader(paths, stages, processes)) == expected
    assert dict(stages.take())[PREPROCESSING_STAGE] > 0
    assert not multiprocessing.active_children()


def test_clips_that_are_not_fetched_are_skipped_and_can_be_read_again(paths: list[Path], expected: Results) -> None:
    reader = PoolReader([paths[0], paths[5]], StageTimer(), 1)
    for index, _, clips in reader:
        first = next(iter(clips()))
        again = list(clips())
        assert first.samples.tobytes() == again[0].samples.tobytes()
        assert [clip.samples.tobytes() for clip in again] == [samples for _, _, samples in expected[5 * index][1]]
    reader.close()


@pytest.mark.slow
def test_a_dead_process_is_replaced_and_a_recording_that_kills_twice_is_given_up(
    paths: list[Path], expected: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = PoolReader._assign
    deaths = []

    def assign(reader: PoolReader, worker: Any) -> None:
        before = len(worker.assigned)
        real(reader, worker)
        if 1 in list(worker.assigned)[before:]:
            deaths.append(worker.process.pid)
            worker.process.kill()
            worker.process.join()

    monkeypatch.setattr(PoolReader, "_assign", assign)
    results = read(PoolReader(paths, StageTimer(), 2))
    assert len(deaths) == 2
    assert results.pop(1) == (KILLED, [], None)
    assert results == {index: result for index, result in expected.items() if index != 1}


@pytest.mark.slow
def test_a_process_that_dies_in_the_middle_of_a_recording_loses_only_that(tmp_path: Path, expected: Results) -> None:
    said = np.concatenate([voice(), silence(2)] * 12)
    paths = [write(tmp_path / f"{number}.wav", np.stack([said, said[::-1]])) for number in range(3)]
    reader = PoolReader(paths, StageTimer(), 1)
    errors: dict[int, str | None] = {}
    for index, _, clips in reader:
        errors[index] = None
        try:
            for number, _ in enumerate(clips()):
                if (index, number) == (0, 5):
                    reader._workers[0].process.kill()
                    reader._workers[0].process.join()
        except RecordingError as error:
            errors[index] = str(error)
    reader.close()
    assert errors == {0: KILLED, 1: None, 2: None}


def test_closing_ends_the_wait_for_a_long_recording(tmp_path: Path) -> None:
    long = write(tmp_path / "long.wav", np.stack([noise(900, -30, rate=8_000)] * 2), rate=8_000)
    reader = PoolReader([long], StageTimer(), 1)
    waiting = threading.Thread(target=lambda: list(reader))
    waiting.start()
    while not reader._workers:
        time.sleep(0.01)
    reader.close()
    waiting.join(5)
    assert not waiting.is_alive()
    assert not multiprocessing.active_children()


def test_the_buffer_of_clips_that_are_not_fetched_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "BUFFERED_SECONDS", 1)
    ours, theirs = multiprocessing.Pipe()
    put: list[int] = []
    disconnected = threading.Event()
    outbox = readers._Outbox(theirs, disconnected.set)

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
    assert disconnected.wait(5)


def test_unexpected_errors_are_raised_in_the_parent_process() -> None:
    reader = PoolReader([None], StageTimer(), 1)  # type: ignore[list-item]
    with pytest.raises(RuntimeError, match=r"in preprocess(.|\n)*(TypeError|AttributeError)"):
        read(reader)
    reader.close()


def test_a_process_ends_with_its_parent() -> None:
    worker = readers._Worker()
    worker.connection.close()
    worker.process.join(20)
    assert worker.process.exitcode == 0


class GpuEngine(WhisperEngine):
    """An engine that claims to leave the processor idle, as one on a GPU does."""

    @property
    def uses_gpu(self) -> bool:  # type: ignore[override]
        """True, although it computes on the processor."""
        return True


@pytest.mark.slow
def test_transcripts_are_the_same_if_other_processes_read(paths: list[Path], tmp_path: Path) -> None:
    settings = EngineSettings("whisper", str(save(tmp_path / "mini.pt")), threads=1)
    here, elsewhere = (
        dict(transcribe_recordings(paths, kind(settings), readers=2)) for kind in (WhisperEngine, GpuEngine)
    )
    assert {index: repr(outcome) for index, outcome in elsewhere.items()} == {
        index: repr(outcome) for index, outcome in here.items()
    }
    assert not multiprocessing.active_children()


@pytest.mark.slow
def test_stopping_early_ends_all_processes(paths: list[Path], tmp_path: Path) -> None:
    settings = EngineSettings("whisper", str(save(tmp_path / "mini.pt")), threads=1)
    transcripts = transcribe_recordings(paths, GpuEngine(settings), readers=2)
    next(transcripts)
    transcripts.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()


def test_stopping_does_not_wait_for_a_recording_being_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callqa.engines.whisper_common.window_stream.PATIENCE", 0.01)
    stopped = threading.Event()

    def read_until_stopped() -> Iterator[int]:
        stopped.wait()
        yield 1

    stream = PrefetchQueue(read_until_stopped(), 3)
    stream.close()  # would never return if it waited
    assert stream._thread.is_alive()
    stopped.set()
    stream._thread.join(30)
    assert not stream._thread.is_alive()
