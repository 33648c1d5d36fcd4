from __future__ import annotations

import numpy as np
import pytest

from callqa.speech.diarization.features import CEPSTRA, FRAME_SECONDS, RATE, joined, measure
from support.audio_files import noise, silence, voice
from support.made_voices import MAN, WOMAN


@pytest.mark.parametrize("made", [MAN, WOMAN])
def test_the_pitch_of_a_voice_is_measured(made: object) -> None:
    frames = measure(made.speak(6.0, 1))  # type: ignore[attr-defined]
    known = frames.pitch[np.isfinite(frames.pitch)]
    assert len(known) > 0.8 * len(frames)
    assert np.exp(np.median(known)) == pytest.approx(made.pitch, rel=0.05)  # type: ignore[attr-defined]


def test_noise_has_no_pitch() -> None:
    assert np.isnan(measure(noise(3.0, -20.0)).pitch).mean() > 0.95


def test_silence_is_measured_without_a_warning() -> None:
    frames = measure(silence(1.0))
    assert np.isfinite(frames.cepstra).all()
    assert np.isnan(frames.pitch).all()


@pytest.mark.parametrize("samples", [0, 1, 639])
def test_too_short_a_region_has_no_frames(samples: int) -> None:
    frames = measure(np.zeros(samples, np.float32))
    assert (len(frames), frames.cepstra.shape) == (0, (0, CEPSTRA))


def test_how_loud_it_is_does_not_matter() -> None:
    loud, soft = measure(voice()), measure(voice() * 0.1)
    assert np.abs(loud.cepstra.astype(float) - soft.cepstra)[loud.speech].max() < 0.5
    assert (loud.energy - soft.energy).mean() == pytest.approx(20.0, abs=0.5)


def test_pauses_tell_nothing() -> None:
    frames = measure(np.concatenate([MAN.speak(1.0, 1), silence(1.0), MAN.speak(1.0, 2)]))
    assert not frames.speech[60:90].any()
    assert frames.speech[:40].all()


def test_an_hour_of_speech_takes_little_memory() -> None:
    frames = measure(voice())
    size = frames.cepstra.nbytes + frames.energy.nbytes + frames.pitch.nbytes + frames.speech.nbytes
    assert size / (len(frames) * FRAME_SECONDS) * 3600 < 9_000_000
    assert frames.cepstra.base is None  # holds no samples


def test_parts_are_joined_in_order() -> None:
    sound = voice()
    one, two = measure(sound[: 2 * RATE]), measure(sound[2 * RATE :])
    both = joined([one, two])
    assert len(both) == len(one) + len(two)
    assert (both.cepstra[len(one) :] == two.cepstra).all()
