"""Calls added up by team or by week, and criteria by themselves, in place of by agent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from callqa.core.agreement import wilson
from callqa.errors import UsageError
from callqa.results.rubric_snapshot import CriterionInfo
from callqa.results.summary import AgentSummary, Counts, RunSummary, summarise_group
from callqa.scoring.scorecard import CallResult

Grouping = Literal["agent", "team", "week", "criterion"]

NO_TEAM = "no team"
NO_DATE = "no date"


@dataclass(frozen=True)
class CriterionFigures:
    """One criterion over all calls: the verdicts, and the share that met it with its 95 % interval (Wilson)."""

    line: CriterionInfo
    counts: Counts

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where nothing could be decided."""
        return self.counts.passed / self.counts.opportunities if self.counts.opportunities else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """From 0 to 1; None where nothing could be decided."""
        return wilson(self.counts.passed, self.counts.opportunities) if self.counts.opportunities else None


def by_criterion(run: RunSummary) -> list[CriterionFigures]:
    """Every criterion, in the rubric's order."""
    whole = summarise_group("", run.calls, run.rubric)
    return [CriterionFigures(line, whole.criteria[line.id]) for line in run.rubric.criteria]


def group_calls(calls: Sequence[CallResult], by: Grouping) -> dict[str, list[CallResult]]:
    """The calls of each agent, team or week (2026-W47, by ISO 8601), in the order of their names.

    Raises UsageError where no call tells its team, or when it began.
    """
    groups: dict[str, list[CallResult]] = {}
    for call in calls:
        groups.setdefault(_group(call, by), []).append(call)
    if calls and groups.keys() <= {NO_TEAM}:
        raise UsageError("no call tells a team; score with a column team in the --metadata file")
    if calls and groups.keys() <= {NO_DATE}:
        raise UsageError(
            "no call tells when it began; score with --filename-pattern or with a column started_at in --metadata"
        )
    names = sorted(groups, key=lambda name: (name in (NO_TEAM, NO_DATE, "unknown"), name.casefold(), name))
    return {name: groups[name] for name in names}


def summarise_by(run: RunSummary, by: Grouping) -> list[AgentSummary]:
    """What each group of calls reached; the summary's `agent` is the name of the group."""
    return [summarise_group(name, calls, run.rubric) for name, calls in group_calls(run.calls, by).items()]


def _group(call: CallResult, by: Grouping) -> str:
    if by == "team":
        return call.team or NO_TEAM
    if by == "week":
        if call.started_at is None:
            return NO_DATE
        year, week, _ = call.started_at.isocalendar()
        return f"{year}-W{week:02}"
    return call.agent
