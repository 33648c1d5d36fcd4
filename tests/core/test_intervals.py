from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.core.intervals import difference_of_means, difference_of_shares, student95

HITS = st.integers(1, 60).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@pytest.mark.parametrize("freedom", [*range(1, 40), 60, 120, 1000])
def test_the_quantile_is_students(freedom: int) -> None:
    assert students_share_within(student95(freedom), freedom) == pytest.approx(0.95, abs=0.0001)


def students_share_within(quantile: float, freedom: int) -> float:
    """Share of Student's t distribution between plus and minus a value, by Simpson's rule."""
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)

    def density(t: float) -> float:
        return scale * (1 + t * t / freedom) ** (-(freedom + 1) / 2)

    steps = 1_000
    width = quantile / steps
    inner = sum((4 if step % 2 else 2) * density(step * width) for step in range(1, steps))
    return 2 * width / 3 * (density(0) + inner + density(quantile))


def test_parts_of_a_degree_are_cut() -> None:
    assert student95(7.9) == student95(7)
    assert student95(0.4) == student95(1)


def test_the_difference_of_means_is_welchs() -> None:
    # equal variances 4 and counts 10: 18 degrees of freedom, 2.101 * sqrt(0.8) = 1.879
    assert difference_of_means((70, 4, 10), (75, 4, 10)) == (
        pytest.approx(3.121, abs=1e-3),
        pytest.approx(6.879, abs=1e-3),
    )
    # errors 1 and 0.25 give (1.25)² / (1 / 3 + 0.0625 / 15) = 4.63, cut to 4: 2.776 * sqrt(1.25) = 3.104
    low, high = difference_of_means((0, 4, 4), (0, 4, 16))
    assert (low, high) == (pytest.approx(-3.104, abs=1e-3), pytest.approx(3.104, abs=1e-3))
    assert difference_of_means((3, 0, 2), (5, 0, 2)) == (2, 2)


@pytest.mark.parametrize(
    ("before", "after", "low", "high"),
    # Newcombe 1998, table II, method 10, with the first proportion as the later.
    [
        ((48, 80), (56, 70), 0.0524, 0.3339),
        ((3, 10), (9, 10), 0.1705, 0.8090),
        ((0, 29), (5, 56), -0.0381, 0.1926),
        ((0, 20), (0, 10), -0.1611, 0.2775),
        ((0, 10), (10, 10), 0.6075, 1.0000),
    ],
)
def test_the_difference_of_shares_is_newcombes(
    before: tuple[int, int], after: tuple[int, int], low: float, high: float
) -> None:
    assert difference_of_shares(before, after) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


@given(HITS, HITS)
def test_the_difference_lies_in_its_interval_and_turns_round(before: tuple[int, int], after: tuple[int, int]) -> None:
    low, high = difference_of_shares(before, after)
    assert -1 - 1e-9 <= low <= after[0] / after[1] - before[0] / before[1] <= high <= 1 + 1e-9
    assert difference_of_shares(after, before) == (pytest.approx(-high), pytest.approx(-low))
    assert math.isfinite(low)
