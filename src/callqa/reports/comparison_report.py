"""Two periods compared, as words and tables, JSON or CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Annotated, Literal, TextIO

from pydantic import Field

from callqa.core.text import plural, whole_score
from callqa.reports.blocks import Block, Heading, Paragraphs, Sheet
from callqa.reports.csv_report import Cell, cell
from callqa.reports.group_report import rubric_part
from callqa.reports.json_report import to_text
from callqa.reports.wording import ALL, NONE, label, rubric_name, short_name
from callqa.results.comparison import MIN_OPPORTUNITIES, Comparison, Figure, GroupChange, PeriodFigure, State
from callqa.results.grouping import Grouping
from callqa.results.result_format import Count, Part, RubricPart, Score
from callqa.results.summary import RunSummary
from callqa.settings import MIN_CALLS_TO_COMPARE

COLUMNS = (
    "by", "group", "figure", "before_count", "before_passed", "before_value", "after_count", "after_passed",
    "after_value", "difference", "low", "high", "state", "rubric", "rubric_version", "rubric_sha256",
)  # fmt: skip
"""New columns are only ever added at the end."""

SCORE = "score"
"""What the mean score is called among the figures."""

Points = Annotated[float, Field(ge=-100, le=100)]

_WORDS: dict[State, str] = {
    "better": "better",
    "worse": "worse",
    "within noise": "within noise",
    "too few": "too few to tell",
}


class SidePart(Part):
    """A figure in one period: the mean score of `count` calls, or the percentage of `count` decided verdicts."""

    count: Count
    passed: Count | None
    value: Score | None


class FigurePart(Part):
    """The mean score (`score`), or a criterion by its id."""

    figure: str
    is_criterion: bool
    before: SidePart
    after: SidePart
    difference: Points | None
    interval: tuple[Points, Points] | None
    """95 % interval of the difference."""
    state: State


class GroupChangePart(Part):
    """One group of calls; all calls together have no name."""

    name: str | None
    figures: list[FigurePart]


class PeriodPart(Part):
    """One of the periods."""

    calls: Count
    scored: Count
    first: str | None
    """The day of the first call that tells when it began."""
    last: str | None


class ComparisonFile(Part):
    """What `callqa report … --against … -f json` writes."""

    format: Literal[1]
    rubric: RubricPart
    by: Grouping
    before: PeriodPart
    after: PeriodPart
    comparisons: Count
    """Differences that could be held against chance; one in twenty looks like a change without being one."""
    groups: list[GroupChangePart]
    notes: list[str]


def comparison_blocks(compared: Comparison) -> list[Block]:
    """The report to read: what changed, then every figure."""
    lines = [
        f"before: {_period_words(compared.before)}",
        f"after: {_period_words(compared.after)}",
        *(f"note: {note}" for note in compared.notes),
    ]
    blocks: list[Block] = [Heading(f"{rubric_name(compared.rubric)}, before and after"), Paragraphs(tuple(lines))]
    changed = compared.changed
    if changed:
        told = tuple(_told(group, figure) for group, figure in changed)
        blocks += [Heading("Changed by more than chance explains"), Paragraphs(told, listed=True)]
    elif compared.made:
        blocks.append(Paragraphs(("Nothing changed by more than chance explains.",)))
    else:
        blocks.append(Paragraphs(("There are too few calls to tell whether anything changed.",)))
    blocks += [Heading("Every figure"), _sheet(compared), Paragraphs(tuple(_how(compared)), quiet=True)]
    return blocks


def _told(group: GroupChange, figure: Figure) -> str:
    return (
        f"{_name(group)}, {label(figure.criterion or SCORE)}: {figure.state}, {_value(figure, figure.before)}"
        f" → {_value(figure, figure.after)}, {_difference(figure, ' points')}"
    )


def _name(group: GroupChange) -> str:
    return short_name(group.name or ALL)


def _sheet(compared: Comparison) -> Sheet:
    rows = [
        (
            _name(group) if index == 0 else "",
            label(figure.criterion or SCORE),
            _value(figure, figure.before),
            _value(figure, figure.after),
            _difference(figure),
            _WORDS[figure.state],
        )
        for group in compared.groups
        for index, figure in enumerate(group.figures)
    ]
    who = "" if compared.by == "criterion" else compared.by.capitalize()
    return Sheet((who, "Figure", "Before", "After", "Difference", "Change"), tuple(rows), words=2)


def _value(figure: Figure, side: PeriodFigure) -> str:
    if side.value is None:
        return NONE
    if figure.criterion is None:
        return f"{whole_score(side.value)} ({plural(side.count, 'call')})"
    return f"{side.passed} of {side.count}"


def _difference(figure: Figure, unit: str = "") -> str:
    if figure.difference is None:
        return NONE
    if figure.interval is None:
        return f"{_signed(figure.difference)}{unit}"
    low, high = figure.interval
    return f"{_signed(figure.difference)}{unit} ({_signed(low)} to {_signed(high)})"


def _signed(points: float) -> str:
    whole = round(points)
    return "0" if whole == 0 else f"{'+' if whole > 0 else '−'}{abs(whole)}"


def _how(compared: Comparison) -> Iterator[str]:
    yield (
        "Differences are in points of 100, with 95 % intervals; one that includes 0 may be chance. Scores are compared"
        f" from {MIN_CALLS_TO_COMPARE} calls on, criteria from {MIN_OPPORTUNITIES} decided calls on, on both sides."
    )
    if compared.made > 1:
        yield f"By chance alone 1 in 20 comparisons looks like a change; {compared.made} were made here."


def _period_words(run: RunSummary) -> str:
    period = _period(run)
    calls = f"{plural(period.calls, 'call')}, {period.scored} scored"
    if period.first is None:
        return calls
    return f"{calls}, {period.first}" + (f" to {period.last}" if period.last != period.first else "")


def _period(run: RunSummary) -> PeriodPart:
    days = sorted(call.started_at.date().isoformat() for call in run.calls if call.started_at)
    first, last = (days[0], days[-1]) if days else (None, None)
    return PeriodPart(calls=len(run.calls), scored=run.coverage.scored, first=first, last=last)


def comparison_json(compared: Comparison) -> str:
    """The comparison as JSON."""
    return to_text(
        ComparisonFile(
            format=1,
            rubric=rubric_part(compared.rubric),
            by=compared.by,
            before=_period(compared.before),
            after=_period(compared.after),
            comparisons=compared.made,
            groups=[
                GroupChangePart(name=group.name, figures=[_figure(figure) for figure in group.figures])
                for group in compared.groups
            ],
            notes=list(compared.notes),
        )
    )


def _figure(figure: Figure) -> FigurePart:
    return FigurePart(
        figure=figure.criterion or SCORE,
        is_criterion=figure.criterion is not None,
        before=_side(figure.before),
        after=_side(figure.after),
        difference=figure.difference,
        interval=figure.interval,
        state=figure.state,
    )


def _side(side: PeriodFigure) -> SidePart:
    return SidePart(count=side.count, passed=side.passed, value=side.value)


def write_comparison_csv(compared: Comparison, stream: TextIO) -> None:
    """The comparison as CSV, a row per group and figure; the group of all calls has no name."""
    sheet = csv.writer(stream, lineterminator="\r\n")
    sheet.writerow(COLUMNS)
    for group in compared.groups:
        for figure in group.figures:
            low, high = figure.interval or (None, None)
            row: dict[str, Cell] = {
                "by": compared.by,
                "group": group.name,
                "figure": figure.criterion or SCORE,
                "before_count": figure.before.count,
                "before_passed": figure.before.passed,
                "before_value": figure.before.value,
                "after_count": figure.after.count,
                "after_passed": figure.after.passed,
                "after_value": figure.after.value,
                "difference": figure.difference,
                "low": low,
                "high": high,
                "state": figure.state,
                "rubric": compared.rubric.name,
                "rubric_version": compared.rubric.version,
                "rubric_sha256": compared.rubric.sha256,
            }
            sheet.writerow([cell(row[column]) for column in COLUMNS])
