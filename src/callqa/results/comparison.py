"""Two periods compared, per group of calls: what differs by more than chance explains.

A difference counts as a change when the 95 % interval of it leaves out zero, and when there are enough calls on both
sides to say so. The interval of two mean scores is Welch's, with each variance steadied as that of a mean score is;
that of two shares is Newcombe's. Of many comparisons some leave out zero by chance alone, one in twenty on average: how
many were made is told beside them, and none is corrected for the others, since a correction would hide the true ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from callqa.core.intervals import difference_of_means, difference_of_shares
from callqa.core.text import plural, shortlist
from callqa.errors import UsageError
from callqa.results.grouping import Grouping, group_calls
from callqa.results.merging import KnownCalls, same_standard
from callqa.results.rubric_snapshot import RubricSnapshot
from callqa.results.summary import Counts, RunSummary, steadied_variance, summarise_group
from callqa.scoring.scorecard import CallResult
from callqa.settings import MIN_CALLS_TO_COMPARE

MIN_OPPORTUNITIES = 5
"""Decided verdicts needed on both sides. With fewer even all against none can be chance (3 of 3 against 0 of 3 has
p = 0.1 by Fisher's exact test), though Newcombe's interval leaves out zero from 2 on."""

State = Literal["better", "worse", "within noise", "too few"]


@dataclass(frozen=True)
class PeriodFigure:
    """A figure in one period: the mean score of `count` calls, or `passed` of `count` decided verdicts."""

    count: int
    value: float | None
    """0 to 100: the mean score, or the share that met the criterion in percent."""
    passed: int | None = None


@dataclass(frozen=True)
class Figure:
    """One figure of one group in both periods; `difference` and `interval` are in points from -100 to 100."""

    criterion: str | None
    """None for the mean score."""
    before: PeriodFigure
    after: PeriodFigure
    difference: float | None
    interval: tuple[float, float] | None
    state: State


@dataclass(frozen=True)
class GroupChange:
    """One agent, or another group of calls, in both periods; `name` is None for all calls together."""

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
    def made(self) -> int:
        """Comparisons that could be made."""
        return sum(figure.state != "too few" for group in self.groups for figure in group.figures)

    @property
    def changed(self) -> list[tuple[GroupChange, Figure]]:
        """What changed, the clearest first: whose interval is furthest from zero."""
        found = [(group, one) for group in self.groups for one in group.figures if one.state in ("better", "worse")]
        return sorted(found, key=lambda item: -_clear(item[1]))


def _clear(figure: Figure) -> float:
    low, high = figure.interval or (0.0, 0.0)
    return max(low, -high)


def compare(before: RunSummary, after: RunSummary, by: Grouping = "agent") -> Comparison:
    """Compare two periods, in all and by group; by criterion, in all only.

    Raises UsageError where they were judged by different rubrics, or where calls cannot be grouped so.
    """
    if by == "week":
        raise UsageError("two periods are compared by agent, team or criterion, not by week")
    standard = same_standard([("the earlier results", before), ("the later", after)])
    whole = _group_change(None, before.calls, after.calls, standard)
    groups: list[GroupChange] = []
    if by != "criterion":
        earlier, later = group_calls(before.calls, by), group_calls(after.calls, by)
        names = list(group_calls([*before.calls, *after.calls], by))
        groups = [_group_change(name, earlier.get(name, []), later.get(name, []), standard) for name in names]
    return Comparison(standard, before, after, by, (whole, *groups), tuple(_notes(before, after)))


def _group_change(
    name: str | None, before: Sequence[CallResult], after: Sequence[CallResult], standard: RubricSnapshot
) -> GroupChange:
    sides = [summarise_group("", calls, standard).criteria for calls in (before, after)]
    criteria = [_criterion(line.id, sides[0][line.id], sides[1][line.id]) for line in standard.criteria]
    return GroupChange(name, (_score(_scores(before), _scores(after)), *criteria))


def _scores(calls: Iterable[CallResult]) -> list[float]:
    return [call.score for call in calls if call.score is not None]


def _score(before: Sequence[float], after: Sequence[float]) -> Figure:
    sides = [PeriodFigure(len(scores), round(fmean(scores), 1) if scores else None) for scores in (before, after)]
    difference = fmean(after) - fmean(before) if before and after else None
    interval = None
    if min(len(before), len(after)) > 1:
        known = [(fmean(scores), steadied_variance(scores), len(scores)) for scores in (before, after)]
        interval = difference_of_means(known[0], known[1])
    return _figure(None, sides[0], sides[1], difference, interval, MIN_CALLS_TO_COMPARE)


def _criterion(name: str, before: Counts, after: Counts) -> Figure:
    known = [(counts.passed, counts.opportunities) for counts in (before, after)]
    sides = [PeriodFigure(of, round(100 * hits / of, 1) if of else None, hits) for hits, of in known]
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
    """What else may explain a difference."""
    known = KnownCalls(before.calls)
    if both := sum(known.has(call) for call in after.calls):
        is_ = "is" if both == 1 else "are"
        yield f"{plural(both, 'call')} {is_} in both periods, which makes them look more alike than they are"
    contents = {call.content for call in before.calls if call.content}
    if copies := [call.call_id for call in after.calls if call.content in contents and not known.has(call)]:
        holds = "call holds a recording" if len(copies) == 1 else "calls hold recordings"
        yield f"{len(copies)} later {holds} that the earlier have under another id: {shortlist(copies)}"
    heard = [sorted({_engine(call) for call in run.calls if call.status == "scored"}) for run in (before, after)]
    if all(heard) and heard[0] != heard[1]:
        yield (
            f"the earlier calls were heard by {', '.join(heard[0])}, the later by {', '.join(heard[1])}:"
            " a difference may come from that"
        )
    for which, run in (("earlier", before), ("later", after)):
        if run.provisional:
            yield f"{run.provisional} of {plural(run.coverage.scored, f'{which} call')} are only provisional"


def _engine(call: CallResult) -> str:
    return " ".join(filter(None, (call.engine, call.model))) or "an unknown engine"
