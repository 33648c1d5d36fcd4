from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callqa.core.timeline import Span, overlap, total
from callqa.speech import vad
from callqa.speech.vad import FRAME, MAX_REGION, MIN_SPEECH, ONSET, PAD, RATE, SpeechFinder, spans_of_speech
from support.audio_files import VOICE_SECONDS, Samples, chord, noise, silence, voice

SECONDS = FRAME / RATE


def find(samples: Samples, block: int | None = None) -> list[Span]:
    finder = SpeechFinder()
    for at in range(0, len(samples), block or max(1, len(samples))):
        finder.feed(samples[at : at + (block or len(samples))])
    return finder.regions()


def placed(*starts: float, seconds: float, background: Samples | None = None) -> Samples:
    sound = silence(seconds) if background is None else background
    said = voice()
    for start in starts:
        at = round(start * RATE)
        sound[at : at + len(said)] += said
    return sound


@pytest.mark.parametrize("background", [None, -60, -45])
def test_speech_is_found_where_it_is(background: int | None) -> None:
    sound = placed(3, 9.5, seconds=16, background=None if background is None else noise(16, background))
    found = find(sound)
    assert len(found) == 2
    for span, start in zip(found, (3, 9.5), strict=True):
        assert span.start == pytest.approx(start - PAD, abs=0.25)
        assert span.end == pytest.approx(start + VOICE_SECONDS + PAD, abs=0.25)


def test_speech_at_the_very_edges_is_found() -> None:
    found = find(voice())
    assert found[0].start == 0
    assert found[-1].end == pytest.approx(VOICE_SECONDS, abs=0.2)


def dtmf(seconds: float) -> Samples:
    keys = [(697, 1209), (770, 1336), (852, 1477), (941, 1336), (941, 1477)]
    presses = [np.concatenate([chord(0.2, *keys[n % 5]), silence(0.3)]) for n in range(round(seconds / 0.5))]
    return np.concatenate(presses)


def cadence(on: float, off: float, *hertz: float) -> Samples:
    return np.tile(np.concatenate([chord(on, *hertz), silence(off)]), round(12 / (on + off)))


NOT_SPEECH = {
    "silence": silence(10),
    "noise": noise(10, -30),
    "a tone": chord(10, 440),
    "dial tone": chord(10, 350, 440),
    "ring-back": cadence(2, 4, 440, 480),
    "european ring-back": cadence(1, 4, 425),
    "busy": cadence(0.5, 0.5, 480, 620),
    "recording beep": cadence(0.2, 3.8, 1400),
    "fax": chord(10, 2100),
    "dtmf": dtmf(10),
    "nothing": silence(0),
    "half a frame": noise(0.01, -10),
}


@pytest.mark.parametrize("kind", NOT_SPEECH)
def test_sounds_other_than_speech_yield_no_region(kind: str) -> None:
    assert find(NOT_SPEECH[kind]) == []


def test_no_samples_yield_no_regions() -> None:
    assert SpeechFinder().regions() == []


@pytest.mark.parametrize("block", [160, 511, 16_000, 100_000])
def test_the_regions_do_not_depend_on_the_blocks(block: int) -> None:
    sound = placed(1.7, seconds=8, background=noise(8, -50))
    assert find(sound, block) == find(sound)


def test_two_channels_can_be_fed_in_turn() -> None:
    sounds = [placed(1, seconds=8), placed(2.5, seconds=8, background=noise(8, -50))]
    finders = [SpeechFinder(), SpeechFinder()]
    for at in range(0, 8 * RATE, RATE // 2):
        for finder, sound in zip(finders, sounds, strict=True):
            finder.feed(sound[at : at + RATE // 2])
    assert [finder.regions() for finder in finders] == [find(sound) for sound in sounds]


def test_a_long_silence_does_not_change_later_regions() -> None:
    before = silence(64 * 32 * SECONDS)
    early, late = find(placed(0.5, seconds=6)), find(np.concatenate([before, placed(0.5, seconds=6)]))
    shift = len(before) / RATE
    assert [(span.start + shift, span.end + shift) for span in early] == [(s.start, s.end) for s in late]


def test_the_probabilities_are_those_of_silero_vad() -> None:
    import silero_vad
    import torch

    sound = placed(0.7, seconds=5, background=noise(5, -50))
    finder = SpeechFinder()
    finder.feed(sound)
    finder.regions()
    ours = np.concatenate(finder._probabilities)
    model = silero_vad.load_silero_vad()
    with vad._one_thread(), torch.inference_mode():
        frames = torch.from_numpy(sound[: len(sound) // FRAME * FRAME]).reshape(-1, FRAME)
        theirs = [model(frame, RATE).item() for frame in frames]
    np.testing.assert_allclose(ours[: len(theirs)], theirs, atol=1e-4)


def test_silence_does_not_load_the_model() -> None:
    code = (
        "import sys, numpy; from callqa.speech.vad import SpeechFinder; f = SpeechFinder();"
        "f.feed(numpy.zeros(99_999, 'float32')); assert f.regions() == []; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_torch_settings_are_restored() -> None:
    code = (
        "import torch, numpy; torch.set_num_threads(2); torch.manual_seed(7); wanted = torch.rand(1);"
        "torch.manual_seed(7); from callqa.speech.vad import SpeechFinder; f = SpeechFinder();"
        "f.feed(numpy.full(99_999, 0.1, 'float32')); f.regions();"
        "assert torch.get_num_threads() == 2; assert torch.equal(torch.rand(1), wanted)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# From probabilities to regions


def frames(*parts: tuple[float, float]) -> list[float]:
    """Return probabilities from pairs of seconds and probability."""
    return [probability for seconds, probability in parts for _ in range(round(seconds / SECONDS))]


def regions(probabilities: list[float], duration: float) -> list[Span]:
    return vad.pad_and_cut(spans_of_speech(probabilities, duration), probabilities, duration)


def spans(probabilities: list[float]) -> list[tuple[float, float]]:
    found = regions(probabilities, len(probabilities) * SECONDS)
    return [(round(span.start, 2), round(span.end, 2)) for span in found]


def test_regions_are_padded_within_the_recording() -> None:
    assert spans(frames((3.2, 0), (1.6, 0.9), (3.2, 0))) == [(3.0, 5.0)]
    assert spans(frames((0.064, 0), (1.6, 0.9))) == [(0.0, 1.66)]


def test_speech_continues_at_a_lower_probability() -> None:
    assert spans(frames((3.2, 0), (0.96, 0.6), (0.96, 0.4), (3.2, 0.3))) == [(3.0, 5.32)]
    assert spans(frames((3.2, 0), (6.4, 0.45), (3.2, 0))) == []


def test_short_bursts_are_left_out_and_short_pauses_bridged() -> None:
    assert spans(frames((3.2, 0), (0.16, 0.9), (3.2, 0))) == []
    assert spans(frames((3.2, 0), (0.64, 0.9), (0.256, 0), (0.64, 0.9), (3.2, 0))) == [(3.0, 4.94)]


def test_regions_close_together_share_the_pause_between_them() -> None:
    found = regions(frames((3.2, 0), (0.64, 0.9), (0.32, 0), (0.64, 0.9), (3.2, 0)), 8.0)
    assert len(found) == 2
    assert found[0].end == found[1].start == pytest.approx(4.0)


def test_a_long_region_is_cut_where_speech_is_least_likely() -> None:
    probabilities = frames((3.2, 0), (10, 0.9), (0.032, 0.36), (10, 0.9), (0.032, 0.4), (20, 0.9), (3.2, 0))
    found = regions(probabilities, 60.0)
    assert len(found) == 2
    assert found[0].end == found[1].start == pytest.approx(3.2 + 20 + 0.05, abs=0.04)
    assert find_longest(found) <= MAX_REGION


def test_endless_speech_is_cut_repeatedly() -> None:
    found = regions(frames((200, 0.9)), 200.0)
    assert len(found) >= 200 / MAX_REGION
    assert find_longest(found) <= MAX_REGION
    assert (found[0].start, found[-1].end) == (0, pytest.approx(200, abs=0.05))


def find_longest(found: list[Span]) -> float:
    return max(span.duration for span in found)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 1200), st.sampled_from([0.0, 0.3, 0.4, 0.6, 0.99])), max_size=12),
    st.floats(0, 1),
)
def test_regions_never_overlap_and_stay_within_bounds(parts: list[tuple[int, float]], last_frame: float) -> None:
    probabilities = [probability for count, probability in parts for _ in range(count)]
    duration = max(0.0, (len(probabilities) - last_frame) * SECONDS)
    found = regions(probabilities, duration)
    assert all(0 <= span.start < span.end <= duration for span in found)
    assert all(left.end <= right.start for left, right in itertools.pairwise(found))
    assert all(span.duration <= MAX_REGION + 1e-9 for span in found)
    frame = 0
    for count, probability in parts:
        if probability >= ONSET and (count - 1) * SECONDS >= MIN_SPEECH:
            said = [Span(frame * SECONDS, min((frame + count) * SECONDS, duration))]
            assert total(overlap(found, said)) == pytest.approx(total(said))
        frame += count


def test_the_fingerprint_contains_the_constants() -> None:
    assert str(vad.PAD) in vad.FINGERPRINT
    assert str(vad.MAX_REGION) in vad.FINGERPRINT
