from __future__ import annotations

import json
import pickle
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.behaviors.behavior import Behavior
from callqa.behaviors.behavior_schema import BehaviorFile
from callqa.core.yaml_loading import parse_yaml
from callqa.core.yaml_validation import validate
from callqa.errors import RubricError
from callqa.rubrics.rubric_schema import Amount, Rubric, RubricFile, Window, json_schema

HEAD = """\
format: 1
name: front-desk
criteria:
  - id: hello
    title: Says hello
"""


def check(text: str) -> tuple[RubricFile | None, list[tuple[int | None, str]]]:
    value, problems = validate(parse_yaml(text, "r.yaml"), RubricFile)
    return value, [(problem.line, problem.message) for problem in problems]


def rubric(text: str) -> RubricFile:
    value, problems = check(text)
    assert value is not None, problems
    return value


def mistake(line: str) -> tuple[int | None, str]:
    """The only mistake of a rubric whose sixth line this is."""
    value, problems = check(f"{HEAD}    {line}\n")
    assert value is None
    assert len(problems) == 1, problems
    return problems[0]


def condition(text: str) -> Any:
    return rubric(f"{HEAD}    expect: {text}\n").criteria[0].expect


def test_a_small_rubric_has_the_usual_values() -> None:
    file = rubric(HEAD + "    expect: {say: good day}\n")
    (criterion,) = file.criteria
    assert (file.version, file.pass_mark, file.language) == (1, 80, "en")
    assert (file.scorable_if.min_duration, file.scorable_if.both_spoke, file.scorable_if.min_words) == (None, True, 1)
    assert (criterion.weight, criterion.auto_fail, criterion.critical, criterion.when) == (1, False, False, None)
    assert criterion.expect is not None
    assert (criterion.expect.say, criterion.expect.at_least, criterion.expect.speaker) == (["good day"], 1, None)


def test_all_of_a_rubric_is_read() -> None:
    file = rubric(
        """\
format: 1
name: front-desk
title: Front desk
about: For the front desk.
version: 2b
language: en
pass_mark: 75.5
scorable_if: {min_duration: 1m30s, both_spoke: no, min_words: 5}
criteria:
  - id: sorry
    title: Says sorry
    why: Because.
    coach: Say sorry.
    good: ["I am sorry."]
    weight: 2.5
    auto_fail: yes
    critical: true
    when: {behavior: complaint, speaker: any, at_least: 2, within: 2 turns}
    expect:
      behavior: [apology]
      say: [pardon me, 7]
      speaker: any
      at_least: 3
      not_near: {say: not, words: 0}
      within: {after: when, seconds: 1m, turns: 4}
tests:
  - name: one
    call: ["agent: hi", "CUSTOMER : it is : broken"]
    expect: {sorry: na}
    todo: true
"""
    )
    assert (file.version, file.pass_mark, file.scorable_if.min_duration) == ("2b", 75.5, 90)
    assert file.scorable_if.both_spoke is False
    (criterion,) = file.criteria
    assert (criterion.weight, criterion.auto_fail, criterion.critical) == (2.5, True, True)
    assert criterion.when is not None
    assert criterion.when.within == Window(first=Amount(turns=2))
    assert criterion.demand.say == ["pardon me", "7"]
    assert criterion.demand.not_near is not None
    assert (criterion.demand.not_near.say, criterion.demand.not_near.words) == (["not"], 0)
    assert criterion.demand.within == Window(after="when", seconds=60, turns=4)
    assert file.tests[0].lines() == [("agent", None, "hi"), ("customer", None, "it is : broken")]


@pytest.mark.parametrize(
    ("written", "window"),
    [
        ("20s", Window(first=Amount(seconds=20))),
        ("20", Window(first=Amount(seconds=20))),
        ("2 turns", Window(first=Amount(turns=2))),
        ("1 Turn", Window(first=Amount(turns=1))),
        ("{first: 1m}", Window(first=Amount(seconds=60))),
        ("{last: 30s}", Window(last=Amount(seconds=30))),
        ("{last: 2 turns}", Window(last=Amount(turns=2))),
        ("{last: {turns: 2}}", Window(last=Amount(turns=2))),
        ("{after: when}", Window(after="when")),
    ],
)
def test_windows_are_read(written: str, window: Window) -> None:
    file = rubric(f"{HEAD}    when: {{say: never came}}\n    expect: {{say: sorry, within: {written}}}\n")
    assert file.criteria[0].demand.within == window


def test_words_of_yaml_stay_words() -> None:
    assert condition("{say: [no, yes, on, 1:30, 7]}").say == ["no", "yes", "on", "1:30", "7"]
    assert condition("{say: 7}").say == ["7"]


ANY_WINDOW = "a window is one of: 20s, 2 turns, {last: 30s}, {after: when, seconds: 60, turns: 4}"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("expect: {say: []}", "criteria[1].expect.say: needs at least one entry"),
        ("expect: {}", "criteria[1].expect: a condition needs `behavior:` or `say:` (or both)"),
        ("expect: hello", "criteria[1].expect: must be made of `key: value` lines (it says 'hello')"),
        (
            "expect: {say: hi, at_least: 0}",
            "criteria[1].expect.at_least: must be greater than or equal to 1 (it says 0)",
        ),
        (
            "expect: {say: hi, speaker: boss}",
            "criteria[1].expect.speaker: must be 'agent', 'customer' or 'any' (it says 'boss')",
        ),
        (
            "expect: {say: hi, behaviour: x}",
            "criteria[1].expect.behaviour: there is no key 'behaviour' here; did you mean 'behavior'?",
        ),
        (
            "expect: {say: hi, not_near: bye}",
            "criteria[1].expect.not_near: must be made of `key: value` lines (it says 'bye')",
        ),
        ("expect: {say: hi, not_near: {words: 2}}", "criteria[1].expect.not_near.say is missing; add it"),
        (
            "expect: {say: hi, not_near: {say: bye, words: -1}}",
            "criteria[1].expect.not_near.words: must be greater than or equal to 0 (it says -1)",
        ),
        (
            "expect: {say: hi, not_near: {say: bye, wrods: 1}}",
            "criteria[1].expect.not_near.wrods: there is no key 'wrods' here; did you mean 'words'?",
        ),
        (
            "expect: {say: hi, within: soon}",
            "criteria[1].expect.within: 'soon' is not a window; write it like 20s or 2 turns",
        ),
        (
            "expect: {say: hi, within: 0 turns}",
            "criteria[1].expect.within: 0 turns is not a window; write at least 1 turn",
        ),
        ("expect: {say: hi, within: [20s]}", f"criteria[1].expect.within: {ANY_WINDOW}"),
        ("expect: {say: hi, within: true}", f"criteria[1].expect.within: {ANY_WINDOW} (it says true)"),
        ("expect: {say: hi, within: {}}", f"criteria[1].expect.within: {ANY_WINDOW}"),
        ("expect: {say: hi, within: {last: 30s, first: 20s}}", f"criteria[1].expect.within: {ANY_WINDOW}"),
        (
            "expect: {say: hi, within: {last: {}}}",
            "criteria[1].expect.within.last: is not a window; write it like 20s or 2 turns",
        ),
        (
            "expect: {say: hi, within: {first: {seconds: 3, turns: 2}}}",
            "criteria[1].expect.within.first: is not a window; write it like 20s or 2 turns",
        ),
        (
            "expect: {say: hi, within: {last: 30s, turns: 2}}",
            "criteria[1].expect.within: seconds and turns belong to {after: when, …}; write the window"
            " as 20s or 2 turns",
        ),
        ("expect: {say: hi, within: {after: wen}}", "criteria[1].expect.within.after: must be 'when' (it says 'wen')"),
        (
            "unless: hold_request\n    expect: {say: hi}",
            "criteria[1].unless: there is no key 'unless' here; known: auto_fail, coach, critical, expect, forbid,"
            " good, id, measure, title, weight, when, why",
        ),
        (
            "expect: {say: hi, within: last 30s}",
            "criteria[1].expect.within: 'last 30s' is not a window; write {last: 30s}",
        ),
        ("weight: -1\n    expect: {say: hi}", "criteria[1].weight: must be greater than or equal to 0 (it says -1)"),
        ("weight: lots\n    expect: {say: hi}", "criteria[1].weight: must be a number (it says 'lots')"),
        ("auto_fail: maybe\n    expect: {say: hi}", "criteria[1].auto_fail: must be true or false (it says 'maybe')"),
        ("when: [broken]\n    expect: {say: hi}", "criteria[1].when: must be made of `key: value` lines"),
    ],
)
def test_a_wrong_line_is_named_with_what_to_write(line: str, message: str) -> None:
    assert mistake(line) == (6, message)


ONE_OF_THREE = "a criterion needs exactly one of `expect:`, `forbid:` and `measure:`"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("why: x", f"{ONE_OF_THREE}, and this one has none; add one"),
        (
            "expect: {say: hi}\n    forbid: {say: ho}",
            f"{ONE_OF_THREE}, and this one has expect and forbid; make two of it",
        ),
        (
            "measure: {dead_air: {}}\n    expect: {say: hi}",
            f"{ONE_OF_THREE}, and this one has expect and measure; make two of it",
        ),
        (
            "expect: {say: hi, within: {after: when}}",
            "`within: {after: when}` counts from a trigger, but there is no `when:`; add one",
        ),
        (
            "when: {say: hi, within: {after: when}}\n    expect: {say: ho}",
            "`when:` cannot wait for itself; its window counts from the beginning or up to the end",
        ),
        (
            "auto_fail: true\n    forbid: {say: hi, at_least: 2}",
            "`auto_fail` with `forbid: {at_least: …}` is not possible; forbid it from the first time on",
        ),
    ],
)
def test_parts_that_do_not_go_together_are_named_with_the_criterion(lines: str, message: str) -> None:
    assert mistake(lines) == (4, f"criteria[1]: {message}")


def test_each_wrong_phrase_of_a_list_has_its_own_line() -> None:
    _, problems = check(
        HEAD + "    expect:\n      say:\n        - good day\n        - (good\n        - hello\n        - day)\n"
    )
    assert [line for line, _ in problems] == [9, 11]
    assert "never closed" in problems[0][1]
    assert "closes no bracket" in problems[1][1]


def test_phrases_not_to_be_near_are_checked_too() -> None:
    line, message = mistake("forbid: {say: hi, not_near: {say: [ok, '/(/']}}")
    assert line == 6
    assert "criteria[1].forbid.not_near.say[2]: /(/ is not a regular expression" in message


@pytest.mark.parametrize("weight", [".nan", "nan", "inf", ".inf", "1e6", "1000000", "1" + "0" * 400])
def test_a_weight_is_a_sensible_number(weight: str) -> None:
    value, problems = check(f"{HEAD}    weight: {weight}\n    expect: {{say: hi}}\n")
    assert value is None
    assert [line for line, _ in problems] == [6]


@pytest.mark.parametrize("window", ["1" + "0" * 400, "9" * 4_400 + " turns", "9" * 400 + "s", "{last: 1e9s}"])
def test_a_window_is_a_sensible_length(window: str) -> None:
    value, problems = check(f"{HEAD}    expect: {{say: hi, within: {window}}}\n")
    assert value is None
    assert [line for line, _ in problems] == [6]


def test_a_version_with_a_point_asks_for_quotes() -> None:
    line = "must be a whole number, or text in quotes, such as '1.1'"
    _, problems = check(HEAD.replace("name:", "version: 1.25\nname:") + "    expect: {say: hi}\n")
    assert problems == [(2, f"version: {line} (it says 1.25)")]


def test_a_line_of_a_test_call_needs_a_speaker_and_quotes() -> None:
    text = HEAD + "    expect: {say: hi}\ntests:\n  - name: t\n    call:\n      - agent: hi\n      - hello\n"
    text += "      - 'customer: hm'\n    expect: {hello: passed}\n"
    _, problems = check(text)
    assert problems == [
        (10, "tests[1].call[1]: must be text; put it in quotes"),
        (11, "tests[1].call[2]: the line 'hello' must begin with `agent:` or `customer:`; put it in quotes"),
        (13, "tests[1].expect.hello: must be 'pass', 'fail', 'na' or 'review' (it says 'passed')"),
    ]


def test_mistakes_everywhere_come_at_once() -> None:
    text = """\
format: 2
name: Front Desk
titel: Front desk
pass_mark: 120
scorable_if: {min_duration: ages, both_spoke: perhaps, min_wrods: 3}
criteria:
  - id: Hello there
    expect: {say: hi}
  - title: Says goodbye
    forbid:
      say: (bye
      within: {last: now}
  - 7
tests:
  - call: []
    expect: {}
"""
    _, problems = check(text)
    assert problems == [
        (1, "format: must be 1 (it says 2)"),
        (
            2,
            "name: must be lower-case letters, digits and _ (like make_it_right), beginning with a letter"
            " (it says 'Front Desk')",
        ),
        (3, "titel: there is no key 'titel' here; did you mean 'title'?"),
        (4, "pass_mark: must be less than or equal to 100 (it says 120)"),
        (5, "scorable_if.both_spoke: must be true or false (it says 'perhaps')"),
        (5, "scorable_if.min_duration: 'ages' is not a length of time; write it like 20s, 1m30s or 2min"),
        (5, "scorable_if.min_wrods: there is no key 'min_wrods' here; did you mean 'min_words'?"),
        (
            7,
            "criteria[1].id: must be lower-case letters, digits and _ (like make_it_right), beginning with a letter"
            " (it says 'Hello there')",
        ),
        (7, "criteria[1].title is missing; add it"),
        (9, "criteria[2].id is missing; add it"),
        (11, "criteria[2].forbid.say: '(bye': the bracket before 'bye' is never closed with ')'"),
        (12, "criteria[2].forbid.within.last: 'now' is not a window; write it like 20s or 2 turns"),
        (13, "criteria[3]: must be made of `key: value` lines (it says 7)"),
        (15, "tests[1].call: needs at least one entry"),
        (15, "tests[1].name is missing; add it"),
        (16, "tests[1].expect: needs at least one entry"),
    ]


@pytest.mark.parametrize("criteria", ["", " []", " {id: x}", " [x]"])
def test_criteria_are_a_list_of_criteria(criteria: str) -> None:
    value, problems = check(f"format: 1\nname: a\ncriteria:{criteria}\n")
    assert value is None
    assert [line for line, _ in problems] == [3]


@given(st.text(max_size=60), st.sampled_from(["why", "weight", "expect", "when", "id", "good", "auto_fail"]))
def test_any_text_in_a_rubric_is_taken_or_refused(text: str, key: str) -> None:
    try:
        value, problems = validate(parse_yaml(f"{HEAD}    {key}: {text}\n", "r.yaml"), RubricFile)
    except RubricError:
        return
    assert (value is None) == bool(problems)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["hi", "20s", "when", "2 turns", "(", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["behavior", "say", "within", "after", "seconds", "turns", "last", "not_near", "words"]),
            inner,
        )
    ),
    max_leaves=8,
)


@given(VALUES)
def test_any_condition_is_taken_or_refused(value: Any) -> None:
    # JSON is YAML, but for the numbers JSON does not have.
    text = json.dumps(value).replace("NaN", ".nan").replace("Infinity", ".inf")
    file, problems = validate(parse_yaml(f"{HEAD}    expect: {text}\n", "r.yaml"), RubricFile)
    assert (file is None) == bool(problems)
    if file is not None:
        window = file.criteria[0].demand.within
        assert window is None or sum((window.first is None, window.last is None, window.after is None)) == 2


def test_the_schema_takes_a_rubric_and_refuses_a_typing_mistake() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    good = {"format": 1, "name": "a", "criteria": [{"id": "x", "title": "X", "expect": {"say": ["hi"]}}]}
    jsonschema.validate(good, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**good, "criterias": []}, schema)


def test_the_schema_takes_what_the_loader_takes() -> None:
    short = {
        "format": 1,
        "name": "a",
        "scorable_if": {"min_duration": "20s"},
        "criteria": [{"id": "x", "title": "X", "expect": {"say": "hi", "behavior": "greeting", "within": "20s"}}],
    }
    jsonschema.validate(short, json_schema())


def test_a_rubric_crosses_process_borders() -> None:
    file = rubric(HEAD + "    expect: {behavior: wave, within: 20s}\n")
    behavior = Behavior(BehaviorFile(format=1, behavior="wave", phrases=[{"say": ["hi", "hello"], "unless": ["no"]}]))
    sent = pickle.loads(pickle.dumps(Rubric(file, {"wave": behavior}, "abc", "r.yaml")))
    assert (sent.name, sent.criteria, sent.sha256) == ("front-desk", tuple(file.criteria), "abc")
    assert [phrase.source for phrase in sent.behaviors["wave"].phrases] == ["hi", "hello"]
