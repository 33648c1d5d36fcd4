"""Calls added up by team, by week or by criterion instead of by agent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import PlainSerializer

from callqa.core.agreement import wilson
from callqa.core.json_form import JsonForm, Score
from callqa.errors import UsageError
from callqa.results.summary import AgentSummary, Counts, RunSummary, summarise_group
from callqa.scoring.scorecard import CallResult

Grouping = Literal["agent", "team", "week", "criterion"]

NO_TEAM = "no team"
NO_DATE = "no date"


Percent = Annotated[Score, PlainSerializer(lambda share: round(share, 1), return_type=float)]
"""A share in percent, which JSON rounds."""


@JsonForm("counts", "share", "interval")
@dataclass(frozen=True)
class CriterionFigures:
    """One criterion of a group: the verdicts, and the share that met it, in percent."""

    counts: Counts

    @property
    def share(self) -> Percent | None:
        """Percent of the decided calls; None if nothing could be decided."""
        return 100 * (self.counts.passed / self.counts.opportunities) if self.counts.opportunities else None

    @property
    def interval(self) -> tuple[Percent, Percent] | None:
        """95 % interval of the share (Wilson); None if nothing could be decided."""
        if not self.counts.opportunities:
            return None
        low, high = wilson(self.counts.passed, self.counts.opportunities)
        return 100 * low, 100 * high


def by_criterion(group: AgentSummary) -> dict[str, CriterionFigures]:
    """Return the figures of every criterion of a group, in the rubric's order."""
    return {name: CriterionFigures(counts) for name, counts in group.criteria.items()}


def group_calls(calls: Sequence[CallResult], by: Grouping) -> dict[str, list[CallResult]]:
    """Return the calls of each agent, team or week (2026-W47, by ISO 8601), in the order of their names.

    Raises UsageError if no call has a team, or a date.
    """
    groups: dict[str, list[CallResult]] = {}
    for call in calls:
        groups.setdefault(_group(call, by), []).append(call)
    if calls and groups.keys() <= {NO_TEAM}:
        raise UsageError("no call has a team; score with a column team in the --metadata file")
    if calls and groups.keys() <= {NO_DATE}:
        raise UsageError("no call has a date; score with --filename-pattern or with a column started_at in --metadata")
    names = sorted(groups, key=lambda name: (name in (NO_TEAM, NO_DATE, "unknown"), name.casefold(), name))
    return {name: groups[name] for name in names}


def summarise_by(run: RunSummary, by: Grouping) -> list[AgentSummary]:
    """Add up each group of calls; the `agent` of a summary is the name of the group."""
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
