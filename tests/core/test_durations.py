from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.core.durations import clock, parse_seconds, spell


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("20s", 20),
        ("20 S", 20),
        (" 1.5 s ", 1.5),
        ("90 sec", 90),
        ("1 second", 1),
        ("2 seconds", 2),
        ("2min", 120),
        ("2 minutes", 120),
        ("1m30s", 90),
        ("1 m 30 s", 90),
        ("1h", 3600),
        ("2 hrs 1 min", 7260),
        ("1hour", 3600),
        (30, 30),
        (0.25, 0.25),
    ],
)
def test_lengths_of_time_are_read(written: object, seconds: float) -> None:
    assert parse_seconds(written) == seconds


@pytest.mark.parametrize(
    "written",
    [
        "",
        "   ",
        "20",
        "s",
        "soon",
        "20 apples",
        "1:30",
        "5 ms",
        "s20",
        "-20s",
        "30s 1m",
        "0s",
        "0",
        0,
        -3,
        math.nan,
        math.inf,
        True,
        None,
        [20],
        10**400,
        "9" * 400 + "s",
        "1000000s",
    ],
)
def test_anything_else_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="length of time; write"):
        parse_seconds(written)


@given(st.text())
def test_text_gives_seconds_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert 0 < parse_seconds(text) < 1e6


@given(st.integers(1, 900_000))
def test_hours_minutes_and_seconds_add_up(seconds: int) -> None:
    hours, rest = divmod(seconds, 3600)
    assert parse_seconds(f"{hours}h{rest // 60}m{rest % 60}s") == seconds


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "00:00"),
        (59.99, "00:59"),
        (60, "01:00"),
        (65.2, "01:05"),
        (3599.9, "59:59"),
        (3600, "1:00:00"),
        (3729, "1:02:09"),
        (36_000, "10:00:00"),
    ],
)
def test_a_moment_is_shown_as_a_player_shows_it(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


@given(st.integers(0, 100_000))
def test_a_moment_can_be_read_back(seconds: int) -> None:
    parts = [int(part) for part in clock(seconds).split(":")]
    assert sum(part * 60**power for power, part in enumerate(reversed(parts))) == seconds


@pytest.mark.parametrize(
    ("seconds", "spelt"),
    [
        (0, "0 s"),
        (4.2, "4.2 s"),
        (6, "6 s"),
        (19.98, "19.9 s"),
        (20, "20 s"),
        (59.99, "59.9 s"),
        (60, "1 min"),
        (100, "1 min 40 s"),
        (3599, "1 h 0 min"),
        (11_520, "3 h 12 min"),
    ],
)
def test_a_length_is_spelt_in_few_words(seconds: float, spelt: str) -> None:
    assert spell(seconds) == spelt
