from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.rubrics.fields import Verdict
from callqa.scoring.scorecard import CallResult, CriterionResult, Evidence, score_of


def result(verdict: Verdict, weight: float = 1, **more: Any) -> CriterionResult:
    return CriterionResult("one", "One", verdict, weight, "because", **more)


def call(*criteria: CriterionResult) -> CallResult:
    return CallResult("a", "a.wav", "maria", "scored", criteria=criteria)


@pytest.mark.parametrize(
    ("results", "score"),
    [
        ([result("pass", 20), result("fail", 60)], 25.0),
        ([result("pass", 1), result("fail", 2)], 33.3),
        ([result("pass", 2), result("fail", 1)], 66.7),
        ([result("pass", 5), result("na", 90), result("review", 90)], 100.0),
        ([result("fail", 5), result("na", 90)], 0.0),
        ([result("pass", 5), result("fail", 0)], 100.0),
        ([result("na"), result("review")], None),
        ([result("pass", 0), result("fail", 0)], None),
        ([], None),
    ],
)
def test_passed_weight_over_decided_weight(results: list[CriterionResult], score: float | None) -> None:
    assert score_of(results) == (score, False)


@pytest.mark.parametrize("weight", [0, 20])
def test_an_auto_fail_zeroes_the_score_whatever_it_weighs(weight: float) -> None:
    assert score_of([result("pass", 99), result("fail", weight, auto_fail=True)]) == (0.0, True)


@pytest.mark.parametrize("verdict", ["pass", "na", "review"])
def test_only_a_fail_is_an_auto_fail(verdict: Verdict) -> None:
    score, auto_failed = score_of([result("pass", 1), result(verdict, 1, auto_fail=True)])
    assert (score, auto_failed) == (100.0, False)


RESULTS = st.lists(
    st.builds(
        result,
        st.sampled_from(["pass", "fail", "na", "review"]),
        st.floats(0, 999_999, allow_subnormal=True),
        auto_fail=st.booleans(),
    ),
    max_size=8,
)


@given(RESULTS)
def test_a_score_is_between_0_and_100_and_does_not_depend_on_the_order(results: list[CriterionResult]) -> None:
    score, auto_failed = score_of(results)
    assert score is None or 0 <= score <= 100
    again, also = score_of(results[::-1])
    assert auto_failed == also
    assert again == score or again == pytest.approx(score, abs=0.11)
    if auto_failed:
        assert score == 0


@given(RESULTS, st.floats(0, 999_999))
def test_what_cannot_be_judged_changes_nothing(results: list[CriterionResult], weight: float) -> None:
    assert score_of(results) == score_of([*results, result("na", weight), result("review", weight)])


def evidence(part: Any, utterance: int = 0) -> Evidence:
    return Evidence(utterance, "agent", 1.0, 2.0, "so sorry", None, "sorry", part)


@pytest.mark.parametrize(
    ("parts", "decided"),
    [
        (["trigger", "answer", "nearest"], "answer"),
        (["trigger", "nearest"], "trigger"),
        (["nearest"], "nearest"),
    ],
)
def test_the_moment_is_the_evidence_that_decided(parts: list[str], decided: str) -> None:
    moment = result("fail", evidence=tuple(map(evidence, parts))).moment
    assert moment is not None
    assert moment.part == decided


def test_of_several_answers_the_first_is_the_moment() -> None:
    moment = result("fail", evidence=(evidence("answer", 3), evidence("answer", 5))).moment
    assert moment is not None
    assert moment.utterance == 3


def test_without_evidence_there_is_no_moment() -> None:
    assert result("pass").moment is None


def test_a_call_counts_what_is_open_and_what_is_critical() -> None:
    scored = call(
        *(result("review"), result("review", critical=True), result("fail"), result("pass")),
        *(result("fail", critical=True), result("fail", critical=True), result("fail", critical=True)),
    )
    assert (scored.to_review, scored.critical_misses) == (2, 3)


def test_a_result_crosses_process_borders() -> None:
    one = call(result("fail", evidence=(evidence("answer"),)))
    assert pickle.loads(pickle.dumps(one)) == one
