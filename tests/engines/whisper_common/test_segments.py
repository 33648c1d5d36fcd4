from __future__ import annotations

import pytest

from callqa.engines.whisper_common.segments import split_at_timestamps


@pytest.mark.parametrize(
    ("text", "passages", "step"),
    [
        ("0 a b 100", [(0, 4, 0.0, 2.0)], 3000),
        ("0 a b", [(0, 3, 0.0, 30.0)], 3000),
        ("0 a 50 50 b 90", [(0, 3, 0.0, 1.0), (3, 6, 1.0, 1.8)], 3000),
        ("0 a 50 50 b", [(0, 3, 0.0, 1.0)], 100),
        ("0 a 50 60 b 90 90", [(0, 3, 0.0, 1.0), (3, 6, 1.2, 1.8)], 180),
        ("", [(0, 0, 0.0, 30.0)], 3000),
    ],
)
def test_texts_are_split_at_pairs_of_timestamps(
    text: str, passages: list[tuple[int, int, float, float]], step: int
) -> None:
    tokens = [1000 + int(mark) if mark.isdigit() else ord(mark) for mark in text.split()]
    found, advance = split_at_timestamps(tokens, 1000, 3000)
    assert [(one.first, one.last, one.start, one.end) for one in found] == [
        (first, last, pytest.approx(start), pytest.approx(end)) for first, last, start, end in passages
    ]
    assert advance == step
