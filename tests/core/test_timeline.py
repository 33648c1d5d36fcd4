from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.core.timeline import Span, gaps, overlap, total, union

# Whole numbers, so that sums are exact; moments() are the seconds in which something is covered.
STARTS = st.integers(0, 60)
SPANS = st.lists(st.builds(lambda start, length: Span(start, start + length), STARTS, st.integers(1, 12)), max_size=12)
WINDOWS = st.builds(lambda start, length: Span(start, start + length), STARTS, st.integers(1, 60))


def moments(spans: list[Span]) -> set[float]:
    """The whole seconds that spans with whole borders cover."""
    return {second for span in spans for second in range(int(span.start), int(span.end))}


def apart(spans: list[Span]) -> bool:
    """Sorted, and neither touching nor overlapping."""
    return all(left.end < right.start for left, right in itertools.pairwise(spans))


@pytest.mark.parametrize(("start", "end"), [(2, 1), (0.1 + 0.2, 0.3), (math.nan, 1), (0, math.nan)])
def test_a_span_cannot_end_before_it_starts(start: float, end: float) -> None:
    with pytest.raises(ValueError, match="cannot end"):
        Span(start, end)


def test_a_span_may_be_empty() -> None:
    assert Span(3, 3).duration == 0


def test_spans_that_only_touch_do_not_overlap() -> None:
    assert not Span(0, 1).overlaps(Span(1, 2))
    assert not Span(1, 2).overlaps(Span(0, 1))
    assert Span(0, 1.1).overlaps(Span(1, 2))
    assert Span(1, 2).overlaps(Span(0, 5))
    assert Span(0, 5).overlaps(Span(1, 2))


def test_total_counts_what_overlaps_twice() -> None:
    assert total([Span(0, 2), Span(1, 4)]) == 5
    assert total([]) == 0


def test_union_closes_gaps_up_to_the_bridge_and_no_wider_ones() -> None:
    spans = [Span(0, 1), Span(1.5, 2), Span(2.75, 3)]
    assert union(spans, bridge=0.5) == [Span(0, 2), Span(2.75, 3)]
    assert union(spans, bridge=0.75) == [Span(0, 3)]


def test_a_short_span_inside_a_long_one_does_not_shorten_it() -> None:
    assert union([Span(0, 10), Span(2, 3)]) == [Span(0, 10)]


@given(SPANS)
def test_union_covers_the_same_time_with_spans_apart(spans: list[Span]) -> None:
    merged = union(spans)
    assert moments(merged) == moments(spans)
    assert apart(merged)


@given(SPANS, st.integers(0, 5))
def test_union_twice_is_union_once(spans: list[Span], bridge: int) -> None:
    once = union(spans, bridge)
    assert union(once, bridge) == once


@given(SPANS, st.integers(0, 5))
def test_a_bridge_only_adds_gaps_it_may_close(spans: list[Span], bridge: int) -> None:
    plain, bridged = union(spans), union(spans, bridge)
    assert moments(plain) <= moments(bridged)
    whole = Span(0, 100)
    kept = [gap for gap in gaps(plain, whole) if gap.start != 0 and gap.end != 100 and gap.duration > bridge]
    assert [gap for gap in gaps(bridged, whole) if gap.start != 0 and gap.end != 100] == kept


@given(SPANS, SPANS)
def test_overlap_is_symmetric_and_exact(left: list[Span], right: list[Span]) -> None:
    shared = overlap(left, right)
    assert shared == overlap(right, left)
    assert moments(shared) == moments(left) & moments(right)
    assert shared == sorted(shared)
    assert all(span.duration > 0 for span in shared)


@given(SPANS, WINDOWS)
def test_gaps_and_overlap_partition_the_window(spans: list[Span], within: Span) -> None:
    free, covered = gaps(spans, within), overlap(spans, [within])
    assert moments(free) | moments(covered) == moments([within])
    assert moments(free) & moments(covered) == set()
    assert total(free) + total(covered) == within.duration
    assert apart(free)
    assert all(gap.duration > 0 for gap in free)


@given(WINDOWS)
def test_without_spans_all_is_gap(within: Span) -> None:
    assert gaps([], within) == [within]
    assert overlap([], [within]) == []


def test_gaps_looks_only_inside_the_window() -> None:
    spans = [Span(0, 2), Span(4, 6), Span(20, 30)]
    assert gaps(spans, Span(5, 10)) == [Span(6, 10)]
    assert gaps(spans, Span(4, 6)) == []
    assert overlap(spans, [Span(1, 5)]) == [Span(1, 2), Span(4, 5)]


def test_spans_sort_by_time() -> None:
    assert sorted([Span(2, 3), Span(0, 5), Span(0, 1)]) == [Span(0, 1), Span(0, 5), Span(2, 3)]
