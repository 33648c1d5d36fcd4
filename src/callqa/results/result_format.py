"""The JSON form of a run's results (`callqa score -f json`).

Format 1: rubric, coverage, calls with criteria and evidence, agents. Other people's scripts read it: keys are only ever
added, after the existing ones. A field added to one of the dataclasses in it becomes a key of the JSON, of its JSON
Schema and of what is read; `JsonForm` keeps the order of the first keys and says which must be present.
"""

from __future__ import annotations

from typing import Literal

from pydantic import ValidationError

from callqa import __version__
from callqa.core.json_form import Count, JsonObject
from callqa.errors import UsageError
from callqa.results.rubric_snapshot import RubricSnapshot
from callqa.results.summary import AgentSummary, Coverage, RunSummary
from callqa.scoring.scorecard import CallResult

FORMAT: Literal[1] = 1
"""Number of the results JSON form. 1: the form of this module."""

# pydantic's sentences about dataclasses, as it says them about other objects.
_SENTENCES = {"unexpected_keyword_argument": "extra inputs are not permitted"}


class RubricId(JsonObject):
    """The rubric the calls were judged by."""

    name: str
    version: int | str
    sha256: str
    """Over the rubric file and the behavior files it judges with: rubrics with equal hashes judge alike."""


class ResultsFile(JsonObject):
    """The results of a run of `callqa score`."""

    format: Literal[1]
    callqa: str
    """The version that wrote it."""
    rubric: RubricSnapshot
    coverage: Coverage
    calls: tuple[CallResult, ...]
    agents: tuple[AgentSummary, ...]
    interrupted: bool
    """True if the run was stopped before all recordings were done."""
    skipped: Count
    """Files in the folders that are neither recordings nor transcripts."""


def rubric_id(rubric: RubricSnapshot) -> RubricId:
    """Return a rubric as the shorter files name it."""
    return RubricId.model_validate(rubric)


def results_file(run: RunSummary) -> ResultsFile:
    """Return the results of a run in their JSON form."""
    return ResultsFile(
        format=FORMAT,
        callqa=__version__,
        rubric=run.rubric,
        coverage=run.coverage,
        calls=run.calls,
        agents=run.agents,
        interrupted=run.interrupted,
        skipped=run.skipped,
    )


def read_results(text: str) -> ResultsFile:
    """Read the output of `callqa score -f json`. Raises UsageError for any other text, with the first difference."""
    text = text.removeprefix("\ufeff").encode("utf-8", "backslashreplace").decode("utf-8")
    try:
        return ResultsFile.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise UsageError(f"this is not a result of `callqa score -f json`: {_first_problem(error)}") from error


def _first_problem(error: ValidationError) -> str:
    first, *others = error.errors(include_url=False, include_input=False)
    if first["type"] == "json_invalid":
        return f"it is not valid JSON ({first['ctx']['error']})"
    if first["loc"] == ("format",) and first["type"] == "literal_error":
        return f"its format is not {FORMAT}, the one this version of callqa reads; write it again with this version"
    at = ".".join(str(step) for step in first["loc"])
    sentence = _SENTENCES.get(first["type"]) or f"{first['msg'][0].lower()}{first['msg'][1:]}"
    more = f" (and {len(others)} more like it)" if others else ""
    return f"{f'at {at}, ' if at else ''}{sentence}{more}"
