"""Tests of cutting excerpts: each is the sound of its seconds in every file format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from callqa import audio
from callqa.audio import excerpts
from callqa.core.timeline import Span
from callqa.errors import RecordingError
from support.audio_files import Samples, pitches, read, tone, write

SPANS = [Span(8.0, 9.0), Span(0.0, 1.0), Span(11.0, 30.0)]

FILES = {
    "call.wav": {},
    "call.flac": {"codec": "flac"},
    "call.ogg": {"codec": "libopus"},
    "call.m4a": {"codec": "aac"},
    "call.webm": {"codec": "libopus"},
    "call.mp3": {"codec": "libmp3lame"},
}


def sound(seconds: int = 12) -> Samples:
    """A scale: every second has its own pitch on each channel, so that a cut in the wrong place is noticed."""
    return np.concatenate([tone(1.0, pitch(at, 0), pitch(at, 1)) for at in range(seconds)], axis=1)


def pitch(second: int, channel: int) -> float:
    return 300.0 + 50 * second + 1000 * channel


@pytest.mark.parametrize(("name", "how"), FILES.items(), ids=FILES)
@pytest.mark.parametrize("known", [True, False])
def test_an_excerpt_is_the_sound_of_its_seconds(name: str, how: dict[str, Any], known: bool, tmp_path: Path) -> None:
    path = write(tmp_path / name, sound(), **how)
    length = read(path).shape[1] / audio.RATE
    found = list(excerpts(path, SPANS, length=length if known else None))
    assert [span for span, _ in found] == SPANS
    for span, samples in found:
        assert samples.shape[1] == pytest.approx(audio.RATE * (min(span.end, length) - span.start), abs=1600)
        assert pitches(samples[:, : audio.RATE]) == pytest.approx([pitch(int(span.start), c) for c in (0, 1)], abs=3)


@pytest.mark.parametrize("name", ["call.wav", "call.flac"])
def test_an_excerpt_of_a_lossless_file_is_exact_to_the_sample(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / name, sound(), **FILES[name])
    whole = read(path)
    for span, samples in excerpts(path, SPANS, length=12.0):
        assert np.array_equal(samples, whole[:, int(span.start) * audio.RATE : int(span.end) * audio.RATE])


def test_a_long_file_is_not_read_from_its_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "call.flac", sound(), codec="flac")
    monkeypatch.setattr("callqa.audio.cutting.blocks", lambda *_: pytest.fail("read from the beginning"))
    [(_, samples)] = excerpts(path, [Span(10.0, 11.0)], length=12.0)
    assert samples.shape == (2, audio.RATE)


def test_a_file_whose_header_is_wrong_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = write(tmp_path / "call.flac", sound(), codec="flac")
    [(_, samples)] = excerpts(path, [Span(10.0, 11.0)], length=20.0)
    assert np.allclose(samples, read(path)[:, 10 * audio.RATE : 11 * audio.RATE], atol=1e-4)


def test_an_excerpt_beyond_the_end_is_empty(tmp_path: Path) -> None:
    path = write(tmp_path / "call.wav", sound(2))
    for length in (2.0, None):
        [(_, samples)] = excerpts(path, [Span(5.0, 6.0)], length=length)
        assert samples.shape[1] == 0


def test_no_spans_yield_no_excerpts(tmp_path: Path) -> None:
    path = write(tmp_path / "call.wav", sound(2))
    assert list(excerpts(path, [], length=2.0)) == []


def test_a_missing_file_is_a_recording_error(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="does not exist"):
        list(excerpts(tmp_path / "gone.wav", [Span(0, 1)], length=9.0))
