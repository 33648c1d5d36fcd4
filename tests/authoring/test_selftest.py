from __future__ import annotations

from typing import Any

import pytest

from callqa.authoring.selftest import SelfTestResult, run_examples, run_selftest
from callqa.rubrics.fields import Verdict
from callqa.rubrics.rubric_schema import Rubric, RubricFile
from support.small_calls import behavior

SORRY = behavior("sorry", "so sorry", exceptions=["sorry to ask"])
CRITERIA = [
    {"id": "sorry", "title": "Sorry", "when": {"say": "broke"}, "expect": {"behavior": "sorry"}},
    {"id": "calm", "title": "Calm", "forbid": {"say": "blast"}},
]


def rubric(*tests: dict[str, Any], **behaviors: Any) -> Rubric:
    file = RubricFile.model_validate({"format": 1, "name": "r", "criteria": CRITERIA, "tests": list(tests)})
    return Rubric(file, behaviors or {"sorry": SORRY}, "", "r.yaml")


def one_test(expect: dict[str, Verdict], *call: str, **more: Any) -> dict[str, Any]:
    return {"name": "it broke", "call": list(call), "expect": expect, **more}


BROKE = ("customer: It broke.", "agent: I am so sorry.")


def test_each_expected_verdict_is_a_result() -> None:
    assert (
        run_selftest(rubric(one_test({"sorry": "pass", "calm": "pass"}, *BROKE)))
        == [SelfTestResult("it broke", True, "", False)] * 2
    )


def test_criteria_that_are_not_named_are_not_tested() -> None:
    assert len(run_selftest(rubric(one_test({"calm": "pass"}, *BROKE)))) == 1


def test_another_verdict_is_a_failure_that_says_why() -> None:
    (result,) = run_selftest(rubric(one_test({"sorry": "fail"}, *BROKE)))
    assert not result.passed
    assert result.message == (
        "criterion `sorry`: expected fail, got pass — “broke” in line 1 “It broke.”; “I am so sorry.” in line 2"
    )


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (("agent: Hello.", "customer: Hello.", "agent: So.", "customer: Well."), "was not found in utterances 2–4"),
        (("customer: Hello.", "agent: Hello."), "was not found in utterance 1"),
        (("agent: Hello.",), "there is no utterance by the customer to search for the trigger"),
    ],
)
def test_a_trigger_that_was_not_found_says_where_it_was_sought(call: tuple[str, ...], why: str) -> None:
    (result,) = run_selftest(rubric(one_test({"sorry": "pass"}, *call)))
    assert result.message.startswith("criterion `sorry`: expected pass, got na — the")
    assert result.message.endswith(why)


def test_a_test_with_times_is_judged_by_them() -> None:
    asked = {"id": "quiet", "title": "Quiet", "measure": {"dead_air": {"longer_than": "8s"}}}
    call = ["agent @0:01-0:02: One moment.", "customer @0:03-0:04: Yes.", "agent @0:13-0:14: So."]
    tests = [one_test({"quiet": "fail"}, *call), one_test({"quiet": "na"}, *BROKE)]
    file = RubricFile.model_validate({"format": 1, "name": "r", "criteria": [asked], "tests": tests})
    assert all(result.passed for result in run_selftest(Rubric(file, {}, "", "r.yaml")))


@pytest.mark.parametrize(
    ("verdict", "call"),
    [
        ("na", ("customer: Hello.", "agent: So sorry.")),
        ("fail", ("customer: It broke.", "agent: Blast.")),
        ("pass", ("CUSTOMER:It broke.", "Agent :  So sorry.")),
    ],
)
def test_calls_are_judged_as_calls_are(verdict: Verdict, call: tuple[str, ...]) -> None:
    (result,) = run_selftest(rubric(one_test({"sorry": verdict}, *call)))
    assert result.passed, result.message


@pytest.mark.parametrize(("verdict", "passed"), [("pass", True), ("fail", False)])
def test_what_is_still_to_be_done_is_marked_and_run_all_the_same(verdict: Verdict, passed: bool) -> None:
    (result,) = run_selftest(rubric(one_test({"sorry": verdict}, *BROKE, todo=True)))
    assert (result.todo, result.passed) == (True, passed)


def examples(*found: Any, not_found: tuple[Any, ...] = (), **more: Any) -> list[SelfTestResult]:
    given = {"found": list(found), "not_found": list(not_found)}
    return run_examples(behavior("sorry", "so sorry", exceptions=["sorry to ask"], examples=given, **more))


def test_examples_are_found_or_not() -> None:
    assert (
        examples("So sorry.", not_found=("So sorry to ask.", "Hm."))
        == [SelfTestResult("behavior sorry", True, "", False)] * 3
    )


def test_an_example_that_is_not_found_is_a_failure() -> None:
    (result,) = examples("Sorry.")
    assert (result.passed, result.message) == (False, "“Sorry.” should be found")


def test_an_example_that_is_found_names_the_phrase() -> None:
    (result,) = examples(not_found=("Not so sorry.",))
    assert (result.passed, result.message) == (
        False,
        "“Not so sorry.” should not be found, but the phrase `so sorry` finds it",
    )


def test_an_example_still_to_be_done_is_marked() -> None:
    (result,) = examples({"say": "Sorry.", "todo": True})
    assert (result.todo, result.passed) == (True, False)


def test_the_line_before_is_the_other_partys() -> None:
    given = {"found": [{"say": "Yes.", "before": "Tea?"}], "not_found": ["Yes.", {"say": "Hm.", "before": "Yes, tea?"}]}
    rule = {"say": "yes", "after": "tea"}
    for speaker in ("agent", "customer", "any"):
        results = run_examples(behavior("agree", rule, speaker=speaker, examples=given))
        assert all(result.passed for result in results), results


def test_a_rubric_is_tested_with_the_examples_of_its_behaviors() -> None:
    ahoy = behavior("ahoy", "ahoy", examples={"found": ["Ahoy!", "Hello!"]})
    results = run_selftest(rubric(one_test({"sorry": "pass"}, *BROKE), sorry=SORRY, ahoy=ahoy))
    assert [(result.name, result.passed) for result in results] == [
        ("it broke", True),
        ("behavior ahoy", True),
        ("behavior ahoy", False),
    ]
