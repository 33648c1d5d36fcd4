from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.recordings.moments import parse_moment


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-03T09:15:07",
        "2026-11-03 09:15:07",
        "20261103091507",
        "20261103-091507",
        "20261103_091507",
        "20261103T091507",
        "2026_11_03_09_15_07",
        "2026.11.03 - 09.15.07",
        " 2026-11-03T09-15-07 ",
        "2026/11/03 09h15m07",
    ],
)
def test_many_ways_to_write_a_moment(text: str) -> None:
    assert parse_moment(text) == datetime(2026, 11, 3, 9, 15, 7)


def test_less_than_a_moment() -> None:
    assert parse_moment("2026-11-03") == parse_moment("20261103") == datetime(2026, 11, 3)
    assert parse_moment("2026-11-03T09:15") == parse_moment("20261103 0915") == datetime(2026, 11, 3, 9, 15)


def test_zones() -> None:
    wanted = datetime(2026, 11, 3, 9, 15, tzinfo=UTC)
    assert parse_moment("20261103T09:15_UTC") == wanted
    assert parse_moment("2026-11-03T09:15Z") == wanted
    assert parse_moment("2026-11-03T10:15+01:00") == wanted
    assert parse_moment("2026-11-03T10:15+01:00").tzinfo == timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    "text", ["", "2026", "yesterday", "03/11/2026", "2026-13-03", "20261131", "2026-11-03T25:00", "5551234567", "１２"]
)
def test_what_is_no_moment(text: str) -> None:
    assert parse_moment(text) is None


@given(st.text())
def test_any_text_is_a_moment_or_none(text: str) -> None:
    assert parse_moment(text) is None or isinstance(parse_moment(text), datetime)


@given(st.datetimes(datetime(1950, 1, 1), datetime(2090, 1, 1)))
def test_iso_moments_are_read_back(moment: datetime) -> None:
    assert parse_moment(moment.isoformat()) == moment
