"""What each agent reached: a table, or a list per agent where the terminal is too narrow for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from callqa.reports.terminal.tables import Column, fitting_table, pairs
from callqa.reports.terminal.terminal_page import Page, Piece, cells
from callqa.reports.wording import NONE, calls_of, label, legend, score_of, short_name, team
from callqa.results.rubric_snapshot import CriterionInfo, RubricSnapshot
from callqa.results.summary import AgentSummary, Counts, RunSummary


def show_agents(page: Page, run: RunSummary) -> None:
    """Show what each agent reached, the team where there is more than one, and how to read it."""
    shown = [*run.agents, team(run)] if len(run.agents) > 1 else run.agents
    tallies = _tallies(run.rubric, shown)
    table = fitting_table(page, _columns(page, run.rubric, shown, tallies), total=len(shown) > 1)
    page.blank()
    if table is not None:
        page.show(table)
    else:
        _show_list(page, run.rubric, shown, tallies)
    page.blank()
    for sentence in legend(run, shown[-1]):
        page.line(sentence, style="dim")


@dataclass(frozen=True)
class _Tally:
    """Something counted beside the criteria, for each agent."""

    title: str
    style: str
    counts: tuple[int, ...]

    def piece(self, index: int, before: str = "") -> Piece:
        """The count of one agent; only a count that means something is coloured."""
        return f"{before}{self.counts[index]}", self.style if self.counts[index] else ""


def _tallies(rubric: RubricSnapshot, agents: Sequence[AgentSummary]) -> list[_Tally]:
    """What to count beside the criteria, as far as the rubric can bring it about."""
    tallies = []
    if any(criterion.auto_fail for criterion in rubric.criteria):
        tallies.append(_Tally("Auto-fails", "bold red", tuple(agent.auto_fails for agent in agents)))
    if any(criterion.critical for criterion in rubric.criteria):
        tallies.append(_Tally("Critical misses", "red", tuple(agent.critical_misses for agent in agents)))
    return [*tallies, _Tally("To review", "yellow", tuple(agent.to_review for agent in agents))]


def _counts(agent: AgentSummary, criterion: CriterionInfo) -> Counts:
    return agent.criteria.get(criterion.id, Counts())


def _met(page: Page, count: Counts, joint: str) -> Text:
    """What was met of what could be judged, and what is left to review."""
    texts = []
    if count.opportunities:
        texts.append(page.text(f"{count.passed} of {count.opportunities}"))
    if count.review:
        texts.append(page.text((f"+{count.review}?", "yellow")))
    return Text(joint).join(texts or [page.text((NONE, "dim"))])


def _columns(
    page: Page, rubric: RubricSnapshot, agents: Sequence[AgentSummary], tallies: Sequence[_Tally]
) -> list[Column]:
    return [
        Column([page.text("Agent")], [page.name(short_name(agent.agent), "bold") for agent in agents], words=True),
        Column([page.text("Calls")], [page.words(calls_of(agent)) for agent in agents]),
        Column([page.text("Score")], [page.words(score_of(agent), "bold") for agent in agents]),
        *(
            Column(
                page.words(label(criterion.id).capitalize()),
                [[_met(page, _counts(agent, criterion), "\n")] for agent in agents],
            )
            for criterion in rubric.criteria
        ),
        *(
            Column(page.words(tally.title), [[page.text(tally.piece(index))] for index in range(len(agents))])
            for tally in tallies
        ),
    ]


def _show_list(page: Page, rubric: RubricSnapshot, agents: Sequence[AgentSummary], tallies: Sequence[_Tally]) -> None:
    names = [page.text(label(criterion.id).capitalize()) for criterion in rubric.criteria]
    values = [[_met(page, _counts(agent, criterion), " ") for criterion in rubric.criteria] for agent in agents]
    widest = max(cells(value) for row in values for value in row)
    for index, agent in enumerate(agents):
        if index:
            page.blank()
        page.line((short_name(agent.agent), "bold"))
        page.flow(
            [
                f"calls {calls_of(agent)}",
                (f"score {score_of(agent)}", "bold"),
                *(tally.piece(index, f"{tally.title.lower()} ") for tally in tallies),
            ],
            indent=2,
        )
        page.show(pairs(page, names, values[index], widest, indent=2), indent=2)
