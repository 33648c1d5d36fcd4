"""What the call around a line says of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.behaviors.classifier.call_features import (
    HIGHEST,
    LEAST,
    NOTHING,
    Scores,
    call_features,
    confidence,
    speaks,
)
from callqa.transcripts.transcript import Speaker

USUAL = {"rude": 0.1, "kind": 0.2, "cross": 0.4}

SCORE = st.floats(-20, 20)
"""A line's score."""


@st.composite
def calls(draw: st.DrawFn) -> tuple[dict[str, Scores], list[Speaker], list[int]]:
    """The scores of a call's lines for three behaviors, who says them, and in how many words."""
    speakers: list[Speaker] = draw(st.lists(st.sampled_from(["agent", "customer", "unknown"]), max_size=12))
    words = [draw(st.integers(0, 60)) for _ in speakers]
    party = {"rude": "agent", "kind": "agent", "cross": "customer"}
    scores: dict[str, Scores] = {
        name: [
            draw(SCORE) if speaker == who and count else None for speaker, count in zip(speakers, words, strict=True)
        ]
        for name, who in party.items()
    }
    return scores, speakers, words


def of(lines: list[tuple[Speaker, float]], behavior: str = "rude") -> dict[int, dict[str, float]]:
    """The features of a call's lines, each with the one score that its party's behavior has."""
    speakers = [speaker for speaker, _ in lines]
    scores: dict[str, Scores] = {
        "rude": [score if speaker == "agent" else None for speaker, score in lines],
        "cross": [score if speaker == "customer" else None for speaker, score in lines],
    }
    return dict(call_features(behavior, scores, speakers, [5] * len(lines), USUAL))


def test_a_line_is_seen_with_what_came_before_and_after_it() -> None:
    found = of([("customer", 3.0), ("customer", 1.0), ("agent", 0.5), ("customer", -2.0), ("agent", -1.0)])
    assert found[2]["line"] == 0.5
    assert found[2]["cross before"] == 3.0, "the strongest of the turn before"
    assert found[2]["cross after"] == -2.0
    assert found[4]["cross after"] == NOTHING
    assert (found[2]["first"], found[4]["first"]) == (1.0, 0.0)
    assert (found[2]["how far"], found[4]["how far"]) == (0.0, 0.5)


def test_the_rest_of_the_party_s_lines_count_without_the_line_itself() -> None:
    found = of([("agent", 4.0), ("customer", 0.0), ("agent", -3.0), ("customer", 0.0), ("agent", 1.0)])
    assert [found[index]["strongest own"] for index in (0, 2, 4)] == [1.0, 4.0, 4.0]
    assert found[2]["own lines"] > found[4]["own lines"] > found[0]["own lines"]


def test_a_party_that_says_one_line_is_taken_to_be_as_most_are() -> None:
    (alone,) = of([("agent", 2.0)]).values()
    assert alone["strongest own"] == NOTHING
    assert alone["own lines"] == pytest.approx(USUAL["rude"])


def test_words_that_say_nothing_do_not_speak_for_it_whatever_the_call() -> None:
    assert not speaks({"line": LEAST - 0.01, "cross before": HIGHEST})
    assert speaks({"line": LEAST, "cross before": -HIGHEST})
    assert confidence({"line": LEAST, "cross before": HIGHEST}, {"line": 1.0, "cross before": 10.0}, 5.0) > 0.9


@given(calls())
def test_every_line_with_a_score_gets_the_same_call_features(
    call: tuple[dict[str, Scores], list[Speaker], list[int]],
) -> None:
    scores, speakers, words = call
    for name, row in scores.items():
        found = dict(call_features(name, scores, speakers, words, USUAL))
        assert set(found) == {index for index, score in enumerate(row) if score is not None}
        assert all(-10 < value < 10 for one in found.values() for value in one.values())
        assert len({tuple(one) for one in found.values()}) <= 1


@given(calls(), st.floats(-5, 5))
def test_confidence_is_a_chance(call: tuple[dict[str, Scores], list[Speaker], list[int]], offset: float) -> None:
    for _, found in call_features("rude", *call, USUAL):
        assert 0 <= confidence(found, {"line": 1.5, "kind too": -3.0}, offset) <= 1
