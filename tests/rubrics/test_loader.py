from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml

from callqa.errors import RubricError, UsageError
from callqa.rubrics.folders import shipped_folder
from callqa.rubrics.loader import find_rubric, load_rubric, shipped_rubrics
from callqa.rubrics.rubric_schema import json_schema
from support.rubric_texts import DESK

Write = Callable[[str, str], Path]


def problems(name: str) -> list[str]:
    with pytest.raises(RubricError) as caught:
        load_rubric(name)
    return [str(problem) for problem in caught.value.problems]


def test_the_shipped_rubric_can_be_used_and_edited_with_its_schema() -> None:
    rubric = load_rubric("support")
    assert [criterion.id for criterion in rubric.criteria] == ["greeting", "apology", "make_it_right", "no_arguing"]
    assert {"complaint", "arguing", "hold_request"} <= set(rubric.behaviors)
    text = (shipped_folder() / "support.yaml").read_text(encoding="utf-8")
    jsonschema.validate(yaml.safe_load(text), json_schema())


def test_the_shipped_rubrics_are_known_by_name() -> None:
    assert shipped_rubrics()["support"] == shipped_folder() / "support.yaml"
    assert "_cues" not in shipped_rubrics()


def test_a_rubric_is_found_by_name_or_path(write: Write) -> None:
    own = write("team/own.yml", DESK)
    assert find_rubric("desk").name == "desk.yaml"
    assert find_rubric(str(own)) == own
    assert find_rubric("team/own.yml") == Path("team/own.yml")
    assert list(shipped_rubrics()) == ["desk"]


def test_a_shipped_rubric_goes_before_a_file_of_its_name(write: Write) -> None:
    write("desk", "format: 1")
    assert find_rubric("desk").name == "desk.yaml"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("dsk", "no rubric and no file is called 'dsk'; did you mean 'desk'?"),
        ("zzz", "no rubric and no file is called 'zzz'; known: desk"),
        ("none.yaml", "there is no rubric file none.yaml; give the path of a YAML file or one of: desk"),
        ("team/none", "there is no rubric file team/none; give the path of a YAML file or one of: desk"),
        ("", "no rubric and no file is called ''; known: desk"),
        ("shipped", "no rubric and no file is called 'shipped'; known: desk"),
    ],
)
def test_a_rubric_that_is_not_there_is_a_usage_error(write: Write, name: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_rubric(name)
    assert str(caught.value) == message


@pytest.mark.parametrize("name", ["x" * 5_000, "a\0b"])
def test_a_name_no_file_can_have_is_a_usage_error(write: Write, name: str) -> None:
    with pytest.raises(UsageError, match="no rubric and no file is called"):
        find_rubric(name)


def test_the_mistakes_of_all_files_come_at_once(write: Write) -> None:
    path = write(
        "team/desk.yaml",
        DESK.replace("title: Waves", "titel: Waves").replace("{waves: pass}", "{wavs: pass}")
        + "  - name: another\n    call: ['hm']\n    expect: {waves: pass}\n",
    )
    one = write("team/behaviors/one.yaml", "format: 1\nbehavior: one\nphrases:\n  - (a\n  - b\n  - c)\n")
    two = write("team/behaviors/two.yaml", "format: 1\nphrases: []\n")
    three = write("team/behaviors/three.yaml", "a: [")
    found = problems(str(path))
    assert [problem.split(": ", 1)[0] for problem in found] == [
        *(f"{one}:4", f"{one}:6", f"{three}:1", f"{two}:1", f"{two}:2"),
        *(f"{path}:4", f"{path}:5", f"{path}:10", f"{path}:12"),
    ]


def test_a_rubric_that_is_not_yaml_does_not_hide_its_behaviors_mistakes(write: Write) -> None:
    path = write("team/desk.yaml", "criteria: [")
    behavior = write("team/behaviors/one.yaml", "format: 1\nbehavior: one\n")
    assert [problem.split(": ", 1)[0] for problem in problems(str(path))] == [f"{behavior}:1", f"{path}:1"]


def test_a_shipped_file_is_named_from_rubrics_on(write: Write) -> None:
    write("shipped/desk.yaml", "format: 1\n")
    write("shipped/behaviors/sorry.yaml", "format: 1\n")
    assert {problem.split(":")[0] for problem in problems("desk")} == {
        "rubrics/desk.yaml",
        "rubrics/behaviors/sorry.yaml",
    }


@pytest.mark.parametrize("text", ["", "- a\n", "7\n", "criteria: 3\ntests: [1]\n", "criteria: [1, [2], {when: [3]}]\n"])
def test_a_rubric_of_another_shape_is_refused(write: Write, text: str) -> None:
    assert problems(str(write("team/desk.yaml", text)))
