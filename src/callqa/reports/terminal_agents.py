"""What each agent reached: a table, or a list per agent where the terminal is too narrow for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from callqa.plain_text import plural, whole_score
from callqa.reports.terminal_page import Page, Piece, cells
from callqa.reports.terminal_table import Column, fitting_table, pairs
from callqa.standard import Standard, StandardLine
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
    tallies = _tallies(run.rubric, shown)
    table = fitting_table(page, _columns(page, run.rubric, shown, tallies), total=len(shown) > 1)
    page.blank()
    if table is not None:
        page.show(table)
    else:
        _show_list(page, run.rubric, shown, tallies)
    page.blank()
    _show_legend(page, run, shown[-1])


@dataclass(frozen=True)
class _Tally:
    """Something counted beside the criteria, for each agent."""

    title: str
    style: str
    counts: tuple[int, ...]

    def piece(self, index: int, before: str = "") -> Piece:
        """The count of one agent; only a count that means something is coloured."""
        return f"{before}{self.counts[index]}", self.style if self.counts[index] else ""


def _tallies(rubric: Standard, agents: Sequence[AgentSummary]) -> list[_Tally]:
    """What to count beside the criteria, as far as the rubric can bring it about."""
    tallies = []
    if any(criterion.auto_fail for criterion in rubric.criteria):
        tallies.append(_Tally("Auto-fails", "bold red", tuple(agent.auto_fails for agent in agents)))
    if any(criterion.critical for criterion in rubric.criteria):
        tallies.append(_Tally("Critical misses", "red", tuple(agent.critical_misses for agent in agents)))
    return [*tallies, _Tally("To review", "yellow", tuple(agent.to_review for agent in agents))]


def _calls(agent: AgentSummary) -> str:
    return str(agent.calls) if agent.scored == agent.calls else f"{agent.scored} of {agent.calls}"


def _score(agent: AgentSummary) -> str:
    if agent.mean_score is None:
        return NONE
    if agent.interval is None:
        return whole_score(agent.mean_score)
    low, high = map(whole_score, agent.interval)
    return f"{whole_score(agent.mean_score)} ({low}–{high})"


def _counts(agent: AgentSummary, criterion: StandardLine) -> Counts:
    return agent.criteria.get(criterion.id, Counts())


def _met(page: Page, count: Counts, joint: str) -> Text:
    """What was met of what could be judged, and what is left to review."""
    texts = []
    if count.opportunities:
        texts.append(page.text(f"{count.passed} of {count.opportunities}"))
    if count.review:
        texts.append(page.text((f"+{count.review}?", "yellow")))
    return Text(joint).join(texts or [page.text((NONE, "dim"))])


def _columns(page: Page, rubric: Standard, agents: Sequence[AgentSummary], tallies: Sequence[_Tally]) -> list[Column]:
    return [
        Column([page.text("Agent")], [page.words(agent.agent, "bold") for agent in agents], words=True),
        Column([page.text("Calls")], [page.words(_calls(agent)) for agent in agents]),
        Column([page.text("Score")], [page.words(_score(agent), "bold") for agent in agents]),
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


def _show_list(page: Page, rubric: Standard, agents: Sequence[AgentSummary], tallies: Sequence[_Tally]) -> None:
    names = [page.text(label(criterion.id).capitalize()) for criterion in rubric.criteria]
    values = [[_met(page, _counts(agent, criterion), " ") for criterion in rubric.criteria] for agent in agents]
    widest = max(cells(value) for row in values for value in row)
    for index, agent in enumerate(agents):
        if index:
            page.blank()
        page.line((agent.agent, "bold"))
        page.flow(
            [
                f"calls {_calls(agent)}",
                (f"score {_score(agent)}", "bold"),
                *(tally.piece(index, f"{tally.title.lower()} ") for tally in tallies),
            ],
            indent=2,
        )
        page.show(pairs(page, names, values[index], widest, indent=2), indent=2)


def _show_legend(page: Page, run: RunSummary, total: AgentSummary) -> None:
    """How to read the figures, as far as there are such figures."""
    counts = total.criteria.values()
    legend = []
    if example := max(counts, key=lambda count: count.opportunities, default=Counts()).opportunities:
        met = next(count.passed for count in counts if count.opportunities == example)
        legend.append(f"“{met} of {example}”: of {plural(example, 'call')} that called for it, {met} met it.")
    if reviews := next((count.review for count in counts if count.review), 0):
        legend.append(f"“+{reviews}?”: {plural(reviews, 'call')} that could not be decided; a person must listen.")
    if idle := [f"{label(name)} in {plural(count.na, 'call')}" for name, count in total.criteria.items() if count.na]:
        legend.append(f"No occasion: {', '.join(idle)}.")
    if 0 < total.provisional < total.scored:
        by_agent = [f"{agent.agent} {agent.provisional}" for agent in run.agents if agent.provisional]
        legend.append(f"Provisional calls: {', '.join(by_agent)}.")
    if total.interval:
        legend.append(f"Scores are compared from {MIN_CALLS_TO_COMPARE} calls on; the ranges are 95 % intervals.")
    for sentence in legend:
        page.line(sentence, style="dim")
