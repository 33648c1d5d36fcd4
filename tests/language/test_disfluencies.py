from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.language import en
from callqa.language.normalization import NormalizedText, tokenise


def said(text: str) -> str:
    return " ".join(token.text for token in NormalizedText(text).tokens)


@pytest.mark.parametrize(
    ("spoken", "meant"),
    [
        ("And, you know, it should be there tomorrow", "and it should be there tomorrow"),
        ("I, I mean, the, the, you know, the parcel", "i the parcel"),
        ("so, like, where is it", "so where is it"),
        ("It was it was late", "it was late"),
        ("can you can you hear me", "can you hear me"),
        ("I I I think so", "i think so"),
        ("the thing is, you see, it leaks", "the thing is it leaks"),
    ],
)
def test_what_only_fills_the_time_is_left_out(spoken: str, meant: str) -> None:
    assert said(spoken) == meant


@pytest.mark.parametrize(
    "spoken",
    [
        "did you know it",
        "you know full well",
        "i mean it",
        "no no no",
        "bye bye",
        "very very late",
        "four four two four four two",
        "hold on hold on",
        "so sorry so sorry",
        "i would like to kind of know",
        "again and again",
        "knock knock",
    ],
)
def test_what_may_be_meant_stays(spoken: str) -> None:
    assert said(spoken) == spoken


def test_a_quote_spans_what_was_left_out() -> None:
    text = "You, you, um, you know, did not, did not read it."
    spoken = NormalizedText(text)
    assert said(text) == "you did not read it"
    assert text[slice(*spoken.characters(0, 4))] == "you, um, you know, did not, did not read it"


@given(st.lists(st.sampled_from(["i", "the", "the", "it", "was", "you", "know,", "late", "no", "two"]), max_size=30))
def test_nothing_is_added_and_the_order_stays(words: list[str]) -> None:
    text = " ".join(words)
    whole = list(tokenise(text))
    kept = list(NormalizedText(text).tokens)
    rest = iter(whole)
    assert all(any(token == other for other in rest) for token in kept)
    assert bool(kept) == bool(whole)


@given(st.lists(st.sampled_from(sorted(filter(str.isalpha, en.RESTARTED_WORDS))), min_size=1, max_size=40))
def test_what_is_left_has_no_restart_of_one_word(words: list[str]) -> None:
    kept = [token.text for token in NormalizedText(" ".join(words)).tokens]
    assert all(one != other for one, other in pairwise(kept))


def test_the_next_sentence_may_begin_as_the_last_one_ended() -> None:
    assert said("So it did. Did you walk?") == "so it did did you walk"
