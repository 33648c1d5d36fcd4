"""What each agent reached: a table, or a list per agent where the terminal is too narrow for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from callqa.reports.plain_text import plural, whole_score
from callqa.reports.terminal_page import Page, Piece
from callqa.reports.terminal_table import Column, fitting_table, pairs
from callqa.rubric import Rubric
from callqa.summary import MIN_CALLS_TO_COMPARE, AgentSummary, Counts, RunSummary, mean_interval

TEAM = "Team"
NONE = "–"


def label(criterion: str) -> str:
    """A criterion's id as words: make it right."""
    return criterion.replace("_", " ").replace("-", " ")


def team(run: RunSummary) -> AgentSummary:
    """All agents together."""
    return AgentSummary(
        agent=TEAM,
        calls=sum(agent.calls for agent in run.agents),
        scored=sum(agent.scored for agent in run.agents),
        mean_score=run.mean_score,
        interval=mean_interval([call.score for call in run.calls if call.score is not None]),
        criteria={criterion.id: _added(run.agents, criterion.id) for criterion in run.rubric.criteria},
        auto_fails=sum(agent.auto_fails for agent in run.agents),
        critical_misses=sum(agent.critical_misses for agent in run.agents),
        to_review=sum(agent.to_review for agent in run.agents),
        provisional=sum(agent.provisional for agent in run.agents),
    )


def _added(agents: Sequence[AgentSummary], criterion: str) -> Counts:
    counts = [agent.criteria.get(criterion, Counts()) for agent in agents]
    return Counts(
        sum(count.passed for count in counts),
        sum(count.failed for count in counts),
        sum(count.na for count in counts),
        sum(count.review for count in counts),
    )


def show_agents(page: Page, run: RunSummary) -> None:
    """Show what each agent reached, the team where there is more than one, and how to read it."""
    shown = [*run.agents, team(run)] if len(run.agents) > 1 else run.agents
    rows = [_Row.of(agent, run.rubric) for agent in shown]
    table = fitting_table(page, _columns(page, run.rubric, rows), total=len(rows) > 1)
    page.blank()
    if table is not None:
        page.show(table)
    else:
        _show_list(page, run.rubric, rows)
    page.blank()
    _show_legend(page, shown[-1])


@dataclass(frozen=True)
class _Row:
    """One agent in words and figures."""

    agent: str
    calls: str
    score: str
    criteria: tuple[tuple[Piece, ...], ...]
    """For each criterion of the rubric, what was met and what is left to review."""
    tallies: tuple[tuple[str, int, str], ...]
    """Title, count and style of what is counted beside the criteria, as far as the rubric can bring it about."""

    @classmethod
    def of(cls, agent: AgentSummary, rubric: Rubric) -> _Row:
        tallies = [("To review", agent.to_review, "yellow")]
        if any(criterion.critical for criterion in rubric.criteria):
            tallies.insert(0, ("Critical misses", agent.critical_misses, "red"))
        if any(criterion.auto_fail for criterion in rubric.criteria):
            tallies.insert(0, ("Auto-fails", agent.auto_fails, "bold red"))
        return cls(
            agent=agent.agent,
            calls=str(agent.calls) if agent.scored == agent.calls else f"{agent.scored} of {agent.calls}",
            score=_score(agent),
            criteria=tuple(_met(agent.criteria.get(c.id, Counts())) for c in rubric.criteria),
            tallies=tuple(tallies),
        )


def _score(agent: AgentSummary) -> str:
    if agent.mean_score is None:
        return NONE
    if agent.interval is None:
        return whole_score(agent.mean_score)
    low, high = map(whole_score, agent.interval)
    return f"{whole_score(agent.mean_score)} ({low}–{high})"


def _met(count: Counts) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    if count.opportunities:
        pieces.append(f"{count.passed} of {count.opportunities}")
    if count.review:
        pieces.append((f"{count.review} to review", "yellow"))
    return tuple(pieces) or ((NONE, "dim"),)


def _columns(page: Page, rubric: Rubric, rows: Sequence[_Row]) -> list[Column]:
    columns = [
        Column(page.text("Agent"), [page.text((row.agent, "bold")) for row in rows], figures=False),
        Column(page.text("Calls"), [page.text(row.calls) for row in rows]),
        Column(page.text("Score"), [page.text((row.score, "bold")) for row in rows]),
    ]
    for number, criterion in enumerate(rubric.criteria):
        met = [Text("\n").join(map(page.text, row.criteria[number])) for row in rows]
        columns.append(Column(page.text(label(criterion.id).capitalize()), met))
    for number, (title, _, _) in enumerate(rows[0].tallies):
        counts = [row.tallies[number] for row in rows]
        columns.append(
            Column(page.text(title), [page.text((str(count), style if count else "")) for _, count, style in counts])
        )
    return columns


def _show_list(page: Page, rubric: Rubric, rows: Sequence[_Row]) -> None:
    names = [page.text(label(criterion.id).capitalize()) for criterion in rubric.criteria]
    met = [[page.text(", ").join(map(page.text, pieces)) for pieces in row.criteria] for row in rows]
    for row, values in zip(rows, met, strict=True):
        if row is not rows[0]:
            page.blank()
        page.line((row.agent, "bold"))
        tallies: list[Piece] = [
            (f"{title.lower()} {count}", style if count else "") for title, count, style in row.tallies
        ]
        page.flow([f"calls {row.calls}", (f"score {row.score}", "bold"), *tallies], indent=2)
        page.show(pairs(page, names, values, page.width - 2), indent=2)


def _show_legend(page: Page, total: AgentSummary) -> None:
    """How to read the figures, as far as there are such figures."""
    counts = total.criteria.values()
    example = next((count for count in counts if count.opportunities), None)
    legend = []
    if example:
        met = f"{example.passed} of {example.opportunities}"
        legend.append(
            f"“{met}”: met in {example.passed} of the {plural(example.opportunities, 'call')} that called for it and"
            " could be judged."
        )
    if any(count.review for count in counts):
        legend.append("“To review”: could not be judged, a person must listen.")
    if idle := [f"{label(name)} in {plural(count.na, 'call')}" for name, count in total.criteria.items() if count.na]:
        legend.append(f"No occasion: {', '.join(idle)}.")
    if total.interval:
        legend.append(f"Scores are compared from {MIN_CALLS_TO_COMPARE} calls on; the ranges are 95 % intervals.")
    for sentence in legend:
        page.line(sentence, style="dim")
