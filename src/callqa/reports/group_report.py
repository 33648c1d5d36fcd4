"""Results by team, by week or by criterion, as words and tables, JSON or CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal, TextIO

from callqa.reports.blocks import Alert, Block, Heading, Paragraphs, Sheet, agent_sheet
from callqa.reports.csv_report import Cell, cell
from callqa.reports.json_report import to_text
from callqa.reports.wording import (
    ALL,
    NONE,
    PROVISIONAL_ADVICE,
    PROVISIONAL_TITLE,
    engines,
    heard,
    label,
    legend,
    outcomes,
    provisional,
    rubric_name,
    team,
)
from callqa.results.grouping import CriterionFigures, Grouping, by_criterion, summarise_by
from callqa.results.result_format import Count, CountsPart, Part, RubricPart, Score
from callqa.results.rubric_snapshot import RubricSnapshot
from callqa.results.summary import AgentSummary, Counts, RunSummary

Interval = tuple[Score, Score]

COLUMNS = (
    "by", "group", "figure", "calls", "scored", "passed", "failed", "na", "review", "value", "low", "high", "rubric",
    "rubric_version", "rubric_sha256", "provisional",
)  # fmt: skip
"""New columns are only ever added at the end."""


class CriterionFiguresPart(Part):
    """One criterion of a group: verdicts, and the share that met it in percent with its 95 % interval."""

    counts: CountsPart
    share: Score | None
    interval: Interval | None


class GroupPart(Part):
    """A group of calls."""

    name: str
    calls: Count
    scored: Count
    mean_score: Score | None
    interval: Interval | None
    criteria: dict[str, CriterionFiguresPart]
    auto_fails: Count
    critical_misses: Count
    to_review: Count
    provisional: Count


class GroupsFile(Part):
    """What `callqa report --by …  -f json` writes; by criterion there is one group, of all calls."""

    format: Literal[1]
    rubric: RubricPart
    by: Grouping
    groups: list[GroupPart]


def groups_of(run: RunSummary, by: Grouping) -> list[AgentSummary]:
    """The groups of a report: by criterion that of all calls alone."""
    return [team(run, ALL)] if by == "criterion" else summarise_by(run, by)


def group_blocks(run: RunSummary, by: Grouping) -> list[Block]:
    """The report to read."""
    doubt = provisional(run)
    blocks: list[Block] = [
        Heading(f"{rubric_name(run.rubric)}, by {by}"),
        Paragraphs((" · ".join([heard(run), *engines(run)]), " · ".join(outcomes(run)))),
        *([Alert(PROVISIONAL_TITLE, (doubt, PROVISIONAL_ADVICE))] if doubt else []),
    ]
    if by == "criterion":
        return [*blocks, _criterion_sheet(by_criterion(run)), Paragraphs((_SHARES,), quiet=True)]
    groups = groups_of(run, by)
    total = [team(run, ALL)] if len(groups) > 1 else []
    sheet = agent_sheet(run.rubric, [*groups, *total], by.capitalize(), total=bool(total))
    told = tuple(legend(run, team(run)))
    return [*blocks, sheet, *([Paragraphs(told, quiet=True)] if told else [])]


_SHARES = "The share is of the calls that called for it and could be decided; the range is its 95 % interval."


def _criterion_sheet(figures: Sequence[CriterionFigures]) -> Sheet:
    rows = [
        (
            label(one.line.id),
            f"{one.counts.passed} of {one.counts.opportunities}" if one.counts.opportunities else NONE,
            _share(one),
            str(one.counts.review),
            str(one.counts.na),
        )
        for one in figures
    ]
    return Sheet(("Criterion", "Met", "Share", "To review", "No occasion"), tuple(rows))


def _share(one: CriterionFigures) -> str:
    if one.share is None or one.interval is None:
        return NONE
    low, high = one.interval
    return f"{100 * one.share:.0f} % ({100 * low:.0f}–{100 * high:.0f})"


def group_json(run: RunSummary, by: Grouping) -> str:
    """The report as JSON."""
    file = GroupsFile(
        format=1,
        rubric=rubric_part(run.rubric),
        by=by,
        groups=[_part(group, run.rubric) for group in groups_of(run, by)],
    )
    return to_text(file)


def rubric_part(rubric: RubricSnapshot) -> RubricPart:
    """A rubric as these files name it."""
    return RubricPart(name=rubric.name, version=rubric.version, sha256=rubric.sha256)


def _part(group: AgentSummary, rubric: RubricSnapshot) -> GroupPart:
    data: dict[str, Any] = {key: value for key, value in asdict(group).items() if key not in ("agent", "criteria")}
    return GroupPart(name=group.agent, criteria={one.line.id: _figures(one) for one in _of(group, rubric)}, **data)


def _figures(one: CriterionFigures) -> CriterionFiguresPart:
    counts = one.counts
    return CriterionFiguresPart(
        counts=CountsPart(passed=counts.passed, fail=counts.failed, na=counts.na, review=counts.review),
        share=None if one.share is None else _percent(one.share),
        interval=(_percent(one.interval[0]), _percent(one.interval[1])) if one.interval else None,
    )


def _of(group: AgentSummary, rubric: RubricSnapshot) -> list[CriterionFigures]:
    return [CriterionFigures(line, group.criteria.get(line.id, Counts())) for line in rubric.criteria]


def _percent(share: float) -> float:
    return round(100 * share, 1)


def write_group_csv(run: RunSummary, by: Grouping, stream: TextIO) -> None:
    """The report as CSV: a row for the mean score of each group, and one for each of its criteria."""
    sheet = csv.writer(stream, lineterminator="\r\n")
    sheet.writerow(COLUMNS)
    for group in groups_of(run, by):
        low, high = group.interval or (None, None)
        rows: list[dict[str, Cell]] = [{"figure": "score", "value": group.mean_score, "low": low, "high": high}]
        for one in _of(group, run.rubric):
            low, high = (_percent(one.interval[0]), _percent(one.interval[1])) if one.interval else (None, None)
            rows.append(
                {
                    "figure": one.line.id,
                    "passed": one.counts.passed,
                    "failed": one.counts.failed,
                    "na": one.counts.na,
                    "review": one.counts.review,
                    "value": None if one.share is None else _percent(one.share),
                    "low": low,
                    "high": high,
                }
            )
        same: dict[str, Cell] = {
            "by": by,
            "group": group.agent,
            "calls": group.calls,
            "scored": group.scored,
            "rubric": run.rubric.name,
            "rubric_version": run.rubric.version,
            "rubric_sha256": run.rubric.sha256,
            "provisional": group.provisional,
        }
        sheet.writerows([cell({**same, **row}.get(column)) for column in COLUMNS] for row in rows)
