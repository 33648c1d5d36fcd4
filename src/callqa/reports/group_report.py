"""Results by team, by week or by criterion, as words and tables, JSON or CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TextIO

from callqa.core.json_form import JsonForm, JsonObject, json_text, spelled_as
from callqa.reports.agent_columns import agent_csv_columns, met_words
from callqa.reports.blocks import Alert, Block, Heading, Paragraphs, Sheet, agent_sheet
from callqa.reports.csv_table import RUBRIC_COLUMNS, CsvColumn, column, columns, write_rows
from callqa.reports.wording import (
    ALL,
    NONE,
    PROVISIONAL_ADVICE,
    PROVISIONAL_TITLE,
    engines,
    label,
    legend,
    outcomes,
    provisional,
    recordings,
    rubric_name,
)
from callqa.results.grouping import CriterionFigures, Grouping, by_criterion, summarise_by
from callqa.results.result_format import RubricId, rubric_id
from callqa.results.rubric_snapshot import RubricSnapshot
from callqa.results.summary import AgentSummary, Counts, RunSummary

_SHARES = "The share is of the calls that called for it and could be decided; the range is its 95 % interval."

_Figures = Annotated[Counts, spelled_as(CriterionFigures, lambda figures: figures.counts, CriterionFigures)]
JsonGroup = Annotated[AgentSummary, JsonForm("name", left_out=("agent",), criteria=dict[str, _Figures])]


class GroupsFile(JsonObject):
    """The output of `callqa report --by …  -f json`; by criterion there is one group, of all calls."""

    format: Literal[1]
    rubric: RubricId
    by: Grouping
    groups: tuple[JsonGroup, ...]


def groups_of(run: RunSummary, by: Grouping) -> list[AgentSummary]:
    """Return the groups of a report; by criterion, all calls as the only group."""
    return [run.total(ALL)] if by == "criterion" else summarise_by(run, by)


def group_blocks(run: RunSummary, by: Grouping) -> list[Block]:
    """Return the report to read."""
    doubt = provisional(run)
    blocks: list[Block] = [
        Heading(f"{rubric_name(run.rubric)}, by {by}"),
        Paragraphs((" · ".join([recordings(run), *engines(run)]), " · ".join(outcomes(run)))),
        *([Alert(PROVISIONAL_TITLE, (doubt, PROVISIONAL_ADVICE))] if doubt else []),
    ]
    total = run.total(ALL)
    if by == "criterion":
        return [*blocks, _criterion_sheet(by_criterion(total)), Paragraphs((_SHARES,), quiet=True)]
    groups = groups_of(run, by)
    shown = [*groups, total] if len(groups) > 1 else groups
    sheet = agent_sheet(run.rubric, shown, by.capitalize(), total=len(groups) > 1)
    sentences = tuple(legend(run, total))
    return [*blocks, sheet, *([Paragraphs(sentences, quiet=True)] if sentences else [])]


def _criterion_sheet(figures: Mapping[str, CriterionFigures]) -> Sheet:
    rows = [
        (label(name), met_words(one.counts), _share(one), str(one.counts.review), str(one.counts.na))
        for name, one in figures.items()
    ]
    return Sheet(("Criterion", "Met", "Share", "To review", "No occasion"), tuple(rows))


def _share(figures: CriterionFigures) -> str:
    if figures.share is None or figures.interval is None:
        return NONE
    low, high = figures.interval
    return f"{figures.share:.0f} % ({low:.0f}–{high:.0f})"


def group_json(run: RunSummary, by: Grouping) -> str:
    """Return the report as JSON."""
    return json_text(GroupsFile(format=1, rubric=rubric_id(run.rubric), by=by, groups=tuple(groups_of(run, by))))


@dataclass(frozen=True)
class FigureRow:
    """A row of the CSV: the mean score of a group, or one of its criteria, for which there are counts."""

    rubric: RubricSnapshot
    by: Grouping
    group: AgentSummary
    figure: str
    counts: Counts | None
    value: float | None
    low: float | None
    high: float | None


def csv_columns() -> list[CsvColumn[Any]]:
    """Return the columns of the CSV. New ones are only ever added at the end."""
    return [
        column("by"),
        column("group.agent", "group"),
        column("figure"),
        *columns("group", "calls", "scored"),
        *columns("counts", "passed", "failed", "na", "review"),
        *columns("", "value", "low", "high"),
        *RUBRIC_COLUMNS,
        column("group.provisional"),
        *agent_csv_columns(),
    ]


def write_group_csv(run: RunSummary, by: Grouping, stream: TextIO) -> None:
    """Write the report as CSV: a row for the mean score of each group, and one for each of its criteria."""
    rows = (row for group in groups_of(run, by) for row in _figure_rows(run.rubric, by, group))
    write_rows(csv_columns(), rows, stream)


def _figure_rows(rubric: RubricSnapshot, by: Grouping, group: AgentSummary) -> Iterator[FigureRow]:
    low, high = group.interval or (None, None)
    yield FigureRow(rubric, by, group, "score", None, group.mean_score, low, high)
    for name, figures in by_criterion(group).items():
        low, high = (round(bound, 1) for bound in figures.interval) if figures.interval else (None, None)
        share = None if figures.share is None else round(figures.share, 1)
        yield FigureRow(rubric, by, group, name, figures.counts, share, low, high)
