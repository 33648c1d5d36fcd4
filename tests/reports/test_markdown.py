from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.reports.markdown import escaped, table


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("plain words, 7 of 9 (80–100)", "plain words, 7 of 9 (80–100)"),
        ("a|b", "a\\|b"),
        ("`code` *bold* _it_ ~gone~ $x$", "\\`code\\` \\*bold\\* \\_it\\_ \\~gone\\~ \\$x\\$"),
        ("[link](http://x.example)", "\\[link\\](http\\://x.example)"),
        ("www.x.example", "www\\.x.example"),
        ("mailto:a", "mailto\\:a"),
        ("<script>&amp;", "&lt;script&gt;&amp;amp;"),
        ("@team #12", "@\u2060team \\#\u206012"),
        ("two\nlines\r\n\tand more ", "two lines and more"),
        ("\x1b[2J\u202e", "\\\\x1b\\[2J\\\\u202e"),
        ("# title", "\\# title"),
        ("- item", "\\- item"),
        ("---", "\\---"),
        ("12. item", "12\\. item"),
        ("+6 points", "+6 points"),
    ],
)
def test_nothing_is_taken_for_markup(text: str, markdown: str) -> None:
    assert escaped(text) == markdown


def test_long_texts_are_cut_before_they_are_escaped() -> None:
    assert escaped("*" * 50, 5) == "\\*" * 4 + "…"
    assert escaped("12345", 5) == "12345"


@given(st.text(max_size=60))
def test_any_text_is_one_cell_and_no_html(text: str) -> None:
    cell = escaped(text)
    assert "\n" not in cell
    assert "<" not in cell
    assert "|" not in cell.replace("\\\\", "").replace("\\|", "")
    assert not re.search(r"@\w", cell)
    cell.encode("utf-8")


def test_a_table() -> None:
    assert table(["Agent", "Calls"], [["ana", "3"]]) == "| Agent | Calls |\n| --- | ---: |\n| ana | 3 |\n"
