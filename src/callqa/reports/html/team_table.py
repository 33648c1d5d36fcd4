"""The table of the team in the HTML report, from the columns that every report has."""

from __future__ import annotations

from dataclasses import dataclass

from callqa.core.text import whole_score
from callqa.reports.agent_columns import AgentColumn, agent_columns, met_words
from callqa.reports.wording import NONE
from callqa.results.summary import AgentSummary, Counts, RunSummary


@dataclass(frozen=True)
class TeamCell:
    """A cell of a row.

    Of a criterion, `place` is its index in the rubric, `review` the calls left to a person, and `share` the percentage
    that met it; None if nothing could be decided. `marked` cells stand out.
    """

    column: AgentColumn
    words: str
    marked: bool = False
    place: int | None = None
    review: int = 0
    share: float | None = None


@dataclass(frozen=True)
class TeamRow:
    """One agent, or all of them: `number` is the agent's index, None for all. Scores are out of 100."""

    number: int | None
    name: str
    scored: int
    score: str
    mean: float | None
    low: float | None
    high: float | None
    compared: bool
    to_review: int
    provisional: int
    cells: tuple[TeamCell, ...]


def team_row(number: int | None, agent: AgentSummary, run: RunSummary) -> TeamRow:
    """Return the row of an agent, or of all agents together."""
    low, high = agent.interval or (None, None)
    return TeamRow(
        number=number,
        name=agent.agent,
        scored=agent.scored,
        score=NONE if agent.mean_score is None else whole_score(agent.mean_score),
        mean=agent.mean_score,
        low=low,
        high=high,
        compared=agent.scored >= run.min_calls and agent.mean_score is not None,
        to_review=agent.to_review,
        provisional=agent.provisional,
        cells=tuple(_cell(column, agent, run) for column in agent_columns(run.rubric)),
    )


def _cell(column: AgentColumn, agent: AgentSummary, run: RunSummary) -> TeamCell:
    if column.criterion is None:
        return TeamCell(column, column.words(agent), any(piece.tone != "plain" for piece in column.pieces(agent)))
    counts = agent.criteria.get(column.criterion.id, Counts())
    decided = counts.opportunities
    return TeamCell(
        column,
        met_words(counts),
        place=run.rubric.criteria.index(column.criterion),
        review=counts.review,
        share=round(100 * counts.passed / decided, 1) if decided else None,
    )
