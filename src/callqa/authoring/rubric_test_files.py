"""Files of tests beside a rubric, `NAME.test.yaml`: for when a rubric's own tests grow too many to read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from callqa.core.yaml_editing import with_entry
from callqa.core.yaml_loading import YamlFile, did_you_mean, in_order, parse_yaml, read_yaml, try_check
from callqa.errors import Problem, RubricError, UsageError
from callqa.rubrics.fields import Strict
from callqa.rubrics.loader import shipped_name, shipped_rubrics
from callqa.rubrics.rubric_schema import Rubric
from callqa.rubrics.rubric_tests import RubricTest

ENDINGS = (".test.yaml", ".test.yml")


class TestFile(Strict):
    """The YAML form of a file of tests."""

    __test__ = False

    format: Literal[1]
    rubric: str
    """The name of the rubric they are for."""
    tests: list[RubricTest] = Field(min_length=1)


def load_beside(rubric: Rubric) -> list[RubricTest]:
    """The tests for a rubric in the files beside it.

    Raises RubricError with every problem of those files; a file for a rubric nobody knows is one.
    """
    folder = Path(rubric.path).parent
    tests: list[RubricTest] = []
    problems: list[Problem] = []
    for path in sorted(path for path in folder.iterdir() if path.name.endswith(ENDINGS)):
        try:
            yaml_file = read_yaml(path, shipped_name(path))
        except RubricError as error:
            problems += error.problems
            continue
        file, mistakes = try_check(yaml_file, TestFile)
        problems += mistakes
        if file is None:
            continue
        if file.rubric == rubric.name:
            problems += _unknown_criteria(yaml_file, file, [criterion.id for criterion in rubric.criteria])
            tests += file.tests
        elif file.rubric not in (known := _names_in(folder)):
            hint = did_you_mean(file.rubric, sorted(known))
            problems.append(yaml_file.problem(("rubric",), f"rubric: no rubric here is called {file.rubric!r}{hint}"))
    if problems:
        raise RubricError(sorted(problems, key=in_order))
    return tests


def with_test(text: str, rubric: str, test: RubricTest) -> str:
    """The text of a file of tests, or nothing, with one more test at its end.

    Raises RubricError where the text is no file of tests, UsageError where it is for another rubric.
    """
    if text.strip():
        file, problems = try_check(parse_yaml(text, "the file of tests"), TestFile)
        if file is None:
            raise RubricError(problems)
        if file.rubric != rubric:
            raise UsageError(f"the file of tests is for the rubric {file.rubric}, not for {rubric}; name another")
    entry = test.model_dump(exclude_defaults=True)
    return with_entry(text, {"format": 1, "rubric": rubric}, "tests", entry)


def _unknown_criteria(yaml_file: YamlFile, file: TestFile, ids: list[str]) -> list[Problem]:
    return [
        yaml_file.problem(
            ("tests", index, "expect", name),
            f"tests[{index + 1}].expect: no criterion has the id {name!r}{did_you_mean(name, ids)}",
        )
        for index, test in enumerate(file.tests)
        for name in test.expect
        if name not in ids
    ]


def _names_in(folder: Path) -> set[str]:
    """The names of the rubrics in a folder, and of those that come with callqa."""
    names = set(shipped_rubrics())
    for path in folder.iterdir():
        if path.suffix in (".yaml", ".yml") and not path.name.endswith(ENDINGS):
            try:
                data: Any = read_yaml(path).data
            except RubricError:
                continue
            if isinstance(data, Mapping) and "criteria" in data and isinstance(data.get("name"), str):
                names.add(data["name"])
    return names
