from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.results.gate import FAIL_ON, Gate, GateResult, decide
from callqa.results.summary import summarise
from callqa.scoring.scorecard import CallResult
from support.results_samples import call, rubric, unscored

CRITICAL: list[dict[str, Any]] = [
    {"id": "greets", "title": "Greets", "weight": 40, "critical": True, "expect": {"say": "hi"}},
    {"id": "polite", "title": "Polite", "weight": 60, "auto_fail": True, "forbid": {"say": "fool"}},
]
OF = rubric(CRITICAL)
FAILED = unscored("a/f.wav", "failed", "it is empty; copy it again")
SHORT = unscored("a/s.wav", "unscorable", "too short", "too short")


def judged(path: str, verdicts: str, **more: Any) -> CallResult:
    """A call with a letter for each of the two criteria: greets (critical), polite (auto-fail)."""
    return call(path, verdicts, OF, **more)


def decided(gate: Gate, *calls: CallResult, not_reached: int = 0) -> GateResult:
    return decide(gate, summarise(OF, calls, not_reached=not_reached))


@pytest.mark.parametrize(
    ("gate", "asked"),
    [
        (Gate(), False),
        (Gate(allow_provisional=True), False),
        (Gate(fail_under=0), True),
        (Gate(fail_on=("review",)), True),
    ],
)
def test_a_gate_is_asked_for_or_not(gate: Gate, asked: bool) -> None:
    assert gate.asked is asked


# One rule at a time


@pytest.mark.parametrize(
    ("rule", "verdicts", "sentence"),
    [
        ("auto-fail", "pf", "Gate not met: --fail-on auto-fail, and 1 call has an auto-fail (a/1.wav)."),
        ("critical", "fp", "Gate not met: --fail-on critical, and 1 call has a critical miss (a/1.wav)."),
        ("review", "pr", "Gate not met: --fail-on review, and 1 call has a criterion to review (a/1.wav)."),
        ("any", "fp", "Gate not met: --fail-on any, and 1 call has a failed criterion or one to review (a/1.wav)."),
        ("any", "rp", "Gate not met: --fail-on any, and 1 call has a failed criterion or one to review (a/1.wav)."),
    ],
)
def test_a_finding_is_named_with_its_call(rule: Any, verdicts: str, sentence: str) -> None:
    result = decided(Gate(fail_on=(rule,)), judged("a/0.wav", "pp"), judged("a/1.wav", verdicts))
    assert result == GateResult(met=False, complete=True, sentence=sentence)


def test_of_several_calls_the_first_is_named() -> None:
    result = decided(Gate(fail_on=("auto-fail",)), *(judged(f"a/{n}.wav", "pf") for n in range(2)))
    assert result.sentence == "Gate not met: --fail-on auto-fail, and 2 calls have an auto-fail (first a/0.wav)."


@pytest.mark.parametrize(
    ("rule", "verdicts"),
    [
        ("auto-fail", ["pp", "fp", "pr", "pn"]),
        ("critical", ["pp", "pf", "rp", "np"]),
        ("review", ["pp", "fp", "pf", "nn"]),
        ("any", ["pp", "np", "nn"]),
    ],
)
def test_other_verdicts_do_not_offend(rule: Any, verdicts: list[str]) -> None:
    result = decided(Gate(fail_on=(rule,)), *(judged(f"a/{v}.wav", v) for v in verdicts))
    assert result == GateResult(True, True, f"Gate met: no call breaks --fail-on {rule}.")


def test_a_mean_below_is_named_with_its_calls() -> None:
    result = decided(Gate(fail_under=70), judged("a/1.wav", "fp"), judged("a/2.wav", "fp"))
    assert result == GateResult(False, True, "Gate not met: --fail-under 70, and the mean score of 2 calls is 60.0.")
    assert decided(Gate(fail_under=60.5), judged("a/1.wav", "fp")).sentence == (
        "Gate not met: --fail-under 60.5, and the mean score of 1 call is 60.0."
    )


def test_a_mean_as_high_as_asked_is_enough() -> None:
    assert decided(Gate(fail_under=60), judged("a/1.wav", "fp")) == GateResult(
        True, True, "Gate met: the mean score is at least 60."
    )
    assert decided(Gate(fail_under=80), judged("a/1.wav", "fp"), judged("a/2.wav", "pp")).met


def test_the_mean_weighed_is_the_mean_shown() -> None:
    # 79.9667 is shown as 80.0: a sentence must not say that 80.0 is under 80.
    calls = [judged(f"a/{n}.wav", "pp", score=score) for n, score in enumerate([79.9, 80.0, 80.0])]
    assert summarise(OF, calls).mean_score == 80.0
    assert decided(Gate(fail_under=80), *calls).met
    assert not decided(Gate(fail_under=80.1), *calls).met


def test_calls_without_a_score_do_not_weigh() -> None:
    assert decided(Gate(fail_under=90), judged("a/1.wav", "pp"), judged("a/2.wav", "nn")).met


@pytest.mark.parametrize("calls", [[judged("a/1.wav", "nn"), judged("a/2.wav", "rn")], []])
def test_without_any_score_a_mean_is_not_decided(calls: list[CallResult]) -> None:
    assert decided(Gate(fail_under=80), *calls) == GateResult(True, False, "Gate not decided: no call has a score.")
    assert decided(Gate(fail_on=("auto-fail",)), *calls).complete == bool(calls)


@pytest.mark.parametrize(
    "gate", [Gate(fail_under=80), Gate(fail_on=("any",)), Gate(fail_on=("any",), allow_provisional=True)]
)
def test_over_no_calls_at_all_nothing_is_decided(gate: Gate) -> None:
    assert decided(gate) == GateResult(True, False, "Gate not decided: no call has a score.")


@pytest.mark.parametrize(("count", "words"), [(1, "the 1 call that is"), (2, "the 2 calls that are")])
def test_a_mean_without_the_provisional_calls_says_so(count: int, words: str) -> None:
    calls = [judged(f"a/{n}.wav", "fp") for n in range(count)]
    result = decided(Gate(fail_under=80), *calls, judged("a/p.wav", "pp", provisional=True))
    assert result.sentence == f"Gate not met: --fail-under 80, and the mean score of {words} not provisional is 60.0."


# Several rules


def test_all_rules_are_named_when_they_are_met() -> None:
    result = decided(Gate(fail_under=90, fail_on=("auto-fail", "critical")), judged("a/1.wav", "pp"))
    assert result.sentence == (
        "Gate met: no call breaks --fail-on auto-fail and no call breaks --fail-on critical"
        " and the mean score is at least 90."
    )


def test_findings_go_before_the_mean_in_the_order_asked() -> None:
    both = judged("a/1.wav", "ff")
    assert "--fail-on critical" in decided(Gate(90, ("critical", "auto-fail")), both).sentence
    assert "--fail-on auto-fail" in decided(Gate(90, ("auto-fail", "critical")), both).sentence
    assert "--fail-under" in decided(Gate(90, ("review",)), both).sentence


# Calls that could not be weighed


@pytest.mark.parametrize(
    ("calls", "not_reached", "reason"),
    [
        ([FAILED], 0, "1 call could not be processed"),
        ([FAILED, FAILED], 0, "2 calls could not be processed"),
        ([SHORT], 0, "1 call could not be scored"),
        ([], 3, "the run was interrupted"),
        (
            [judged("a/p.wav", "pp", provisional=True)],
            0,
            "1 call is only provisional (--allow-provisional counts them as well)",
        ),
        (
            [SHORT, FAILED, *(judged(f"a/{n}.wav", "pp", provisional=True) for n in range(2))],
            1,
            "the run was interrupted, 1 call could not be processed, 1 call could not be scored,"
            " 2 calls are only provisional (--allow-provisional counts them as well)",
        ),
    ],
)
@pytest.mark.parametrize("gate", [Gate(fail_under=80), Gate(fail_on=("any",)), Gate(80, ("any",))])
def test_what_could_not_be_weighed_leaves_it_undecided(
    gate: Gate, calls: list[CallResult], not_reached: int, reason: str
) -> None:
    result = decided(gate, judged("a/0.wav", "pp"), *calls, not_reached=not_reached)
    assert result == GateResult(True, False, f"Gate not decided: {reason}.")


def test_a_gate_that_is_not_met_stays_so_though_calls_are_missing() -> None:
    result = decided(Gate(fail_under=80), judged("a/0.wav", "fp"), FAILED)
    assert (result.met, result.complete) == (False, False)
    assert result.sentence.startswith("Gate not met: --fail-under 80")


def test_provisional_calls_meet_and_miss_nothing() -> None:
    poor = judged("a/1.wav", "ff", provisional=True)
    result = decided(Gate(80, ("any",)), judged("a/0.wav", "pp"), poor)
    assert (result.met, result.complete) == (True, False)


def test_provisional_calls_count_where_they_are_allowed() -> None:
    good, poor = judged("a/0.wav", "pp", provisional=True), judged("a/1.wav", "pf", provisional=True)
    assert decided(Gate(80, allow_provisional=True), good) == GateResult(
        True, True, "Gate met: the mean score is at least 80."
    )
    result = decided(Gate(fail_on=("auto-fail",), allow_provisional=True), good, poor)
    assert (result.met, result.complete) == (False, True)


CALLS = st.lists(
    st.one_of(
        st.sampled_from([FAILED, SHORT]),
        st.builds(
            lambda verdicts, poor: judged("a/1.wav", verdicts, provisional=poor),
            st.text("pfnr", min_size=2, max_size=2),
            st.booleans(),
        ),
    ),
    max_size=5,
)
GATES = st.builds(
    Gate,
    st.sampled_from([None, 0, 50, 100]),
    st.lists(st.sampled_from(FAIL_ON), unique=True).map(tuple),
    st.booleans(),
).filter(lambda gate: gate.asked)


@given(GATES, CALLS, st.integers(0, 2))
def test_the_sentence_says_what_the_result_says(gate: Gate, calls: list[CallResult], not_reached: int) -> None:
    result = decided(gate, *calls, not_reached=not_reached)
    beginning = "Gate not met: " if not result.met else "Gate met: " if result.complete else "Gate not decided: "
    assert result.sentence.startswith(beginning)
    assert result.sentence.endswith(".")
    if not_reached or any(one.status != "scored" for one in calls):
        assert not result.complete
