"""The columns of the table of agents, and of teams or weeks: one definition for every report that has such a table.

A new column is one more `AgentColumn` in COUNTED. The reports to read show its words; one with a `csv` is in the CSV of
`callqa report --by` as well. The JSON forms hold every field of `AgentSummary` without one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from callqa.core.text import whole_score
from callqa.reports.csv_table import CsvColumn
from callqa.reports.wording import NONE, label
from callqa.results.rubric_snapshot import CriterionInfo, RubricSnapshot
from callqa.results.summary import AgentSummary, Counts

Tone = Literal["plain", "strong", "missing", "doubtful", "bad", "worst"]
"""The meaning of a piece of a cell, which a report with colours may show."""

Kind = Literal["calls", "score", "criterion", "count"]
"""Reports that draw some of the columns in their own way go by it."""


@dataclass(frozen=True)
class Piece:
    """Words of a cell that belong together."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class AgentColumn:
    """A column after that of the names."""

    header: str
    pieces: Callable[[AgentSummary], Sequence[Piece]]
    kind: Kind = "count"
    criterion: CriterionInfo | None = None
    csv: CsvColumn[Any] | None = None
    """The column in CSV, with `group`, an AgentSummary, in every row."""
    applies: Callable[[RubricSnapshot], bool] = lambda _: True
    """False for rubrics by which the column would always be empty."""

    def words(self, agent: AgentSummary) -> str:
        """Return the cell of an agent, or of another group, in words."""
        return " ".join(piece.text for piece in self.pieces(agent))


def agent_columns(rubric: RubricSnapshot) -> tuple[AgentColumn, ...]:
    """Return the columns for results by a rubric, in their order."""
    criteria = [_criterion_column(criterion) for criterion in rubric.criteria]
    return (CALLS, SCORE, *criteria, *(column for column in COUNTED if column.applies(rubric)))


def agent_csv_columns() -> list[CsvColumn[Any]]:
    """Return the columns for CSV."""
    return [column.csv for column in COUNTED if column.csv is not None]


def met_words(counts: Counts) -> str:
    """Return the calls that met a criterion out of those that could be judged: 7 of 9."""
    return f"{counts.passed} of {counts.opportunities}" if counts.opportunities else NONE


def _calls(agent: AgentSummary) -> Sequence[Piece]:
    """Return the number of calls: 12, or 11 of 12 if not all were scored."""
    return [Piece(str(agent.calls) if agent.scored == agent.calls else f"{agent.scored} of {agent.calls}")]


def _score(agent: AgentSummary) -> Sequence[Piece]:
    """Return the mean score with its interval: 92 (80–100)."""
    if agent.mean_score is None:
        return [Piece(NONE, "strong")]
    score = whole_score(agent.mean_score)
    if agent.interval is not None:
        low, high = map(whole_score, agent.interval)
        score = f"{score} ({low}–{high})"
    return [Piece(score, "strong")]


def _criterion_column(criterion: CriterionInfo) -> AgentColumn:
    def pieces(agent: AgentSummary) -> Sequence[Piece]:
        counts = agent.criteria.get(criterion.id, Counts())
        met = [Piece(met_words(counts))] if counts.opportunities else []
        open_ = [Piece(f"+{counts.review}?", "doubtful")] if counts.review else []
        return [*met, *open_] or [Piece(NONE, "missing")]

    return AgentColumn(label(criterion.id).capitalize(), pieces, "criterion", criterion)


def _count_of(field: str, tone: Tone) -> Callable[[AgentSummary], Sequence[Piece]]:
    """Return the cells of a count, which has the tone unless it is 0."""

    def pieces(agent: AgentSummary) -> Sequence[Piece]:
        count = getattr(agent, field)
        return [Piece(str(count), tone if count else "plain")]

    return pieces


CALLS = AgentColumn("Calls", _calls, "calls")
SCORE = AgentColumn("Score", _score, "score")

COUNTED = (
    AgentColumn(
        "Auto-fails",
        _count_of("auto_fails", "worst"),
        applies=lambda rubric: any(criterion.auto_fail for criterion in rubric.criteria),
    ),
    AgentColumn(
        "Critical misses",
        _count_of("critical_misses", "bad"),
        applies=lambda rubric: any(criterion.critical for criterion in rubric.criteria),
    ),
    AgentColumn("To review", _count_of("to_review", "doubtful")),
)
"""The columns after those of the criteria."""
