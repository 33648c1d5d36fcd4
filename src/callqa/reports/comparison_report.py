"""Two periods compared, as words and tables, JSON or CSV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TextIO

from callqa.core.json_form import Count, JsonObject, json_text
from callqa.core.text import plural, whole_score
from callqa.reports.blocks import Block, Heading, Paragraphs, Sheet
from callqa.reports.csv_table import RUBRIC_COLUMNS, CsvColumn, column, write_rows
from callqa.reports.wording import ALL, NONE, label, rubric_name, short_name
from callqa.results.comparison import MIN_OPPORTUNITIES, Comparison, Figure, GroupChange, PeriodFigure, State
from callqa.results.grouping import Grouping
from callqa.results.result_format import RubricId, rubric_id
from callqa.results.rubric_snapshot import RubricSnapshot
from callqa.results.summary import RunSummary
from callqa.settings import MIN_CALLS_TO_COMPARE

_WORDS: dict[State, str] = {
    "better": "better",
    "worse": "worse",
    "within noise": "within noise",
    "too few": "too few to tell",
}


class Period(JsonObject):
    """One of the periods."""

    calls: Count
    scored: Count
    first: str | None
    """The day of the first call that has a date."""
    last: str | None


class ComparisonFile(JsonObject):
    """The output of `callqa report … --against … -f json`."""

    format: Literal[1]
    rubric: RubricId
    by: Grouping
    before: Period
    after: Period
    comparisons: Count
    """Differences that could be compared with chance; one in twenty looks like a change without being one."""
    groups: tuple[GroupChange, ...]
    notes: tuple[str, ...]


def comparison_blocks(compared: Comparison) -> list[Block]:
    """Return the report to read: the changes, then every figure."""
    lines = [
        f"before: {_period_words(compared.before)}",
        f"after: {_period_words(compared.after)}",
        *(f"note: {note}" for note in compared.notes),
    ]
    blocks: list[Block] = [Heading(f"{rubric_name(compared.rubric)}, before and after"), Paragraphs(tuple(lines))]
    changed = compared.changed
    if changed:
        sentences = tuple(_change(group, figure) for group, figure in changed)
        blocks += [Heading("Changed by more than chance explains"), Paragraphs(sentences, listed=True)]
    elif compared.tested:
        blocks.append(Paragraphs(("Nothing changed by more than chance explains.",)))
    else:
        blocks.append(Paragraphs(("There are too few calls to tell whether anything changed.",)))
    blocks += [Heading("Every figure"), _sheet(compared), Paragraphs(tuple(_explanations(compared)), quiet=True)]
    return blocks


def _change(group: GroupChange, figure: Figure) -> str:
    return (
        f"{_name(group)}, {label(figure.figure)}: {figure.state}, {_value(figure, figure.before)}"
        f" → {_value(figure, figure.after)}, {_difference(figure, ' points')}"
    )


def _name(group: GroupChange) -> str:
    return short_name(group.name or ALL)


def _sheet(compared: Comparison) -> Sheet:
    rows = [
        (
            _name(group) if index == 0 else "",
            label(figure.figure),
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


def _explanations(compared: Comparison) -> Iterator[str]:
    yield (
        "Differences are in points of 100, with 95 % intervals; one that includes 0 may be chance. Scores are compared"
        f" once both sides have {MIN_CALLS_TO_COMPARE} calls, criteria once they have {MIN_OPPORTUNITIES} decided ones."
    )
    if compared.tested > 1:
        yield f"By chance alone 1 in 20 comparisons looks like a change; {compared.tested} were made here."


def _period_words(run: RunSummary) -> str:
    period = _period(run)
    calls = f"{plural(period.calls, 'call')}, {period.scored} scored"
    if period.first is None:
        return calls
    return f"{calls}, {period.first}" + (f" to {period.last}" if period.last != period.first else "")


def _period(run: RunSummary) -> Period:
    days = sorted(call.started_at.date().isoformat() for call in run.calls if call.started_at)
    first, last = (days[0], days[-1]) if days else (None, None)
    return Period(calls=len(run.calls), scored=run.coverage.scored, first=first, last=last)


def comparison_json(compared: Comparison) -> str:
    """Return the comparison as JSON."""
    return json_text(
        ComparisonFile(
            format=1,
            rubric=rubric_id(compared.rubric),
            by=compared.by,
            before=_period(compared.before),
            after=_period(compared.after),
            comparisons=compared.tested,
            groups=compared.groups,
            notes=compared.notes,
        )
    )


@dataclass(frozen=True)
class ComparisonRow:
    """A row of the CSV: one figure of one group."""

    rubric: RubricSnapshot
    by: Grouping
    group: GroupChange
    figure: Figure


COLUMNS = (
    column("by"),
    column("group.name", "group"),
    column("figure.figure"),
    *(
        column(f"figure.{side}.{name}", f"{side}_{name}")
        for side in ("before", "after")
        for name in ("count", "passed", "value")
    ),
    column("figure.difference"),
    CsvColumn[ComparisonRow]("low", lambda row: row.figure.interval[0] if row.figure.interval else None),
    CsvColumn[ComparisonRow]("high", lambda row: row.figure.interval[1] if row.figure.interval else None),
    column("figure.state"),
    *RUBRIC_COLUMNS,
)
"""New columns are only ever added at the end. The group of all calls has no name."""


def write_comparison_csv(compared: Comparison, stream: TextIO) -> None:
    """Write the comparison as CSV, a row per group and figure."""
    rows = (
        ComparisonRow(compared.rubric, compared.by, group, figure)
        for group in compared.groups
        for figure in group.figures
    )
    write_rows(COLUMNS, rows, stream)
