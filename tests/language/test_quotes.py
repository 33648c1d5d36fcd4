from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.language.quotes import CONTEXT_WORDS, quote_with_ellipses, sentence_span, sentence_text


@pytest.mark.parametrize(
    ("text", "words", "quote"),
    [
        ("Right. I am sorry about that. Let me look.", "sorry", "I am sorry about that."),
        ("sorry", "sorry", "sorry"),
        ("Is it? Sorry! No.", "Sorry", "Sorry!"),
        ("It cost 3.50 and never came.", "never came", "It cost 3.50 and never came."),
        ("One. Two. Three.", "One. Two", "One. Two."),
    ],
)
def test_the_sentence_around_the_words_is_quoted(text: str, words: str, quote: str) -> None:
    at = text.index(words)
    assert sentence_text(text, at, at + len(words)) == quote


def test_of_a_long_stretch_some_words_on_either_side_are_kept() -> None:
    words = [f"w{number}" for number in range(40)]
    text = " ".join(words)
    at = text.index("w20")
    assert sentence_text(text, at, at + 3).split() == words[20 - CONTEXT_WORDS : 21 + CONTEXT_WORDS]


@given(st.text("ab .!?…\n", max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_a_quote_is_in_the_text_and_contains_the_words(text: str, start: int, end: int) -> None:
    start, end = min(start, len(text)), min(max(start, end), len(text))
    first, last = sentence_span(text, start, end)
    assert 0 <= first <= last <= len(text)
    assert first <= start + (len(text[start:end]) - len(text[start:end].lstrip()))
    assert last >= start + len(text[start:end].rstrip())


@pytest.mark.parametrize(
    ("text", "quote", "shown"),
    [
        ("you are not wrong, that is so", "are not wrong,", "… are not wrong, …"),
        ("Right. I am sorry. Bye.", "I am sorry.", "I am sorry."),
        ("sorry", "sorry", "sorry"),
    ],
)
def test_an_ellipsis_shows_what_a_quote_leaves_out(text: str, quote: str, shown: str) -> None:
    at = text.index(quote)
    assert quote_with_ellipses(text, at, at + len(quote)) == shown


@pytest.mark.parametrize(
    ("text", "words", "sentence"),
    [
        ("Hello, is this Mr. Johnson? It is Ann.", "Hello", "Hello, is this Mr. Johnson?"),
        ("I spoke to Dr. J. Smith about it. Fine.", "spoke", "I spoke to Dr. J. Smith about it."),
        ("That is his. Mrs. Park knows.", "knows", "Mrs. Park knows."),
    ],
)
def test_a_title_or_an_initial_ends_no_sentence(text: str, words: str, sentence: str) -> None:
    start = text.index(words)
    assert sentence_text(text, start, start + len(words)) == sentence
