from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from callqa.core.text import shortened, shortlist


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("", ""),
        ("four", "four"),
        ("five5", "fiv…"),
        ("a bcd ef", "a b…"),
        ("ab cdef", "ab…"),
        ("山田", "山田"),
        ("山田太", "山…"),
    ],
)
def test_what_is_longer_is_cut_with_dots(text: str, short: str) -> None:
    assert shortened(text, 4) == short


@given(st.text(st.characters(codec="utf-8", categories=["L", "M", "N", "P"])), st.integers(1, 50))
def test_it_is_never_wider(text: str, most: int) -> None:
    short = shortened(text, most)
    assert cell_len(short) <= most
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


def test_some_names_stand_for_many() -> None:
    assert shortlist(["a", "b\x1b"]) == r"a, b\x1b"
    assert shortlist(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
