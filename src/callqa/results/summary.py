"""Call results added up per agent and for the whole run."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, variance
from typing import Annotated

from pydantic import Field

from callqa.core.intervals import student95
from callqa.core.json_form import Count, JsonForm, Score
from callqa.results.rubric_snapshot import RubricSnapshot, snapshot_of
from callqa.rubrics.rubric_schema import Rubric
from callqa.scoring.scorecard import CallResult
from callqa.settings import MIN_CALLS_TO_COMPARE

TYPICAL_SPREAD = 20.0
"""Points by which an agent's calls typically differ. One imaginary call's worth of it is mixed into the observed
spread, so that two calls with equal scores do not look certain."""


@JsonForm("passed", "failed", "na", "review")
@dataclass(frozen=True)
class Counts:
    """Verdicts of one criterion over some calls."""

    passed: Annotated[Count, Field(alias="pass")] = 0
    failed: Annotated[Count, Field(alias="fail")] = 0
    na: Count = 0
    review: Count = 0

    @property
    def opportunities(self) -> int:
        """Calls that called for the behavior and could be decided."""
        return self.passed + self.failed


@dataclass(frozen=True)
class AgentSummary:
    """The calls of one agent, or of another group, added up."""

    agent: str
    calls: Count
    scored: Count
    mean_score: Score | None
    interval: tuple[Score, Score] | None
    """95 % interval of the mean; None for fewer than two scores."""
    criteria: dict[str, Counts]
    auto_fails: Count
    critical_misses: Count
    to_review: Count
    """Calls with at least one criterion a person must listen to."""
    provisional: Count

    @property
    def name(self) -> str:
        """The agent, team, week or other group."""
        return self.agent


@dataclass(frozen=True)
class Coverage:
    """The number of recordings found, and the outcome for each."""

    found: Count
    scored: Count
    unscorable: Count
    failed: Count
    reasons: dict[str, Count]
    """Unscorable calls by reason."""


@dataclass(frozen=True)
class RunSummary:
    """The whole result of a run: everything a report shows. `agents` are in alphabetical order; nobody is ranked."""

    rubric: RubricSnapshot
    coverage: Coverage
    calls: tuple[CallResult, ...]
    agents: tuple[AgentSummary, ...]
    skipped: int = 0
    """Other files in the folders, which were left alone."""
    interrupted: bool = False
    """True if the run was stopped before all recordings were done."""
    min_calls: int = MIN_CALLS_TO_COMPARE
    """Scored calls an agent needs before a report compares scores."""

    @property
    def provisional(self) -> int:
        """Scored calls judged from a transcript too poor to rely on."""
        return sum(call.provisional for call in self.calls if call.status == "scored")

    @property
    def audio_seconds(self) -> float:
        """Seconds of all recordings whose length is known."""
        return sum(call.duration or 0.0 for call in self.calls)

    @property
    def mean_score(self) -> float | None:
        """Mean over all scored calls."""
        scores = [call.score for call in self.calls if call.score is not None]
        return round(fmean(scores), 1) if scores else None

    def total(self, name: str) -> AgentSummary:
        """Add up all calls, under a name for the row of totals."""
        return summarise_group(name, self.calls, self.rubric)


def summarise(
    rubric: Rubric | RubricSnapshot, calls: Sequence[CallResult], *, skipped: int = 0, not_reached: int = 0
) -> RunSummary:
    """Add up the results of a run; the order of `calls` is kept.

    `rubric` is the one they were judged by, or the snapshot of it in saved results. `not_reached` counts the recordings
    that an interrupted run did not reach.
    """
    snapshot = snapshot_of(rubric) if isinstance(rubric, Rubric) else rubric
    status = Counter(call.status for call in calls)
    reasons = Counter(call.reason_kind or "other" for call in calls if call.status == "unscorable")
    coverage = Coverage(
        found=len(calls) + not_reached,
        scored=status["scored"],
        unscorable=status["unscorable"],
        failed=status["failed"],
        reasons=dict(sorted(reasons.items())),
    )
    of_agent: dict[str, list[CallResult]] = {}
    for call in calls:
        of_agent.setdefault(call.agent, []).append(call)
    names = sorted(of_agent, key=lambda name: (name == "unknown", name.casefold(), name))
    agents = tuple(summarise_group(name, of_agent[name], snapshot) for name in names)
    return RunSummary(snapshot, coverage, tuple(calls), agents, skipped, interrupted=not_reached > 0)


def with_calls(run: RunSummary, calls: Sequence[CallResult]) -> RunSummary:
    """Return the run with its calls replaced by as many others, and everything added up again."""
    return summarise(run.rubric, calls, skipped=run.skipped, not_reached=run.coverage.found - len(run.calls))


def summarise_group(name: str, calls: Sequence[CallResult], rubric: RubricSnapshot) -> AgentSummary:
    """Add up the calls of an agent, or of any other group."""
    scored = [call for call in calls if call.status == "scored"]
    scores = [call.score for call in scored if call.score is not None]
    return AgentSummary(
        agent=name,
        calls=len(calls),
        scored=len(scored),
        mean_score=round(fmean(scores), 1) if scores else None,
        interval=mean_interval(scores),
        criteria=_count_verdicts(scored, rubric),
        auto_fails=sum(call.auto_failed for call in scored),
        critical_misses=sum(call.critical_misses for call in scored),
        to_review=sum(call.to_review > 0 for call in scored),
        provisional=sum(call.provisional for call in scored),
    )


def _count_verdicts(calls: Sequence[CallResult], rubric: RubricSnapshot) -> dict[str, Counts]:
    verdicts = Counter((result.id, result.verdict) for call in calls for result in call.criteria)
    return {
        criterion.id: Counts(
            passed=verdicts[criterion.id, "pass"],
            failed=verdicts[criterion.id, "fail"],
            na=verdicts[criterion.id, "na"],
            review=verdicts[criterion.id, "review"],
        )
        for criterion in rubric.criteria
    }


def steadied_variance(scores: Sequence[float]) -> float:
    """Return the variance of two or more scores, with one imaginary call's worth of TYPICAL_SPREAD mixed in."""
    return ((len(scores) - 1) * variance(scores) + TYPICAL_SPREAD**2) / len(scores)


def mean_interval(scores: Sequence[float]) -> tuple[float, float] | None:
    """Return the 95 % interval of the mean of scores from 0 to 100; None for fewer than two.

    It is Student's t interval with the variance steadied, clipped to 0–100.
    """
    n = len(scores)
    if n < 2:
        return None
    half = student95(n - 1) * math.sqrt(steadied_variance(scores) / n)
    mean = fmean(scores)
    return round(max(0.0, mean - half), 1), round(min(100.0, mean + half), 1)
