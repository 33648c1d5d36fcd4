"""The classifier of utterances: how it reads an utterance, what it gives as its reason, and what it refuses."""

from __future__ import annotations

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.behaviors.classifier.utterance_model import (
    LONGEST,
    ModelError,
    UtteranceModel,
    Weights,
    ngrams,
    parts_of,
    read_model,
)
from callqa.core.shipped_files import shipped
from callqa.language.normalization import NormalizedText

MODEL = UtteranceModel(
    "7",
    {"kettle": "GOODS", "toaster": "GOODS"},
    {"trouble": Weights(-2.0, 1.0, 0.0, {"GOODS": 0.5, "never came": 4.0, "thanks": -3.0, "my": 0.1})},
)


def names(text: str) -> set[str]:
    """The n-grams of a text."""
    tokens = NormalizedText(text).tokens
    return {ngram.name for ngram in ngrams(tokens, 0, len(tokens) - 1, MODEL.kinds)}


def test_ngrams_are_words_kinds_and_gaps() -> None:
    assert names("My kettle leaks") == {
        "my kettle", "my kettle leaks", "my GOODS", "my GOODS leaks", "kettle", "kettle leaks", "GOODS",
        "GOODS leaks", "leaks", "my _ leaks", "^ my GOODS", "leaks $",
    }  # fmt: skip


def test_stop_words_count_only_with_others() -> None:
    assert names("told me") == {"told me", "^ told me"}


def test_long_words_count_by_how_they_begin_too() -> None:
    assert "frigh*" in names("frightened") & names("so frightening")


def test_digits_are_a_number() -> None:
    assert "NUMBER" in names("I paid 4521")


def test_words_of_a_kind_count_alike() -> None:
    one, two = MODEL.judge("trouble", NormalizedText("my kettle")), MODEL.judge("trouble", NormalizedText("my toaster"))
    assert one is not None
    assert two is not None
    assert one.confidence == two.confidence


def test_the_evidence_is_the_words_that_decide() -> None:
    text = "Well, hello, it never came, you see"
    found = MODEL.judge("trouble", NormalizedText(text))
    assert found is not None
    assert found.confidence == pytest.approx(0.881, abs=0.001)
    assert text[found.start : found.end] == "never came"
    assert found.reason == "model trouble 7: never came"


def test_the_surest_sentence_counts() -> None:
    found = MODEL.judge("trouble", NormalizedText("Thanks, thanks. It never came. Thanks."))
    assert found is not None
    assert found.confidence > 0.8


def test_a_long_line_without_punctuation_is_judged_in_windows() -> None:
    found = MODEL.judge("trouble", NormalizedText("it never came " + "so " * 30 + "thanks thanks"))
    assert found is not None
    assert found.confidence > 0.8


def test_nothing_said_is_nothing_found() -> None:
    assert MODEL.judge("trouble", NormalizedText("")) is None
    assert MODEL.judge("trouble", NormalizedText("… !")) is None


def test_titles_end_no_sentence() -> None:
    assert len(list(parts_of(NormalizedText("Hello Mr. Ames. Hello Dr. Ray.")))) == 2


@given(st.lists(st.sampled_from(["so", "well", "the", "kettle", "never", "came", ".", "?", "4"]), max_size=80))
def test_parts_cover_every_word_and_stay_short(words: list[str]) -> None:
    spoken = NormalizedText(" ".join(words))
    covered: set[int] = set()
    for first, last in parts_of(spoken):
        assert 0 <= first <= last < len(spoken.tokens)
        assert last - first < LONGEST
        covered |= set(range(first, last + 1))
    assert covered == set(range(len(spoken.tokens)))


@given(st.text(max_size=300))
def test_any_text_is_judged_alike_each_time(text: str) -> None:
    first, second = MODEL.judge("trouble", NormalizedText(text)), MODEL.judge("trouble", NormalizedText(text))
    assert first == second
    if first is not None:
        assert 0 <= first.confidence <= 1
        assert 0 <= first.start < first.end <= len(text)


def test_a_model_survives_pickling() -> None:
    again = pickle.loads(pickle.dumps(MODEL))
    assert again.judge("trouble", NormalizedText("it never came")) == MODEL.judge(
        "trouble", NormalizedText("it never came")
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a model"),
        ("[]", "not a model"),
        ("{}", "not a model"),
        ('{"format": 9}', "format is 9"),
        ('{"format": 2, "version": "1", "kinds": {}, "behaviors": {"x": {}}}', "not a model"),
        ('{"format": 2, "version": "1", "kinds": [], "behaviors": {}}', "not a model"),
    ],
)
def test_what_is_no_model_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        read_model(text)


def test_the_shipped_model_reads_and_is_small() -> None:
    path = shipped("models/lines.json")
    text = path.read_text(encoding="utf-8")
    assert len(text) < 2_000_000
    assert set(read_model(text).weights) == set(json.loads(text)["behaviors"])
