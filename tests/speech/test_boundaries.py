from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callqa.core.timeline import Span
from callqa.speech.boundaries import HOP, MAX_START_SHIFT, RATE, BandMeter, refine
from support.audio_files import Samples, chord, noise, silence

DEPTH = 0.2


def levels(sound: Samples) -> np.ndarray:
    meter = BandMeter()
    meter.feed(sound[: len(sound) // HOP * HOP])
    return meter.levels()


def refined(sound: Samples, *rough: Span) -> list[Span]:
    wide = [Span(max(0, span.start - DEPTH), span.end + DEPTH) for span in rough]
    return refine(rough, wide, levels(sound))


def buzz(start: float, end: float, seconds: float, background: float | None = None) -> Samples:
    sound = silence(seconds) if background is None else noise(seconds, background)
    hum = chord(end - start, 300, 700, 1900)
    sound[round(start * RATE) :][: len(hum)] += hum
    return sound


@pytest.mark.parametrize("background", [None, -60, -45])
@pytest.mark.parametrize("rough", [Span(2.12, 4.1), Span(1.95, 3.9), Span(2.0, 4.17)])
def test_boundaries_move_to_where_the_sound_begins_and_ends(background: float | None, rough: Span) -> None:
    [span] = refined(buzz(2, 4, 7, background), rough)
    assert (span.start, span.end) == pytest.approx((2, 4), abs=0.025)


def test_a_closure_is_part_of_the_sound_and_a_pause_is_not() -> None:
    sound = buzz(2, 4, 7, -60) + buzz(1.9, 1.95, 7) + buzz(4.09, 4.15, 7)
    [span] = refined(sound, Span(2.05, 4))
    assert (span.start, span.end) == pytest.approx((1.9, 4), abs=0.025)


def test_no_boundary_leaves_its_search_range() -> None:
    [span] = refined(buzz(1.75, 4.5, 7, -60), Span(2, 4))
    assert (span.start, span.end) == pytest.approx((2 - DEPTH, 4 + DEPTH), abs=0.02)


def test_boundaries_stay_if_the_sound_is_not_above_the_background() -> None:
    assert refined(noise(7, -40), Span(2, 4)) == [Span(2, 4)]
    assert refined(silence(7), Span(2, 4)) == [Span(2, 4)]
    assert refine([], [], BandMeter().levels()) == []
    # A beginning that far inside would be in the middle of a word.
    [span] = refined(buzz(2.1 + MAX_START_SHIFT, 4, 7, -60), Span(2, 4))
    assert span.start == 2


def test_music_on_one_side_is_not_the_background() -> None:
    sound = buzz(2, 4, 12, -60)
    sound[5 * RATE :] += chord(7, 262, 330, 392, 1500)
    [span] = refined(sound, Span(2.1, 4.1))
    assert (span.start, span.end) == pytest.approx((2, 4), abs=0.025)


def test_a_soft_hiss_before_a_vowel_is_found_in_the_highest_band() -> None:
    sound = buzz(2, 3, 6, -60)
    hiss = np.diff(noise(0.12, -48, 3), prepend=np.float32(0))
    at = round(1.88 * RATE)
    sound[at : at + len(hiss)] += hiss
    [span] = refined(sound, Span(2.03, 3))
    assert span.start == pytest.approx(1.88, abs=0.025)


def test_levels_do_not_depend_on_the_blocks() -> None:
    sound = buzz(0.5, 1, 2, -50)[: 240 * HOP]
    parts = BandMeter()
    for at in range(0, len(sound), 8 * HOP):
        parts.feed(sound[at : at + 8 * HOP])
    np.testing.assert_array_equal(parts.levels(), levels(sound))


SOUND = levels(noise(4, -30) * np.repeat(np.random.default_rng(5).integers(0, 2, 40), RATE // 10).astype(np.float32))


@settings(deadline=None)
@given(st.lists(st.floats(0, 4), max_size=8, unique=True))
def test_spans_stay_sorted_and_do_not_overlap(moments: list[float]) -> None:
    ordered = sorted(moments)
    rough = [Span(start, end) for start, end in zip(ordered[::2], ordered[1::2], strict=False)]
    found = refine(rough, rough, SOUND)
    assert len(found) == len(rough)
    assert all(left.end <= right.start for left, right in itertools.pairwise(found))
    assert all(wide.start <= span.start <= span.end <= wide.end for wide, span in zip(rough, found, strict=True))
