from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callqa.audio.levels import FLOOR_DBFS, AudioProfile, LevelMeter
from callqa.core.timeline import Span
from support.audio_files import Samples, noise, read, silence, tone, voice, write

RATE = 16_000


def profile_of(samples: Samples, block: int = RATE) -> AudioProfile:
    meter = LevelMeter(RATE)
    channels = np.atleast_2d(samples).astype(np.float32)
    for at in range(0, channels.shape[1], block):
        meter.add(channels[:, at : at + block])
    return meter.profile()


def conversation(seconds: int = 24) -> tuple[Samples, Samples]:
    """Two parties who take turns and once talk at the same time."""
    said = voice()
    first, second = silence(seconds), silence(seconds)
    for start in (1, 13):
        first[start * RATE : start * RATE + len(said)] = said
    for start in (6, 14, 19):
        second[start * RATE : start * RATE + len(said)] = 0.6 * said[::-1]
    return first, second


def test_levels_of_a_sine() -> None:
    profile = profile_of(tone(2, 440, amplitude=0.5))
    level = profile.channels[0]
    assert profile.duration == 2.0
    assert profile.layout == "mono"
    assert level.peak_dbfs == pytest.approx(-6.02, abs=0.05)
    assert level.rms_dbfs == pytest.approx(-9.03, abs=0.05)
    assert level.loudest_dbfs == pytest.approx(-9.03, abs=0.05)
    assert level.clipped_share == 0


def test_the_loudest_window_is_not_averaged_with_a_long_silence() -> None:
    level = profile_of(np.concatenate([silence(60), tone(0.4, 440)[0], silence(60)])).channels[0]
    assert level.rms_dbfs < -35
    assert level.loudest_dbfs > -17


def test_clipping_is_counted_at_the_largest_values_of_g711() -> None:
    shape = np.sign(tone(1, 100)[0]) * 0.98
    shape[: RATE // 2] *= 0.5
    assert profile_of(shape).channels[0].clipped_share == pytest.approx(0.5, abs=0.01)


def test_a_steady_offset_is_no_sound() -> None:
    assert profile_of(np.full(RATE * 2, 0.25)).layout == "silent"


def test_silence_is_silent_and_has_a_floor() -> None:
    profile = profile_of(silence(3))
    assert profile.layout == "silent"
    assert profile.channels[0].rms_dbfs == profile.channels[0].peak_dbfs == FLOOR_DBFS
    assert profile_of(noise(3, -75)).layout == "silent"
    assert profile_of(np.stack([noise(3, -75), silence(3)])).layout == "silent"


def test_a_recording_without_samples_is_silent() -> None:
    assert LevelMeter().profile() == AudioProfile(0.0, (), "silent")


def test_two_parties_are_dual() -> None:
    assert profile_of(np.stack(conversation())).layout == "dual"


@pytest.mark.parametrize("bleed_db", [-6, -12, -20, -40])
def test_crosstalk_leaves_two_parties_dual(bleed_db: float) -> None:
    first, second = conversation()
    bleed = 10 ** (bleed_db / 20)
    assert profile_of(np.stack([first + bleed * second, second + bleed * first])).layout == "dual"


def test_a_channel_with_both_parties_and_one_with_one_are_dual() -> None:
    first, second = conversation()
    assert profile_of(np.stack([first + second, second])).layout == "dual"


@pytest.mark.parametrize("gain_db", [0, -3, -9, 6])
def test_the_same_sound_twice_is_dual_mono(gain_db: float) -> None:
    both = 0.5 * sum(conversation())
    assert profile_of(np.stack([both, both * 10 ** (gain_db / 20)])).layout == "dual-mono"
    assert profile_of(np.stack([both, -both])).layout == "dual-mono"


def test_the_same_sound_with_other_noise_is_dual_mono() -> None:
    both = sum(conversation())
    noisy = np.stack([both + noise(24, -60, 1), both + noise(24, -60, 2)])
    assert profile_of(noisy).layout == "dual-mono"


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("x.mp3", "libmp3lame", 16_000),
        ("x.ogg", "libopus", 48_000),
        ("x.m4a", "aac", 16_000),
        ("x.wav", "pcm_mulaw", 16_000),
    ],
)
def test_codecs_leave_layouts_as_they_are(tmp_path: Path, name: str, codec: str, rate: int) -> None:
    first, second = (np.repeat(side, rate // RATE) for side in conversation())
    container = "ipod" if codec == "aac" else None
    for samples, layout in (
        (np.stack([first + second, first + second]), "dual-mono"),
        (np.stack([first, second]), "dual"),
        (np.stack([first, 0 * first]), "one-silent"),
    ):
        path = write(tmp_path / name, samples, rate=rate, codec=codec, container=container)
        assert profile_of(read(path)).layout == layout


@pytest.mark.parametrize("silent", [0, 1])
def test_a_silent_channel_is_named(silent: int) -> None:
    sides = [noise(24, -70), noise(24, -70)]
    sides[1 - silent] = conversation()[0]
    profile = profile_of(np.stack(sides))
    assert (profile.layout, profile.silent_channel) == ("one-silent", silent)


def test_a_channel_with_nothing_but_crosstalk_is_silent() -> None:
    first, _ = conversation()
    profile = profile_of(np.stack([first, 0.03 * first]))
    assert (profile.layout, profile.silent_channel) == ("one-silent", 1)


def test_one_word_through_the_crosstalk_is_a_second_party() -> None:
    first, second = silence(120), silence(120)
    said = voice()
    for start in range(0, 110, 5):
        first[start * RATE : start * RATE + len(said)] = said
    second[-RATE:-8_000] = 0.5 * said[:8_000]
    assert profile_of(np.stack([first, second + 0.03 * first])).layout == "dual"


def test_one_word_in_a_silent_channel_is_a_second_party() -> None:
    first, second = conversation(240)[0], silence(240)
    second[-RATE:-10_000] = 0.3 * voice()[:6_000]
    assert profile_of(np.stack([first, second])).layout == "dual"


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 50_000))
def test_the_profile_does_not_depend_on_the_blocks(block: int) -> None:
    sound = np.stack([noise(2.3, -20, 1), noise(2.3, -26, 2)])
    whole, parts = profile_of(sound, 10**9), profile_of(sound, max(block, 97))
    assert parts.layout == whole.layout
    assert parts.duration == whole.duration
    for left, right in zip(parts.channels, whole.channels, strict=True):
        assert left.peak_dbfs == right.peak_dbfs
        assert left.rms_dbfs == pytest.approx(right.rms_dbfs)
        assert left.loudest_dbfs == pytest.approx(right.loudest_dbfs)
        assert left.clipped_share == right.clipped_share


def test_crosstalk_is_distinguished_from_the_channels_own_sound() -> None:
    left, right = noise(12.0, -20, seed=3), noise(12.0, -22, seed=4)
    at = np.arange(len(left)) / 16_000
    left[(at >= 4) & (at < 10)] = 0  # from 4 to 8 only the right one sounds, then neither, at last both
    right[(at < 4) | ((at >= 8) & (at < 10))] = 0
    quiet = [noise(12.0, -75, seed=seed) for seed in (5, 6)]
    meter = LevelMeter()
    meter.add(np.stack([left + 0.03 * right + quiet[0], right + 0.03 * left + quiet[1]]))
    profile = meter.profile()
    assert profile.layout == "dual"
    assert {channel: round(found.gain_db) for channel, found in profile.crosstalk.items()} == {0: -30, 1: -30}
    everything = [Span(0.0, 7.9), Span(10.0, 12.0)]
    assert profile.without_crosstalk(0, everything) == [Span(0.0, 4.0), Span(10.0, 12.0)]
    assert profile.without_crosstalk(1, everything) == [Span(4.0, 7.9), Span(10.0, 12.0)]
    separate = LevelMeter()
    separate.add(np.stack([left + quiet[0], right + quiet[1]]))
    assert separate.profile().crosstalk == {}
    assert separate.profile().without_crosstalk(0, everything) == everything


def test_a_moment_of_the_same_sound_is_not_crosstalk() -> None:
    left, right = noise(12.0, -20, seed=3), noise(12.0, -20, seed=4)
    right[:24_000] = 0.03 * left[:24_000]  # 1.5 s, after which both sound
    meter = LevelMeter()
    meter.add(np.stack([left, right]))
    assert meter.profile().crosstalk == {}
