"""Comparison of a report with the expected file in `gold/`; the README there says how to accept a change."""

from __future__ import annotations

import os
from pathlib import Path

GOLD = Path(__file__).parents[1] / "gold"

ACCEPT = "CALLQA_ACCEPT_GOLD"


def assert_gold(name: str, actual: str) -> None:
    """Fail if `actual` differs from the expected file, or make it the expected one if ACCEPT is set."""
    expect_file(GOLD / name, actual)


def expect_file(path: Path, actual: str) -> None:
    """As `assert_gold`, for an expected file elsewhere."""
    if os.environ.get(ACCEPT):
        path.write_bytes(actual.encode("utf-8"))
    expected = path.read_bytes().decode("utf-8") if path.exists() else ""
    assert actual == expected, f"{path.name} differs; if it is meant to, run the test again with {ACCEPT}=1"
