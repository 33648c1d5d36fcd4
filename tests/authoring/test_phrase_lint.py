from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.authoring.phrase_lint import MOST_WORDINGS, find_duplicates, phrase_warning, wordings
from callqa.language.normalization import NormalizedText
from callqa.language.phrases import PhraseSet, parse_phrase


@pytest.mark.parametrize(
    ("source", "remark"),
    [
        ("150 days", "contains a number above 100"),
        ("(240|480) hours", "contains a number above 100"),
        ("[about] 365 days", "contains a number above 100"),
        ("20% off", "contains the symbol %, which is not a spoken word; write percent"),
        ("you & me", "write and"),
        ("£ off", "write pounds"),
        ("so sorry ☹", "contains the symbol ☹, which is not a spoken word; write the word for it"),
        ("“how can I help”", "has curly quotes, which YAML does not read as quotes"),
        ("‘sorry", "has curly quotes"),
        ("give me $20", "the $ means the end of an utterance"),
        ("the", "is too short: 'the' alone"),
        ("[so] (very good|ok)", "is too short: 'ok' alone"),
    ],
)
def test_odd_phrases_are_told_with_the_mend(source: str, remark: str) -> None:
    assert remark in (phrase_warning(source) or "")


@pytest.mark.parametrize(
    "source",
    [
        "so sorry", "apologi*", "(24|twenty four) hours", "^ sorry $", "I'm sorry", "don’t worry", "thanks", "ta",
        r"/\d{3} off/", "how ... help", "on hold [for 2 minutes]", "très désolé", "お待たせ",
    ],
)  # fmt: skip
def test_ordinary_phrases_are_not(source: str) -> None:
    assert phrase_warning(source) is None


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("so sorry", ["so sorry"]),
        ("(a|b c) d", ["a d", "b c d"]),
        ("[very] good", ["very good", "good"]),
        ("(a [b|c]|d)", ["a b", "a c", "a", "d"]),
        ("apologi* for", ["apologi for"]),
        ("/so.*/", []),
    ],
)
def test_the_wordings_of_a_phrase(source: str, expected: list[str]) -> None:
    assert wordings(source) == expected


PHRASES = st.recursive(
    st.sampled_from(["sorry", "very", "much", "help"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(" ".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        inner.map(lambda part: f"[{part}] word"),
        st.tuples(inner, inner).map(" ... ".join),
    ),
    max_leaves=8,
)


@given(PHRASES)
def test_a_phrase_is_found_in_each_of_its_wordings(source: str) -> None:
    ways = wordings(source)
    assert 1 <= len(ways) <= MOST_WORDINGS
    assert all(PhraseSet([source]).find(NormalizedText(way)) for way in ways)


def test_phrases_that_say_the_same() -> None:
    said = ["I'm sorry", "so sorry", "i am  SORRY", "so sorry"]
    assert list(find_duplicates([parse_phrase(one) for one in said])) == [(2, 0), (3, 1)]
