from __future__ import annotations

import pickle

import pytest

from callqa import errors
from callqa.errors import CallqaError, Problem, RecordingError, RubricError, TranscriptError, UsageError

PROBLEMS = (Problem("r.yaml", 3, "x is missing; add it"), Problem("b.yaml", None, "is not UTF-8 text"))


def test_a_problem_names_file_and_line() -> None:
    assert [str(problem) for problem in PROBLEMS] == ["r.yaml:3: x is missing; add it", "b.yaml: is not UTF-8 text"]


def test_a_rubric_error_lists_every_problem() -> None:
    error = RubricError(list(PROBLEMS))
    assert str(error) == "r.yaml:3: x is missing; add it\nb.yaml: is not UTF-8 text"
    assert error.problems == PROBLEMS


def every_error() -> list[type[CallqaError]]:
    return [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, CallqaError)]


@pytest.mark.parametrize("kind", every_error())
def test_every_error_can_be_pickled(kind: type[CallqaError]) -> None:
    error = RubricError(PROBLEMS) if kind is RubricError else kind("it is empty; copy it again")
    sent = pickle.loads(pickle.dumps(error))
    assert type(sent) is kind
    assert str(sent) == str(error)


def test_a_pickled_rubric_error_keeps_its_problems() -> None:
    assert pickle.loads(pickle.dumps(RubricError(PROBLEMS))).problems == PROBLEMS


def test_errors_form_the_documented_tree() -> None:
    assert issubclass(RubricError, UsageError)
    assert issubclass(TranscriptError, RecordingError)
    assert not issubclass(RecordingError, UsageError)
