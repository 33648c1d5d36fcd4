"""Tests of compressed sound: it plays, and encoding is deterministic."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from callqa.audio import compress, probe
from support.audio_files import chord, pitches, read, silence, tone


def test_compressed_sound_is_the_sound_that_was_given(tmp_path: Path) -> None:
    path = tmp_path / "sound.webm"
    path.write_bytes(compress([tone(1.5, 440.0)[0], tone(1.5, 440.0)[0]], 16_000))
    header = probe(path)
    assert (header.container, header.codec, header.channels) == ("matroska", "opus", 1)
    decoded = read(path)
    assert decoded.shape[1] / 16_000 == pytest.approx(3.0, abs=0.05)
    assert pitches(decoded)[0] == pytest.approx(440, abs=5)


def test_the_same_sound_gives_the_same_bytes() -> None:
    samples = chord(2.0, 300.0, 900.0)
    assert compress([samples], 16_000) == compress([samples], 16_000)


def test_a_minute_of_speech_takes_about_ninety_kilobytes() -> None:
    rough = (np.random.default_rng(3).standard_normal(16_000 * 20) * 0.1).astype(np.float32)
    assert len(compress([rough], 16_000)) / 20 < 2_000


def test_loud_samples_are_clipped_and_empty_pieces_left_out() -> None:
    assert compress([silence(0), 4 * tone(0.5, 440.0)[0]], 16_000) == compress(
        [np.clip(4 * tone(0.5, 440.0)[0], -1, 1)], 16_000
    )
