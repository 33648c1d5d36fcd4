from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.language import en
from callqa.language.normalization import NormalizedText, SpanSet, tokenise


def words(text: str) -> str:
    return " ".join(token.text for token in tokenise(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I’m, um, SORRY!", "i am sorry"),
        ("I'm sorry", "i am sorry"),
        ("im sorry", "i am sorry"),
        ("won't can't cannot shan't", "will not can not can not shall not"),
        ("couldn't wouldnt we'll they've", "could not would not we will they have"),
        ("okay alright thankyou goodbye", "ok all right thank you good bye"),
        ("let's lets", "let us let us"),
        ("gonna, gotta", "going to got to"),
        ("I'd've", "i 'd have"),
        ("o'clock", "o'clock"),
        ("caf\u00e9 cafe\u0301 CAFE", "cafe cafe cafe"),
        ("so\u0337r\u0337ry, to\u00adday no\u200bw 👋🏽", "sorry today now"),
        ("שלום مرحبا", "שלום مرحبا"),
        ("", ""),
        ("… — !?", ""),
        ("£20.50", "twenty pounds fifty"),
        ("24 hrs, by 3pm on the 21st, 20% off", "twenty four hrs by three pm on the twenty first twenty percent off"),
        ("4821, 04, 1st, 100, 101", "4821 04 first one hundred 101"),
        ("snake_case", "snake case"),
    ],
)
def test_writing_it_one_way_or_another_makes_no_difference(text: str, expected: str) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("apologise", "apologize"),
        ("organising", "organizing"),
        ("honour", "honor"),
        ("colours", "colors"),
        ("neighbour", "neighbor"),
    ],
)
def test_british_and_american_spelling_are_one(british: str, american: str) -> None:
    assert words(british) == words(american)


@pytest.mark.parametrize(
    "word", ["your", "four", "hour", "tour", "wise", "rise", "noise", "its", "ill", "were", "well"]
)
def test_words_that_only_look_alike_are_left_alone(word: str) -> None:
    assert words(word) == word


def test_a_shortened_word_that_may_mean_two_things_keeps_its_mark() -> None:
    assert words("that's what she'd like") == "that 's what she 'd like"


@pytest.mark.parametrize("sound", sorted(en.HESITATIONS))
def test_hesitations_are_left_out(sound: str) -> None:
    assert words(f"well {sound}, {sound.upper()} yes") == "well yes"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("good af- good afternoon", "good good afternoon"),
        ("I'll put you thr- through", "i will put you through"),
        ("s- s- sorry about that", "sorry about that"),
    ],
)
def test_a_word_broken_off_and_begun_again_is_left_out(said: str, meant: str) -> None:
    assert words(said) == meant


@pytest.mark.parametrize("text", ["I'm sorry- the line dropped", "a well-known shop", "pre- and post-war", "wait -"])
def test_a_dash_after_a_whole_word_breaks_nothing_off(text: str) -> None:
    assert words(text) == words(text.replace("-", " "))


def test_tokens_know_where_they_came_from() -> None:
    text = "Well, I’m so sorry."
    assert [text[token.start : token.end] for token in tokenise(text)] == ["Well", "I’m", "I’m", "so", "sorry"]


def test_a_contraction_is_quoted_whole() -> None:
    spoken = NormalizedText("Well, I'm sorry.")
    assert spoken.text[slice(*spoken.characters(1, 3))] == "I'm sorry"


def test_tokens_between_two_characters() -> None:
    spoken = NormalizedText("one two three")
    assert spoken.tokens_between(4, 7) == (1, 1)
    assert spoken.tokens_between(5, 9) == (1, 2)
    assert spoken.tokens_between(3, 4) == (0, -1)


@given(st.text())
def test_any_text_can_be_spoken(text: str) -> None:
    spoken = NormalizedText(text)
    assert all(0 <= token.start < token.end <= len(text) for token in spoken.tokens)
    assert [token.start for token in spoken.tokens] == sorted(token.start for token in spoken.tokens)
    assert not any(token.text in en.HESITATIONS for token in spoken.tokens)


@given(st.text())
def test_every_place_in_the_normal_form_belongs_to_its_token(text: str) -> None:
    spoken = NormalizedText(text)
    at = 0
    for index, token in enumerate(spoken.tokens):
        assert spoken.normal[at + 1 : at + 1 + len(token.text)] == token.text
        assert {spoken.token_at(at), spoken.token_at(at + len(token.text) + 1)} == {index}
        at += len(token.text) + 2
    assert at == len(spoken.normal)


@given(st.lists(st.sampled_from(["I'm", "sorry", "um", "can't", "it’s", "colour", "ok", "Mrs", "O'Neill"])))
def test_words_come_out_the_same_alone_and_together(parts: list[str]) -> None:
    assert words(" ".join(parts)) == " ".join(filter(None, map(words, parts)))


PLACES = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)).map(lambda one: (one[0], one[0] + one[1])))


@given(PLACES, PLACES)
def test_what_is_taken_is_what_overlaps(places: list[tuple[int, int]], asked: list[tuple[int, int]]) -> None:
    taken = SpanSet(places)
    for start, end in asked:
        assert taken.overlaps(start, end) == any(start < e and s < end for s, e in places)
    grown, kept = SpanSet(), []
    for start, end in places:
        if not grown.overlaps(start, end):
            assert not any(start < e and s < end for s, e in kept)
            grown.add(start, end)
            kept.append((start, end))
    assert all(grown.overlaps(*one) for one in places)
