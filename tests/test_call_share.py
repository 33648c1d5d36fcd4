"""A call's own share of lines: what it does to confidence, and what it never does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.call_share import HIGHEST, in_call

CONFIDENCES = st.lists(st.floats(0, 1), max_size=60)
SHARES = st.floats(0.01, HIGHEST - 0.01)


def test_a_line_gains_where_the_rest_of_the_call_shows_it() -> None:
    quiet = in_call([0.3] + [0.01] * 10, 0.1)
    angry = in_call([0.3] + [1.0] * 10, 0.1)
    assert angry[0] > 0.6 > 0.3 > quiet[0]


def test_many_weak_signs_do_not_make_each_other_strong() -> None:
    assert max(in_call([0.2] * 40, 0.1)) < 0.4


def test_what_is_known_stays_known_and_what_is_not_so_stays_so() -> None:
    assert in_call([1.0, 0.0, 1.0], 0.1) == [1.0, 0.0, 1.0]


def test_a_call_without_lines() -> None:
    assert in_call([], 0.1) == []


@given(CONFIDENCES, SHARES)
def test_confidences_stay_confidences_in_their_order(confidences: list[float], share: float) -> None:
    found = in_call(confidences, share)
    assert len(found) == len(confidences)
    assert all(0 <= one <= 1 for one in found)
    ranked = [after for _, after in sorted(zip(confidences, found, strict=True))]
    assert ranked == sorted(ranked)


@given(CONFIDENCES, SHARES)
def test_the_order_of_lines_makes_no_difference(confidences: list[float], share: float) -> None:
    assert in_call(confidences[::-1], share) == pytest.approx(in_call(confidences, share)[::-1])
