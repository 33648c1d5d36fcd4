"""Classes of phrases such as <duration>, in figures or words."""

from __future__ import annotations

import pytest

from callqa.language.normalization import NormalizedText
from callqa.language.phrase_syntax import PhraseError
from callqa.language.phrases import PhraseSet, parse_phrase


def quotes(phrase: str, text: str) -> list[str]:
    return [text[match.start : match.end] for match in PhraseSet([phrase]).find(NormalizedText(text))]


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("within <duration>", "within 24 hours"),
        ("within <duration>", "within a day or two"),
        ("within [the next] <duration>", "within the next three to five working days"),
        ("in <duration>", "in half an hour"),
        ("in <duration>", "in a couple of weeks"),
        ("in <duration>", "in 1500 days"),
        ("<money>", "£20"),
        ("<money>", "twenty five pounds"),
        ("<money>", "one hundred and fifty dollars"),
        ("<number> times", "three times"),
        ("<number> times", "120 times"),
        ("by <date>", "by Friday afternoon"),
        ("by <date>", "by the 21st of March"),
        ("by <date>", "by the end of the week"),
        ("by <date>", "by tomorrow morning"),
        ("<time>", "at half past ten"),
        ("<time>", "3pm"),
        ("before <time>", "before noon"),
    ],
)
def test_a_class_is_found_in_figures_and_in_words(phrase: str, text: str) -> None:
    sentence = f"It comes {text}, all right."
    (found,) = quotes(phrase, sentence)
    assert text in f"at {found}" or found in text
    assert quotes(f"comes {phrase}", sentence)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("within <duration>", "within reason"),
        ("<money>", "twenty people"),
        ("<number> times", "many times"),
        ("by <date>", "by the door"),
        ("<time>", "three of them"),
    ],
)
def test_nothing_else_is(phrase: str, text: str) -> None:
    assert quotes(phrase, text) == []


def test_an_unknown_class_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(PhraseError, match=r"there is no class <hour>; known: <number>, <money>, <duration>"):
        parse_phrase("within <hour>")
