from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from callqa.errors import RubricError
from callqa.rubrics.loader import load_rubric
from support.rubric_texts import DESK

Write = Callable[[str, str], Path]


def problems(name: str) -> list[str]:
    with pytest.raises(RubricError) as caught:
        load_rubric(name)
    return [str(problem) for problem in caught.value.problems]


def test_a_behavior_nobody_knows_is_named_with_a_suggestion(write: Write) -> None:
    text = DESK.replace("{behavior: wave}", "{behavior: [wave, sory], at_least: 2}\n    when: {behavior: zzz}")
    path = write("team/desk.yaml", text)
    assert problems(str(path)) == [
        f"{path}:6: criteria[1].expect.behavior: no behavior is called 'sory'; did you mean 'sorry'?",
        f"{path}:7: criteria[1].when.behavior: no behavior is called 'zzz'; known: sorry, wave",
    ]


def test_an_id_given_twice_is_named(write: Write) -> None:
    path = write(
        "team/desk.yaml", DESK.replace("tests:", "  - id: waves\n    title: Again\n    forbid: {say: no}\ntests:")
    )
    assert problems(str(path)) == [
        f"{path}:7: criteria[2].id: 'waves' is the id of another criterion; give each its own"
    ]


def test_two_criteria_without_an_id_do_not_share_one(write: Write) -> None:
    path = write("team/desk.yaml", "format: 1\nname: a\ncriteria:\n" + "  - title: X\n    expect: {say: hi}\n" * 2)
    assert problems(str(path)) == [
        f"{path}:4: criteria[1].id is missing; add it",
        f"{path}:6: criteria[2].id is missing; add it",
    ]


def test_a_test_of_a_criterion_nobody_knows_is_named(write: Write) -> None:
    path = write("team/desk.yaml", DESK.replace("{waves: pass}", "{wavs: pass}"))
    assert problems(str(path)) == [f"{path}:10: tests[1].expect: no criterion has the id 'wavs'; did you mean 'waves'?"]
