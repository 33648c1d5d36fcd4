"""Call results added up per agent and for the whole run."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean, variance

from callqa.core.intervals import student95
from callqa.results.rubric_snapshot import RubricSnapshot, snapshot_of
from callqa.rubrics.rubric_schema import Rubric
from callqa.scoring.scorecard import CallResult
from callqa.settings import MIN_CALLS_TO_COMPARE

TYPICAL_SPREAD = 20.0
"""Points by which an agent's calls typically differ. One imaginary call's worth of it is mixed into the spread that was
seen, so that two calls with equal scores do not look certain."""


@dataclass(frozen=True)
class Counts:
    """Verdicts of one criterion over some calls."""

    passed: int = 0
    failed: int = 0
    na: int = 0
    review: int = 0

    @property
    def opportunities(self) -> int:
        """Calls that called for the behavior and could be decided."""
        return self.passed + self.failed


@dataclass(frozen=True)
class AgentSummary:
    """One agent's calls: `calls` in all, of which `scored`; the mean score and its 95 % interval."""

    agent: str
    calls: int
    scored: int
    mean_score: float | None
    interval: tuple[float, float] | None
    criteria: dict[str, Counts]
    auto_fails: int
    critical_misses: int
    to_review: int
    """Calls with at least one criterion a person must listen to."""
    provisional: int


@dataclass(frozen=True)
class Coverage:
    """What became of everything that was found."""

    found: int
    scored: int
    unscorable: int
    failed: int
    reasons: dict[str, int] = field(default_factory=dict)
    """Unscorable calls by reason."""


@dataclass(frozen=True)
class RunSummary:
    """The whole result of a run: what a report shows. `agents` are in alphabetical order; nobody is ranked."""

    rubric: RubricSnapshot
    coverage: Coverage
    calls: tuple[CallResult, ...]
    agents: tuple[AgentSummary, ...]
    skipped: int = 0
    """Other files in the folders, left alone."""
    interrupted: bool = False
    """Whether the run was stopped before all recordings were done."""
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


def summarise(
    rubric: Rubric | RubricSnapshot, calls: Sequence[CallResult], *, skipped: int = 0, not_reached: int = 0
) -> RunSummary:
    """Add up the results of a run; the order of `calls` is kept.

    `rubric` is the one they were judged by, or what saved results tell of it.

    `not_reached` counts recordings an interrupted run did not come to.
    """
    standard = snapshot_of(rubric) if isinstance(rubric, Rubric) else rubric
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
    agents = tuple(summarise_group(name, of_agent[name], standard) for name in names)
    return RunSummary(standard, coverage, tuple(calls), agents, skipped, interrupted=not_reached > 0)


def with_calls(run: RunSummary, calls: Sequence[CallResult]) -> RunSummary:
    """The run with its calls changed, as many as before, and everything added up anew."""
    return summarise(run.rubric, calls, skipped=run.skipped, not_reached=run.coverage.found - len(run.calls))


def summarise_group(name: str, calls: Sequence[CallResult], rubric: RubricSnapshot) -> AgentSummary:
    """The calls of an agent, or of any other group, added up."""
    scored = [call for call in calls if call.status == "scored"]
    scores = [call.score for call in scored if call.score is not None]
    criteria = {criterion.id: _count(criterion.id, scored) for criterion in rubric.criteria}
    return AgentSummary(
        agent=name,
        calls=len(calls),
        scored=len(scored),
        mean_score=round(fmean(scores), 1) if scores else None,
        interval=mean_interval(scores),
        criteria=criteria,
        auto_fails=sum(call.auto_failed for call in scored),
        critical_misses=sum(call.critical_misses for call in scored),
        to_review=sum(call.to_review > 0 for call in scored),
        provisional=sum(call.provisional for call in scored),
    )


def _count(criterion: str, calls: Sequence[CallResult]) -> Counts:
    verdicts = Counter(result.verdict for call in calls for result in call.criteria if result.id == criterion)
    return Counts(verdicts["pass"], verdicts["fail"], verdicts["na"], verdicts["review"])


def steadied_variance(scores: Sequence[float]) -> float:
    """The variance of two or more scores, with one imaginary call's worth of TYPICAL_SPREAD mixed in."""
    return ((len(scores) - 1) * variance(scores) + TYPICAL_SPREAD**2) / len(scores)


def mean_interval(scores: Sequence[float]) -> tuple[float, float] | None:
    """95 % interval of the mean of scores from 0 to 100; None for fewer than two.

    Student's t interval with the variance steadied, clipped to 0–100.
    """
    n = len(scores)
    if n < 2:
        return None
    half = student95(n - 1) * math.sqrt(steadied_variance(scores) / n)
    mean = fmean(scores)
    return round(max(0.0, mean - half), 1), round(min(100.0, mean + half), 1)
