"""Files of tests next to a rubric, `NAME.test.yaml`, for rubrics with more tests than one file can show."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from callqa.core.suggestions import did_you_mean
from callqa.core.yaml_editing import add_entry
from callqa.core.yaml_loading import YamlFile, parse_yaml, read_yaml
from callqa.core.yaml_validation import problem_order, validate
from callqa.errors import Problem, RubricError, UsageError
from callqa.rubrics.fields import Strict
from callqa.rubrics.folders import TEST_ENDINGS, display_name, yaml_files
from callqa.rubrics.loader import shipped_rubrics
from callqa.rubrics.rubric_schema import Rubric
from callqa.rubrics.rubric_tests import RubricTest


class TestFile(Strict):
    """The YAML form of a file of tests."""

    __test__ = False

    format: Literal[1]
    rubric: str
    """The name of the rubric that they test."""
    tests: list[RubricTest] = Field(min_length=1)


def load_test_files(rubric: Rubric) -> list[RubricTest]:
    """Return the tests for a rubric from the files next to it.

    Raises RubricError with every problem of those files, including the name of a rubric that does not exist.
    """
    folder = Path(rubric.path).parent
    tests: list[RubricTest] = []
    problems: list[Problem] = []
    for path in sorted(path for path in folder.iterdir() if path.name.endswith(TEST_ENDINGS)):
        try:
            yaml_file = read_yaml(path, display_name(path))
        except RubricError as error:
            problems += error.problems
            continue
        file, mistakes = validate(yaml_file, TestFile)
        problems += mistakes
        if file is None:
            continue
        if file.rubric == rubric.name:
            problems += _unknown_criteria(yaml_file, file, [criterion.id for criterion in rubric.criteria])
            tests += file.tests
        elif file.rubric not in (known := _rubric_names(folder)):
            hint = did_you_mean(file.rubric, sorted(known))
            problems.append(yaml_file.problem(("rubric",), f"rubric: no rubric here is called {file.rubric!r}{hint}"))
    if problems:
        raise RubricError(sorted(problems, key=problem_order))
    return tests


def add_test(text: str, rubric: str, test: RubricTest) -> str:
    """Return the text of a file of tests, which may be empty, with one more test at its end.

    Raises RubricError if the text is not a file of tests, and UsageError if it is for another rubric.
    """
    if text.strip():
        file, problems = validate(parse_yaml(text, "the file of tests"), TestFile)
        if file is None:
            raise RubricError(problems)
        if file.rubric != rubric:
            raise UsageError(f"the file of tests is for the rubric {file.rubric}, not for {rubric}; name another file")
    entry = test.model_dump(exclude_defaults=True)
    return add_entry(text, {"format": 1, "rubric": rubric}, "tests", entry)


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


def _rubric_names(folder: Path) -> set[str]:
    """Return the names of the rubrics in a folder, and of those that come with callqa."""
    names = set(shipped_rubrics())
    for path in yaml_files(folder):
        try:
            data: Any = read_yaml(path).data
        except RubricError:
            continue
        if isinstance(data, Mapping) and "criteria" in data and isinstance(data.get("name"), str):
            names.add(data["name"])
    return names
