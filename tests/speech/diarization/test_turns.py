from __future__ import annotations

import itertools
import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.core.timeline import Span
from callqa.speech.diarization.turns import BLOCK, LEAST_TURN, STAY, Turn, find_turns, most_likely_voices

SCORES = st.integers(2, 3).flatmap(
    lambda voices: st.lists(
        st.lists(st.floats(-20, 20, allow_subnormal=False), min_size=voices, max_size=voices), min_size=1, max_size=7
    )
)


def log_likelihood(path: tuple[int, ...], scores: list[list[float]]) -> float:
    """Return the log likelihood of a sequence of voices."""
    change = (1 - STAY) / (len(scores[0]) - 1)
    steps = sum(math.log(STAY if now == before else change) for before, now in pairwise(path))
    return steps + sum(score[voice] for voice, score in zip(path, scores, strict=True))


@given(SCORES)
def test_no_sequence_is_more_likely(scores: list[list[float]]) -> None:
    best = max(log_likelihood(path, scores) for path in itertools.product(range(len(scores[0])), repeat=len(scores)))
    assert log_likelihood(tuple(most_likely_voices(scores)), scores) == pytest.approx(best, abs=1e-9)


def test_no_blocks_have_no_sequence() -> None:
    assert most_likely_voices([]) == []


def region_of(scores: list[list[float]], start: float = 3.0) -> Span:
    return Span(start, start + len(scores) * BLOCK * 0.02 + 0.02)


@given(
    st.integers(2, 3).flatmap(
        lambda voices: st.lists(st.lists(st.floats(-30, 30), min_size=voices, max_size=voices), min_size=1, max_size=40)
    ),
    st.randoms(use_true_random=False),
)
def test_turns_cover_their_region(scores: list[list[float]], chance: object) -> None:
    energies = [chance.uniform(-60, 0) for _ in range(len(scores) * BLOCK)]  # type: ignore[attr-defined]
    region = region_of(scores)
    turns = find_turns(region, scores, energies)
    assert (turns[0].span.start, turns[-1].span.end) == (region.start, region.end)
    assert all(one.span.end == other.span.start for one, other in pairwise(turns))
    assert all(one.voice != other.voice for one, other in pairwise(turns))
    assert all(turn.span.duration > 0 and 0 <= turn.confidence <= 1 for turn in turns)


def test_a_change_is_put_in_the_nearest_pause() -> None:
    scores = [[0.0, -9.0]] * 10 + [[-9.0, 0.0]] * 10
    energies = [-20.0] * 100
    energies[54] = -60.0
    one, other = find_turns(region_of(scores), scores, energies)
    assert (one.voice, other.voice) == (0, 1)
    assert one.span.end == pytest.approx(3.0 + 0.01 + 54 * 0.02)


def test_a_syllable_in_another_voice_is_not_a_turn() -> None:
    scores = [[0.0, -9.0]] * 10 + [[-9.0, 0.0]] * (LEAST_TURN - 1) + [[0.0, -9.0]] * 10
    (turn,) = find_turns(region_of(scores), scores, [0.0] * 115)
    assert turn.voice == 0


@pytest.mark.parametrize("short_first", [True, False])
def test_a_syllable_at_an_edge_belongs_to_the_turn_next_to_it(short_first: bool) -> None:
    scores = [[-9.0, 0.0]] * (LEAST_TURN - 1) + [[0.0, -9.0]] * 10
    (turn,) = find_turns(region_of(scores), scores if short_first else scores[::-1], [0.0] * 65)
    assert turn.voice == 0


def test_confidence_grows_with_the_difference_of_the_voices() -> None:
    def confidence(advantage: float) -> float:
        scores = [[advantage, 0.0]] * 10
        (turn,) = find_turns(region_of(scores), scores, [0.0] * 50)
        return turn.confidence

    assert confidence(0.0) == pytest.approx(0.5)
    assert confidence(0.1) < confidence(0.5) < confidence(5.0) == pytest.approx(1.0, abs=1e-4)


def test_a_region_without_frames_has_no_confidence() -> None:
    assert find_turns(Span(1, 1.02), [], []) == [Turn(Span(1, 1.02), 0, 0.0)]
