from __future__ import annotations

from pathlib import Path

import pytest

from callqa.authoring.rubric_lint import lint_rubric
from callqa.rubrics.loader import load_rubric
from support.cli_runs import Cli

HEAD = "format: 1\nname: desk\ncriteria:\n  - id: one\n    title: One\n"


def warnings(tmp_path: Path, text: str, **behaviors: str) -> list[tuple[int | None, str]]:
    """Line and message of each warning, the behaviors' after the rubric's."""
    (tmp_path / "desk.yaml").write_text(HEAD + text, encoding="utf-8")
    for name, body in behaviors.items():
        (tmp_path / "behaviors").mkdir(exist_ok=True)
        path = tmp_path / "behaviors" / f"{name}.yaml"
        path.write_text(f"format: 1\nbehavior: {name}\nphrases:\n{body}", encoding="utf-8")
    found = lint_rubric(load_rubric(str(tmp_path / "desk.yaml")))
    return [(one.line, one.message) for one in (*found.errors, *found.warnings)]


FINE = "    expect: {say: [so sorry, I apologise]}\n"


def test_nothing_is_said_about_a_rubric_in_order(tmp_path: Path) -> None:
    assert warnings(tmp_path, FINE) == []


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("    expect:\n      say:\n        - so sorry\n        - So sorry.\n", 9, "means the same as 'so sorry'"),
        ("    expect:\n      say: [so sorry,\n        150 days]\n", 8, "contains a number above 100"),
        ("    forbid: {say: no}\n", 6, "is too short"),
        ("    when: {behavior: apology}\n" + FINE, 6, "add `speaker: agent`"),
        ("    expect: {behavior: complaint}\n", 6, "add `speaker: customer`"),
        ("    weight: 0\n" + FINE, 3, "no criterion has a weight above 0"),
        ("    expect: {say: credit card, not_near: {say: credit}}\n", 6, "rules out every phrase"),
        ("    good:\n      - Never mind.\n" + FINE, 7, "'Never mind.' would not meet the criterion"),
        ("    good: [So what.]\n    forbid: {say: so what}\n", 6, "is itself what the criterion forbids"),
        (
            FINE + '  - {id: two, title: Two, forbid: {say: so what}}\ntests:\n  - {name: t, call: ["agent: Hm."],'
            " expect: {two: pass}}\n",
            4,
            "no test expects a verdict for 'one'",
        ),
    ],
)
def test_what_is_odd_in_a_rubric(tmp_path: Path, text: str, line: int, message: str) -> None:
    [(told_line, told)] = warnings(tmp_path, text)
    assert (told_line, message in told) == (line, True), told


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        ("  - ahoy there\n  - Ahoy there!\n", 5, "means the same as the phrase on line 4; leave one out"),
        ("  - ahoy there\n  - say: [200 knots]\n", 5, "contains a number above 100"),
        ("  - ahoy there\n  - {say: avast there, with_model: true}\n", 5, "because ahoy has no model"),
        ("  - ahoy there\nexceptions: [ahoy]\n", 4, "is never found, because an exception rules it out"),
        (
            "  - ahoy there\nexamples: {found: [Ahoy.]}\n",
            5,
            "no phrase finds it; add a phrase, or mark the example `todo: true`",
        ),
        ("  - ahoy\nexamples: {not_found: [Hm., Ahoy!]}\n", 5, "but the phrase 'ahoy' finds it; add an exception"),
        ("  - thank you\n  - ahoy there\n", 4, "is in the behavior thanks as well; keep it in one of the two"),
        (
            "  - thank you so\nexamples:\n  found: [thank you so, so thank you so, Thank you so!, thank you so much]\n",
            6,
            "the behavior thanks finds the same words in 4 of these 4",
        ),
    ],
)
def test_what_is_odd_in_a_behavior(tmp_path: Path, body: str, line: int, message: str) -> None:
    [(told_line, told)] = warnings(tmp_path, FINE, ahoy=body)
    assert (told_line, message in told) == (line, True), told


def test_the_same_words_under_two_conditions_are_no_mistake(tmp_path: Path) -> None:
    body = "  - {say: ahoy, after: who goes}\n  - {say: ahoy, first_turns: 1}\n"
    assert warnings(tmp_path, FINE, ahoy=body) == []


@pytest.mark.parametrize("name", ["support", "customer-shoes", "last", "heard"])
def test_the_shipped_rubrics_have_no_errors(name: str) -> None:
    found = lint_rubric(load_rubric(name))
    assert found.errors == ()
    assert [one for one in found.warnings if "behaviors" not in one.file] == []


def test_check_tells_warnings_and_keeps_errors_from_looking_green(callqa: Cli, tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text(HEAD + "    expect: {say: 150 days}\n")
    done = callqa("rubric", "check", "ours.yaml")
    assert done.status == 0
    assert "ours.yaml:6: warning: criteria[1].expect.say: '150 days' contains a number above 100" in done.out
    assert "no errors, 1 warning" in done.out
    assert callqa("rubric", "check", "ours.yaml", "--strict").status == 1
    (tmp_path / "behaviors").mkdir()
    ahoy = "format: 1\nbehavior: ahoy\nphrases: [ahoy]\nexamples: {found: [Hm.]}\n"
    (tmp_path / "behaviors" / "ahoy.yaml").write_text(ahoy)
    done = callqa("rubric", "check", "ours.yaml")
    assert done.status == 2
    assert "behaviors/ahoy.yaml:4: examples.found[1]: 'Hm.' should be found" in done.err
    (tmp_path / "behaviors" / "ahoy.yaml").unlink()
    (tmp_path / "x.test.yaml").write_text("format: 1\nrubric: ours\ntests: []\n")
    assert callqa("rubric", "check", "ours.yaml").status == 2


def test_taking_the_place_of_a_shipped_behavior_is_not_silent(tmp_path: Path) -> None:
    [(line, told)] = warnings(tmp_path, FINE, apology="  - our bad\n")
    assert (line, "replaces the shipped 'apology'" in told) == (2, True)
    assert "`extends: shipped`" in told
