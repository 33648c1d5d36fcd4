from __future__ import annotations

import io
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml, Skipped

from callqa.reports.junit_report import JunitReport
from callqa.results.gate import FAIL_ON, Gate, decide
from callqa.results.summary import RunSummary, summarise
from contracts.test_report_contract import RUNS
from support.gold_files import assert_gold
from support.junit_schema import problems
from support.results_samples import call, evidence, provisional_run, rubric, small_run, team_run, told, unscored


def text_of(run: RunSummary, **gate: Any) -> str:
    stream = io.StringIO(newline="")
    JunitReport(Gate(**gate)).write(run, stream)
    return stream.getvalue()


def outcomes(text: str) -> dict[str, tuple[type, str, str]]:
    """What a consumer makes of it: case → kind of outcome, its type and message. Passed cases are left out."""
    return {
        f"{suite.name}/{case.name}": (type(case.result[0]), case.result[0].type, case.result[0].message)
        for suite in JUnitXml.fromstring(text.encode("utf-8"))
        for case in suite
        if case.result
    }


def test_gold() -> None:
    assert_gold("results.xml", text_of(small_run()))


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_any_run_is_what_the_schema_demands(run: Any) -> None:
    for gate in ({}, {"fail_under": 80, "fail_on": FAIL_ON, "allow_provisional": True}):
        assert problems(ET.fromstring(text_of(run(), **gate))) == []


def test_the_check_of_the_schema_can_fail() -> None:
    for wrong in ("<testsuite/>", "<testsuites><testsuite name='a'/></testsuites>", "<testsuites when='now'/>"):
        assert problems(ET.fromstring(wrong))


def test_a_consumer_sees_suites_cases_and_outcomes() -> None:
    text = text_of(team_run())
    read = JUnitXml.fromstring(text.encode("utf-8"))
    assert [(suite.name, suite.tests, suite.failures, suite.errors, suite.skipped) for suite in read] == [
        ("ana", 12, 2, 0, 0),
        ("maria", 12, 1, 0, 1),
        ("tom", 8, 4, 1, 1),
    ]
    assert (read.tests, read.failures, read.errors) == (32, 7, 1)
    before = (read.tests, read.failures, read.errors, read.time)
    read.update_statistics()
    assert (read.tests, read.failures, read.errors, read.time) == before
    seen = outcomes(text)
    assert seen["tom/0444"] == (
        Failure,
        "auto-fail",
        "no arguing: “well with respect that is your own fault” at 03:12 (score 0)",
    )
    assert seen["ana/0409"][:2] == (Failure, "below the pass mark")
    assert seen["tom/0412"] == (Error, "not processed", "there is no audio in it; export it again")
    assert seen["tom/0446"] == (Skipped, "voicemail", "an answering machine or an announcement answers")
    assert "ana/0401" not in seen


def test_a_failure_holds_the_evidence() -> None:
    [case] = ET.fromstring(text_of(team_run())).findall(".//testcase[@name='0445']")
    assert (case.findtext("failure") or "").splitlines()[:4] == [
        "calls/tom/0445.wav",
        "make it right: fail: complaint at 01:05 “it never came”; 9 later agent lines searched,"
        " nearest at 02:11 “I'll make a note of that”",
        "- 01:05 customer: “it never came”",
        "- 02:11 agent: “I'll make a note of that”",
    ]


def test_provisional_calls_are_skipped_unless_they_are_allowed() -> None:
    run = provisional_run()
    assert {kind for kind, _, _ in outcomes(text_of(run)).values()} == {Skipped}
    assert len(outcomes(text_of(run))) == 3
    assert outcomes(text_of(run, allow_provisional=True)) == {}
    assert outcomes(text_of(run, allow_provisional=True, fail_on=("review",)))["ana/0"][0] is Failure


def test_a_call_in_which_nothing_was_decided_is_skipped() -> None:
    run = summarise(rubric(), [call("a/1.wav", "nnnn")])
    assert outcomes(text_of(run))["a/1"][:2] == (Skipped, "nothing decided")


@pytest.mark.parametrize("rule", FAIL_ON)
def test_with_a_gate_failures_are_what_offends_it(rule: Any) -> None:
    run = team_run()
    failures = sum(kind is Failure for kind, _, _ in outcomes(text_of(run, fail_on=(rule,))).values())
    assert (failures == 0) == decide(Gate(fail_on=(rule,)), run).met
    assert failures == {"auto-fail": 1, "critical": 0, "review": 1, "any": 8}[rule]


@pytest.mark.parametrize(("least", "kind"), [(80, None), (90, Failure)])
def test_the_least_mean_score_is_a_case_of_its_own(least: int, kind: type | None) -> None:
    text = text_of(team_run(), fail_under=least)
    seen = {name: outcome for name, outcome in outcomes(text).items() if outcome[0] is Failure}
    assert [outcome[0] for outcome in seen.values()] == ([kind] if kind else [])
    assert f'name="mean score at least {least}"' in text
    if kind:
        assert seen["gate/mean score at least 90"][2].endswith("the mean score of 29 calls is 86.6")


@pytest.mark.parametrize("run", [provisional_run(), summarise(rubric(), []), team_run()], ids=["poor", "none", "short"])
@pytest.mark.parametrize(
    ("gate", "case"), [({"fail_under": 80}, "mean score at least 80"), ({"fail_on": ("critical",)}, "decided")]
)
def test_a_gate_that_was_not_decided_is_an_error(run: RunSummary, gate: Any, case: str) -> None:
    text = text_of(run, **gate)
    sentence = decide(Gate(**gate), run).sentence
    assert outcomes(text)[f"gate/{case}"] == (Error, "not decided", sentence)
    assert sentence.startswith("Gate not decided: ")
    assert int(ET.fromstring(text).get("errors", "")) >= 1
    assert problems(ET.fromstring(text)) == []


def test_a_gate_that_was_decided_is_no_error() -> None:
    run = summarise(rubric(), [call("a/1.wav")])
    assert outcomes(text_of(run, fail_on=("any",), fail_under=80)) == {}
    assert outcomes(text_of(run)) == {}


def test_a_line_of_evidence_stands_once() -> None:
    twice = told("x", evidence(9.0, "one moment"), evidence(9.0, "one moment", "nearest"), evidence(12.0, "no"))
    too = told("y", evidence(12.0, "no"))
    text = text_of(summarise(rubric(), [call("a/1.wav", "pffp", apology=twice, make_it_right=too)]))
    assert text.count("“one moment”") == 1
    assert text.count("“no”") == 1


@given(st.text(max_size=50))
def test_any_text_is_xml(text: str) -> None:
    run = summarise(
        rubric(),
        [
            call("a/1.wav", "pffp", agent=text, call_id=text, apology=told(text, evidence(None, text))),
            unscored("a/2.wav", "failed", text, agent=text),
            unscored("a/3.wav", "unscorable", text, text),
        ],
    )
    assert problems(ET.fromstring(text_of(run))) == []
