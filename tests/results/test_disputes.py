from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from callqa.errors import UsageError
from callqa.results.disputes import find_disputed, find_entry, override_of, rubric_test_of
from callqa.results.overrides import apply_overrides
from callqa.results.summary import RunSummary, summarise, with_calls
from callqa.transcripts.transcript import Utterance
from support.results_samples import call, rubric, unscored

SAID = (
    Utterance("agent", "Hello,\nhow can I help?", 0.5, 2.0),
    Utterance("customer", "It is broken: #1 \u202e", 3.0, 4.0),
)


def run() -> RunSummary:
    return summarise(
        rubric(),
        [
            call("calls/ana/0412.wav", "pfpp", call_id="ana/0412", content="a" * 64, utterances=SAID),
            call("calls/tom/0412.wav", call_id="tom/0412"),
            call("calls/tom/10412.wav", call_id="tom/10412"),
            unscored("calls/tom/0413.wav", "unscorable", "too short"),
        ],
    )


@pytest.mark.parametrize(
    "name", ["ana/0412", "calls/ana/0412.wav", "./calls/ana/0412.wav", "ana/0412.wav", "calls\\ana\\0412.wav"]
)
def test_a_call_is_found_by_id_path_or_the_end_of_one(name: str) -> None:
    assert find_disputed(run(), name, "apology").call.call_id == "ana/0412"


def test_a_whole_name_is_meant_and_no_piece_of_it() -> None:
    assert find_disputed(run(), "10412", "apology").call.call_id == "tom/10412"
    with pytest.raises(UsageError, match=r"may be calls/ana/0412\.wav or calls/tom/0412\.wav"):
        find_disputed(run(), "0412", "apology")
    with pytest.raises(UsageError, match="did you mean 'ana/0412'"):
        find_disputed(run(), "anna/0412", "apology")
    with pytest.raises(UsageError, match="no call"):
        find_disputed(run(), "", "apology")


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("tom", "did you mean one of tom/0412, tom/10412, 0413?"),
        ("ANA", "did you mean 'ana/0412'?"),
        ("041", "did you mean one of ana/0412, tom/0412, tom/10412, 0413?"),
        ("anna/0412", "did you mean 'ana/0412'?"),
    ],
)
def test_a_piece_of_a_name_offers_the_calls_it_is_of(name: str, offered: str) -> None:
    with pytest.raises(UsageError) as error:
        find_disputed(run(), name, "apology")
    assert str(error.value).endswith(offered)


def test_the_entry_of_a_verdict_is_the_last_one() -> None:
    entries = [made(), made(), made().model_copy(update={"call": "tom/0412"})]
    assert find_entry(entries, "ana/0412", "apology") == 1
    assert find_entry(entries, "calls/ana/0412.wav", "apology") == 1
    with pytest.raises(UsageError, match="ana/0412, tom/0412; write more"):
        find_entry(entries, "0412", "apology")
    with pytest.raises(UsageError, match="nobody changed greeting in ana/0412; the changed verdicts are: ana/0412"):
        find_entry(entries, "ana/0412", "greeting")
    two = [made(), made().model_copy(update={"content": "b" * 64})]
    with pytest.raises(UsageError, match="by hand"):
        find_entry(two, "ana/0412", "apology")


def test_only_verdicts_there_are_can_be_disputed() -> None:
    with pytest.raises(UsageError, match="did you mean 'apology'"):
        find_disputed(run(), "ana/0412", "apologies")
    with pytest.raises(UsageError, match=r"was not scored \(too short\)"):
        find_disputed(run(), "0413", "apology")


def made(verdict: Any = "pass", of: RunSummary | None = None, **more: Any) -> Any:
    disputed = find_disputed(of or run(), "ana/0412", "apology")
    values = {"rubric": "support", "who": " maria ", "when": date(2026, 11, 3), "why": "Line 4\nsays so.", **more}
    return override_of(disputed, verdict, **values)


def test_the_override_names_call_verdicts_person_and_reason() -> None:
    assert made().model_dump(by_alias=True) == {
        "call": "ana/0412",
        "content": "a" * 64,
        "rubric": "support",
        "criterion": "apology",
        "from": "fail",
        "to": "pass",
        "who": "maria",
        "when": "2026-11-03",
        "why": "Line 4 says so.",
    }


@pytest.mark.parametrize(
    ("more", "problem"),
    [({"verdict": "fail"}, "is fail already"), ({"why": " "}, "--because"), ({"who": ""}, "--by")],
)
def test_what_changes_nothing_or_says_too_little_is_refused(more: dict[str, str], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        made(**more)


def test_a_changed_verdict_can_be_changed_back() -> None:
    before = run()
    once = with_calls(before, apply_overrides(before.calls, [made()], before.rubric).calls)
    back = made("fail", once)
    assert (back.was, back.now) == ("fail", "fail")
    assert apply_overrides(once.calls, [made(), back], before.rubric).calls == before.calls


def test_the_call_becomes_a_test_of_its_rubric() -> None:
    disputed = find_disputed(run(), "ana/0412", "apology")
    case = rubric_test_of(disputed, made())
    assert case.call == ["agent @0.50-2.00: Hello, how can I help?", "customer @3.00-4.00: It is broken: #1 \\u202e"]
    assert case.expect == {"apology": "pass"}
    assert case.name == "ana/0412: apology is pass, because Line 4 says so."


def test_without_times_a_test_has_none() -> None:
    disputed = find_disputed(run(), "ana/0412", "apology")
    untimed = replace(disputed.call, utterances=tuple(replace(one, start=None, end=None) for one in SAID))
    assert rubric_test_of(replace(disputed, call=untimed), made()).call[0] == "agent: Hello, how can I help?"


def test_a_call_nobody_can_read_is_no_test() -> None:
    disputed = find_disputed(run(), "ana/0412", "apology")
    with pytest.raises(UsageError, match="no transcript"):
        rubric_test_of(replace(disputed, call=replace(disputed.call, utterances=())), made())
    unsure = replace(disputed.call, utterances=(replace(SAID[0], speaker="unknown"),))
    with pytest.raises(UsageError, match=r"speakers in .* are not known"):
        rubric_test_of(replace(disputed, call=unsure), made())
