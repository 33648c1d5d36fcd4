from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.language.number_words import LARGEST, number_words


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("0", "zero"), ("7", "seven"), ("19", "nineteen"), ("20", "twenty"), ("99", "ninety nine"),
        ("100", "one hundred"), ("1st", "first"), ("22nd", "twenty second"), ("3rd", "third"), ("12th", "twelfth"),
        ("30th", "thirtieth"), ("3pm", "three pm"), ("20p", "twenty p"), ("101", "101"), ("4821", "4821"),
        ("007", "007"), ("1800am", "1800 am"),
    ],
)  # fmt: skip
def test_figures_become_words(written: str, words: str) -> None:
    assert " ".join(number_words(written)) == words


@given(st.integers(0, LARGEST))
def test_every_number_up_to_the_largest_is_words_only_and_its_own(number: int) -> None:
    words = number_words(str(number))
    assert all(word.isalpha() for word in words)
    assert words not in [number_words(str(other)) for other in range(LARGEST + 1) if other != number]
