from __future__ import annotations

import numpy as np
import pytest

from callqa.speech.diarization.features import CEPSTRA, FRAME_SECONDS, RATE, concatenate, measure_frames
from support.audio_files import noise, silence, voice
from support.made_voices import MAN, WOMAN


@pytest.mark.parametrize("made", [MAN, WOMAN])
def test_the_pitch_of_a_voice_is_measured(made: object) -> None:
    frames = measure_frames(made.speak(6.0, 1))  # type: ignore[attr-defined]
    known = frames.pitch[np.isfinite(frames.pitch)]
    assert len(known) > 0.8 * len(frames)
    assert np.exp(np.median(known)) == pytest.approx(made.pitch, rel=0.05)  # type: ignore[attr-defined]


def test_noise_has_no_pitch() -> None:
    assert np.isnan(measure_frames(noise(3.0, -20.0)).pitch).mean() > 0.95


def test_silence_is_measured_without_a_warning() -> None:
    frames = measure_frames(silence(1.0))
    assert np.isfinite(frames.cepstra).all()
    assert np.isnan(frames.pitch).all()


@pytest.mark.parametrize("samples", [0, 1, 639])
def test_too_short_a_region_has_no_frames(samples: int) -> None:
    frames = measure_frames(np.zeros(samples, np.float32))
    assert (len(frames), frames.cepstra.shape) == (0, (0, CEPSTRA))


def test_cepstra_do_not_depend_on_the_loudness() -> None:
    loud, soft = measure_frames(voice()), measure_frames(voice() * 0.1)
    assert np.abs(loud.cepstra.astype(float) - soft.cepstra)[loud.speech].max() < 0.5
    assert (loud.energy - soft.energy).mean() == pytest.approx(20.0, abs=0.5)


def test_pauses_are_not_marked_as_speech() -> None:
    frames = measure_frames(np.concatenate([MAN.speak(1.0, 1), silence(1.0), MAN.speak(1.0, 2)]))
    assert not frames.speech[60:90].any()
    assert frames.speech[:40].all()


def test_an_hour_of_speech_takes_little_memory() -> None:
    frames = measure_frames(voice())
    size = frames.cepstra.nbytes + frames.energy.nbytes + frames.pitch.nbytes + frames.speech.nbytes
    assert size / (len(frames) * FRAME_SECONDS) * 3600 < 9_000_000
    assert frames.cepstra.base is None  # keeps no samples


def test_parts_are_concatenated_in_order() -> None:
    sound = voice()
    one, two = measure_frames(sound[: 2 * RATE]), measure_frames(sound[2 * RATE :])
    both = concatenate([one, two])
    assert len(both) == len(one) + len(two)
    assert (both.cepstra[len(one) :] == two.cepstra).all()
