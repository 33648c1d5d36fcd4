"""The rubrics that come with callqa keep what they promise, and try out every criterion both ways."""

from __future__ import annotations

import json
from collections.abc import Iterator

import jsonschema
import pytest

from callqa.authoring.rubric_test_files import load_test_files
from callqa.authoring.selftest import run_tests
from callqa.core.yaml_loading import read_yaml
from callqa.rubrics.loader import load_rubric, shipped_rubrics
from callqa.rubrics.rubric_schema import Criterion, Rubric

RUBRICS = {name: load_rubric(name) for name in shipped_rubrics()}

CRITERIA = [(rubric, criterion) for rubric in RUBRICS.values() for criterion in rubric.criteria]


def named(case: object) -> str:
    if isinstance(case, Rubric):
        return case.name
    return case.id if isinstance(case, Criterion) else ""


def verdicts(rubric: Rubric, criterion: Criterion) -> Iterator[str]:
    for test in rubric.tests:
        if criterion.id in test.expect and not test.todo:
            yield test.expect[criterion.id]


def test_these_come_with_callqa() -> None:
    assert set(RUBRICS) == {"support", "customer-shoes", "last", "heard"}


@pytest.mark.parametrize("rubric", RUBRICS.values(), ids=named)
def test_its_own_tests_pass(rubric: Rubric) -> None:
    assert [
        (one.name, one.message) for one in run_tests(rubric, load_test_files(rubric)) if not one.passed and not one.todo
    ] == []


@pytest.mark.parametrize(("rubric", "criterion"), CRITERIA, ids=named)
def test_every_criterion_is_tried_both_ways(rubric: Rubric, criterion: Criterion) -> None:
    wanted = {"pass", "fail"} | ({"na"} if criterion.when or criterion.measure else set())
    assert set(verdicts(rubric, criterion)) >= wanted


@pytest.mark.parametrize(("rubric", "criterion"), CRITERIA, ids=named)
def test_every_criterion_says_why_and_what_to_do(rubric: Rubric, criterion: Criterion) -> None:
    assert criterion.why
    assert criterion.coach


@pytest.mark.parametrize("name", RUBRICS)
def test_an_editor_finds_the_schema(name: str) -> None:
    path = shipped_rubrics()[name]
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    schema = json.loads((path.parent / first.partition("=")[2]).read_text(encoding="utf-8"))
    jsonschema.validate(read_yaml(path).data, schema)
