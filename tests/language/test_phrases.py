from __future__ import annotations

import copy
import pickle
import string
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.language import en
from callqa.language.normalization import NormalizedText
from callqa.language.phrase_syntax import GAP, PhraseError
from callqa.language.phrases import PhraseSet, nearest, parse_phrase

WORDS = st.text(string.ascii_lowercase, min_size=1, max_size=8).filter(
    lambda word: word not in en.HESITATIONS | en.RESTARTED_WORDS
)
# Letters of which no hesitation, contraction or second spelling is made.
PLAIN = st.text("bdfgkp", min_size=1, max_size=6)
# The characters that mean something in a phrase, among a few that do not.
PHRASE_LIKE = st.text("ab '()[]|*^$/\\.…+{2,}é", max_size=25)


def quotes(phrase: str, text: str) -> list[str]:
    """What a phrase finds in a text, as it stands there."""
    return [text[match.start : match.end] for match in PhraseSet([phrase]).find(NormalizedText(text))]


def finds(phrase: str, text: str) -> bool:
    return bool(quotes(phrase, text))


# --- what a phrase finds ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("sorry", "I'm SORRY, so sorry.", ["SORRY", "sorry"]),
        ("i am sorry", "Well, I’m, um, sorry.", ["I’m, um, sorry"]),
        ("I'm sorry", "i am sorry", ["i am sorry"]),
        ("sorry", "sorrys", []),
        ("apologi*", "We apologise. My apologies!", ["apologise", "apologies"]),
        ("can not wait", "I can't wait", ["can't wait"]),
        ("it is late", "it's late", ["it's late"]),
        ("it has come", "it's come", ["it's come"]),
        ("i would like", "I'd like", ["I'd like"]),
        ("I'd like", "I would like", ["I would like"]),
        ("honour it", "we honor it", ["honor it"]),
        ("(big|very small) dog", "a very small dog, a big dog, a small dog", ["very small dog", "big dog"]),
        ("so [very] sorry", "so sorry, so very sorry, so terribly sorry", ["so sorry", "so very sorry"]),
        ("so [very|truly] sorry", "so truly sorry", ["so truly sorry"]),
        ("sorry ... wait", "sorry you had to wait", ["sorry you had to wait"]),
        ("sorry … wait", "sorry you wait", ["sorry you wait"]),
        ("sorry...wait", "sorry wait", ["sorry wait"]),
        ("^ hello", "hello, hello", ["hello"]),
        ("thanks $", "thanks a lot, thanks!", ["thanks"]),
        ("^ sorry $", "so sorry", []),
        ("a ((b|c) d|e [f]) g", "a c d g, a e g, a e f g", ["a c d g", "a e g", "a e f g"]),
        ("two\n  lines", "two lines", ["two lines"]),
        ("/sorry\\s*\\?/", "Sorry? I'm sorry.", ["Sorry?"]),
        ("/£\\d+/", "that is £20, not £5", ["£20", "£5"]),
        ("/é/", "café né", ["é", "é"]),
    ],
)
def test_finding(phrase: str, text: str, expected: list[str]) -> None:
    assert quotes(phrase, text) == expected


def test_a_gap_holds_so_many_words_and_no_more() -> None:
    assert finds("begin ... end", f"begin {'word ' * GAP}end")
    assert not finds("begin ... end", f"begin {'word ' * (GAP + 1)}end")


def test_a_gap_stops_at_the_first_end() -> None:
    assert quotes("sorry ... wait", "sorry to make you wait and wait") == ["sorry to make you wait"]


def test_places_come_in_order_with_the_phrase_that_found_them() -> None:
    text = "thank you and sorry, thank you"
    found = PhraseSet(["sorry", "thank you", "/you/"]).find(NormalizedText(text))
    places = [(match.phrase, text[match.start : match.end]) for match in found]
    assert places == [(1, "thank you"), (2, "you"), (0, "sorry"), (1, "thank you"), (2, "you")]


def test_one_word_may_belong_to_two_neighbouring_finds() -> None:
    assert quotes("so", "so so so") == ["so", "so", "so"]


def test_nothing_is_found_in_nothing() -> None:
    assert PhraseSet(["sorry", "/x/"]).find(NormalizedText("")) == []
    assert PhraseSet([]).find(NormalizedText("sorry")) == []


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_a_set_survives_the_way_to_another_process(copied: Callable[[PhraseSet], PhraseSet]) -> None:
    phrases = PhraseSet(["sorry", "/x/"])
    phrases.find(NormalizedText("sorry x"))
    again = copied(phrases)
    assert again.find(NormalizedText("sorry x")) == phrases.find(NormalizedText("sorry x"))


# --- what a phrase may not be ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "reason"),
    [
        ("", "no word"),
        ("  ", "no word"),
        ("um", "no word"),
        ("^ $", "no word"),
        ("[sorry]", "no word"),
        ("(sorry", "never closed"),
        ("[sorry", "never closed"),
        ("sorry)", "closes no bracket"),
        ("sorry]", "closes no bracket"),
        ("(a]", "closes no bracket"),
        ("sorry | pardon", "outside"),
        ("(sorry|)", "alternative is empty"),
        ("sorry [|very]", "alternative is empty"),
        ("* sorry", "follows no word"),
        ("s*", "nearly every word"),
        ("... sorry", "words on both sides"),
        ("sorry ...", "words on both sides"),
        ("sorry ... ... wait", "words on both sides"),
        ("([a]|[b])", "no word"),
        ("([a] [b]|c)", "no word"),
        ("/(/", "RE2"),
        ("/(?=a)/", "lookaround"),
        ("/(a)\\1/", "backreferences"),
        ("/a*/", "empty text"),
        ("(" * 10_000, "brackets"),
        ("[" * 200 + "a" + "]" * 200, "brackets"),
        ("a \ud800", "half of a character"),
        ("/\udfff/", "half of a character"),
    ],
)
def test_a_phrase_that_cannot_be_read_says_why(phrase: str, reason: str) -> None:
    with pytest.raises(PhraseError, match=reason):
        parse_phrase(phrase)


def test_brackets_within_brackets_are_fine() -> None:
    assert finds("(" * 20 + "sorry" + ")" * 20, "sorry")


@given(PHRASE_LIKE | st.text(max_size=20))
def test_any_phrase_is_read_or_refused(phrase: str) -> None:
    try:
        parsed = parse_phrase(phrase)
    except PhraseError:
        return
    assert "".join(parsed.source.split()) == "".join(phrase.split())
    assert parse_phrase(parsed.source) == parsed
    assert PhraseSet([phrase]).phrases == (parsed,)


@given(PHRASE_LIKE, st.text(max_size=40) | PHRASE_LIKE)
def test_whatever_is_found_lies_in_the_text(phrase: str, text: str) -> None:
    try:
        phrases = PhraseSet([phrase, "/b/", "a"])
    except PhraseError:
        phrases = PhraseSet(["/b/", "a"])
    found = phrases.find(NormalizedText(text))
    assert all(0 <= match.start < match.end <= len(text) for match in found)
    assert found == sorted(found, key=lambda match: (match.start, match.end, match.phrase))


@given(st.text(st.characters(), max_size=20))
def test_half_characters_in_a_text_do_no_harm(text: str) -> None:
    spoiled = f"\ud800{text} sorry 10"
    assert {spoiled[m.start : m.end] for m in PhraseSet(["sorry", "/1\\d/"]).find(NormalizedText(spoiled))} >= {
        "sorry",
        "10",
    }


@given(
    st.lists(PLAIN, min_size=1, max_size=8, unique=True).flatmap(
        lambda words: st.tuples(st.just(words), st.integers(0, len(words) - 1), st.integers(1, len(words)))
    ),
    st.randoms(use_true_random=False),
)
def test_plain_words_are_found_however_they_are_written(chosen: tuple[list[str], int, int], random: Random) -> None:
    words, first, count = chosen
    wanted = words[first : first + count]
    text, start, end = "", 0, 0
    for index, word in enumerate(words):
        if index == first:
            start = len(text)
        text += "".join(random.choice((c, c.upper())) for c in word)
        if index == first + len(wanted) - 1:
            end = len(text)
        text += "".join(random.choices(" .,;:!?—", k=random.randint(1, 3)))
    assert [(match.start, match.end) for match in PhraseSet([" ".join(wanted)]).find(NormalizedText(text))] == [
        (start, end)
    ]


@given(st.lists(WORDS, min_size=1, max_size=4), st.lists(WORDS, min_size=1, max_size=4))
def test_one_of_two_wordings_finds_both(left: list[str], right: list[str]) -> None:
    phrase = f"({' '.join(left)}|{' '.join(right)})"
    assert finds(phrase, " ".join(left))
    assert finds(phrase, " ".join(right))


@given(st.lists(WORDS, min_size=2, max_size=5), st.data())
def test_what_is_optional_may_be_left_out(words: list[str], data: st.DataObject) -> None:
    left_out = data.draw(st.integers(0, len(words) - 1))
    phrase = " ".join(f"[{word}]" if index == left_out else word for index, word in enumerate(words))
    assert finds(phrase, " ".join(words))
    assert finds(phrase, " ".join(word for index, word in enumerate(words) if index != left_out))


@given(st.lists(WORDS, min_size=1, max_size=6))
def test_a_set_finds_what_its_phrases_find_alone(words: list[str]) -> None:
    text = " ".join(words)
    together = PhraseSet(words).find(NormalizedText(text))
    alone = [match for word in words for match in PhraseSet([word]).find(NormalizedText(text))]
    assert {(match.start, match.end) for match in together} == {(match.start, match.end) for match in alone}


# --- near misses -----------------------------------------------------------------------------------------------------


def test_the_nearest_phrase_is_told_with_how_near() -> None:
    phrases = [parse_phrase(phrase) for phrase in ("i am sorry", "thank you for [your] waiting", "/x/")]
    near, phrase = nearest(NormalizedText("thank you for weighting"), phrases)
    assert phrase is phrases[1]
    assert 0.7 < near < 1
    assert nearest(NormalizedText("I'm sorry"), phrases) == (1.0, phrases[0])


def test_nothing_is_near_to_silence_or_to_no_phrase() -> None:
    assert nearest(NormalizedText("um"), [parse_phrase("sorry")]) == (0.0, None)
    assert nearest(NormalizedText("sorry"), []) == (0.0, None)


@given(WORDS, st.lists(WORDS, min_size=1, max_size=4))
def test_nearness_is_a_share(text: str, words: list[str]) -> None:
    near, _ = nearest(NormalizedText(text), [parse_phrase(word) for word in words])
    assert 0 <= near <= 1


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("realis*", "I realise that"),
        ("realis*", "we realized"),
        ("favour*", "a favorable answer"),
        ("apologis*", "apologizing"),
    ],
)
def test_the_beginning_of_a_word_has_both_spellings(phrase: str, text: str) -> None:
    assert PhraseSet([phrase]).find(NormalizedText(text))
