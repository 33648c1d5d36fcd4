"""Two periods compared, per group of calls: the differences that are greater than chance explains.

A difference counts as a change if its 95 % interval excludes zero, and if there are enough calls on both sides. The
interval of two mean scores is Welch's, with each variance steadied like that of a mean score; the interval of two
shares is Newcombe's. Of many comparisons some exclude zero by chance alone, one in twenty on average: reports show how
many were made, and none is corrected for the others, since a correction would hide the true ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Annotated, Literal

from pydantic import Field

from callqa.core.intervals import difference_of_means, difference_of_shares
from callqa.core.json_form import Count, JsonForm, Score
from callqa.core.text import plural, shortlist
from callqa.errors import UsageError
from callqa.results.grouping import Grouping, group_calls
from callqa.results.merging import KnownCalls, same_rubric
from callqa.results.rubric_snapshot import RubricSnapshot
from callqa.results.summary import Counts, RunSummary, steadied_variance, summarise_group
from callqa.scoring.scorecard import CallResult
from callqa.settings import MIN_CALLS_TO_COMPARE

MIN_OPPORTUNITIES = 5
"""Decided verdicts needed on both sides. With fewer even all against none can be chance (3 of 3 against 0 of 3 has
p = 0.1 by Fisher's exact test), though Newcombe's interval excludes zero already for 2."""

SCORE = "score"
"""The name of the mean score among the figures."""

State = Literal["better", "worse", "within noise", "too few"]
Points = Annotated[float, Field(ge=-100, le=100)]


@dataclass(frozen=True)
class PeriodFigure:
    """A figure in one period: the mean score of `count` calls, or the percentage of `count` decided verdicts."""

    count: Count
    passed: Count | None
    """Verdicts that met the criterion; None for the mean score."""
    value: Score | None


@JsonForm("figure", "is_criterion", "before", "after", "difference", "interval", "state", left_out=("criterion",))
@dataclass(frozen=True)
class Figure:
    """One figure of one group in both periods."""

    criterion: str | None
    """None for the mean score."""
    before: PeriodFigure
    after: PeriodFigure
    difference: Points | None
    interval: tuple[Points, Points] | None
    """95 % interval of the difference."""
    state: State

    @property
    def figure(self) -> str:
        """The mean score (`score`), or a criterion by its id."""
        return self.criterion or SCORE

    @property
    def is_criterion(self) -> bool:
        """True unless it is the mean score."""
        return self.criterion is not None


@dataclass(frozen=True)
class GroupChange:
    """One agent, or another group of calls, in both periods; all calls together have no name."""

    name: str | None
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Comparison:
    """Two periods compared."""

    rubric: RubricSnapshot
    before: RunSummary
    after: RunSummary
    by: Grouping
    groups: tuple[GroupChange, ...]
    """All calls together first."""
    notes: tuple[str, ...] = ()

    @property
    def tested(self) -> int:
        """Differences that could be compared with chance."""
        return sum(figure.state != "too few" for group in self.groups for figure in group.figures)

    @property
    def changed(self) -> list[tuple[GroupChange, Figure]]:
        """The changes, the clearest first: those whose interval is furthest from zero."""
        found = [(group, one) for group in self.groups for one in group.figures if one.state in ("better", "worse")]
        return sorted(found, key=lambda item: -_distance_from_zero(item[1]))


def _distance_from_zero(figure: Figure) -> float:
    low, high = figure.interval or (0.0, 0.0)
    return max(low, -high)


def compare(before: RunSummary, after: RunSummary, by: Grouping = "agent") -> Comparison:
    """Compare two periods, for all calls and by group; by criterion, for all calls only.

    Raises UsageError if they were judged by different rubrics, or if calls cannot be grouped like that.
    """
    if by == "week":
        raise UsageError("two periods are compared by agent, team or criterion, not by week")
    rubric = same_rubric([("the earlier results", before), ("the later", after)])
    whole = _group_change(None, before.calls, after.calls, rubric)
    groups: list[GroupChange] = []
    if by != "criterion":
        earlier, later = group_calls(before.calls, by), group_calls(after.calls, by)
        names = list(group_calls([*before.calls, *after.calls], by))
        groups = [_group_change(name, earlier.get(name, []), later.get(name, []), rubric) for name in names]
    return Comparison(rubric, before, after, by, (whole, *groups), tuple(_notes(before, after)))


def _group_change(
    name: str | None, before: Sequence[CallResult], after: Sequence[CallResult], rubric: RubricSnapshot
) -> GroupChange:
    earlier, later = (summarise_group("", calls, rubric).criteria for calls in (before, after))
    criteria = [_criterion(criterion.id, earlier[criterion.id], later[criterion.id]) for criterion in rubric.criteria]
    return GroupChange(name, (_mean_score(_scores(before), _scores(after)), *criteria))


def _scores(calls: Iterable[CallResult]) -> list[float]:
    return [call.score for call in calls if call.score is not None]


def _mean_score(before: Sequence[float], after: Sequence[float]) -> Figure:
    sides = [PeriodFigure(len(scores), None, round(fmean(scores), 1) if scores else None) for scores in (before, after)]
    difference = fmean(after) - fmean(before) if before and after else None
    interval = None
    if min(len(before), len(after)) > 1:
        known = [(fmean(scores), steadied_variance(scores), len(scores)) for scores in (before, after)]
        interval = difference_of_means(known[0], known[1])
    return _figure(None, sides[0], sides[1], difference, interval, MIN_CALLS_TO_COMPARE)


def _criterion(name: str, before: Counts, after: Counts) -> Figure:
    known = [(counts.passed, counts.opportunities) for counts in (before, after)]
    sides = [PeriodFigure(of, hits, round(100 * hits / of, 1) if of else None) for hits, of in known]
    difference = interval = None
    if all(of for _, of in known):
        shares = [100 * hits / of for hits, of in known]
        difference = shares[1] - shares[0]
        low, high = difference_of_shares(known[0], known[1])
        interval = (100 * low, 100 * high)
    return _figure(name, sides[0], sides[1], difference, interval, MIN_OPPORTUNITIES)


def _figure(
    name: str | None,
    before: PeriodFigure,
    after: PeriodFigure,
    difference: float | None,
    interval: tuple[float, float] | None,
    least: int,
) -> Figure:
    state: State = "too few"
    if interval is not None and min(before.count, after.count) >= least:
        state = "better" if interval[0] > 0 else "worse" if interval[1] < 0 else "within noise"
    clipped = (max(-100.0, interval[0]), min(100.0, interval[1])) if interval else None
    rounded = (round(clipped[0], 1), round(clipped[1], 1)) if clipped else None
    return Figure(name, before, after, None if difference is None else round(difference, 1), rounded, state)


def _notes(before: RunSummary, after: RunSummary) -> Iterable[str]:
    """Yield other possible explanations of a difference."""
    known = KnownCalls(before.calls)
    if both := sum(known.has(call) for call in after.calls):
        is_ = "is" if both == 1 else "are"
        yield f"{plural(both, 'call')} {is_} in both periods, which makes them look more alike than they are"
    contents = {call.content for call in before.calls if call.content}
    if copies := [call.call_id for call in after.calls if call.content in contents and not known.has(call)]:
        same = (
            "call is the same recording as an earlier call with another id"
            if len(copies) == 1
            else "calls are the same recordings as earlier calls with other ids"
        )
        yield f"{len(copies)} later {same}: {shortlist(copies)}"
    engines = [sorted({_engine(call) for call in run.calls if call.status == "scored"}) for run in (before, after)]
    if all(engines) and engines[0] != engines[1]:
        yield (
            f"the earlier calls were transcribed by {', '.join(engines[0])}, the later by {', '.join(engines[1])}:"
            " that may explain a difference"
        )
    for which, run in (("earlier", before), ("later", after)):
        if run.provisional:
            yield f"{run.provisional} of {plural(run.coverage.scored, f'{which} call')} are only provisional"


def _engine(call: CallResult) -> str:
    return " ".join(filter(None, (call.engine, call.model))) or "an unknown engine"
