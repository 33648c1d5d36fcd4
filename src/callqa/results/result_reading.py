"""Saved results read back as the results of a run, so that every report can be made from them again."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

from callqa.errors import UsageError
from callqa.results.result_format import ResultsFile, read_results
from callqa.results.rubric_snapshot import CriterionInfo
from callqa.results.summary import RunSummary, summarise


def load_results(path: Path) -> RunSummary:
    """Read a file of `callqa score -f json`. Raises UsageError if it cannot be read or is something else."""
    try:
        text = path.read_text("utf-8", errors="replace")
    except FileNotFoundError as error:
        made = f"callqa score calls/ -f json -o {shlex.quote(str(path))}"
        raise UsageError(f"the results {path} cannot be read: there is no such file; make it with `{made}`") from error
    except OSError as error:
        raise UsageError(f"the results {path} cannot be read ({error.strerror})") from error
    try:
        return run_of(read_results(text))
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error


def run_of(file: ResultsFile) -> RunSummary:
    """Return the run whose results a file holds."""
    rubric = file.rubric if file.rubric.criteria else replace(file.rubric, criteria=_criteria_of_calls(file))
    not_reached = max(0, file.coverage.found - len(file.calls))
    return summarise(rubric, file.calls, skipped=file.skipped, not_reached=not_reached)


def _criteria_of_calls(file: ResultsFile) -> tuple[CriterionInfo, ...]:
    """Return the criteria as the calls name them, because older results do not list those of the rubric."""
    found = {criterion.id: criterion for call in file.calls for criterion in call.criteria}
    return tuple(
        CriterionInfo(criterion.id, criterion.title, criterion.weight, criterion.auto_fail, criterion.critical)
        for criterion in found.values()
    )
