"""The figures of each agent: a table, or a list per agent if the terminal is too narrow for it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from callqa.reports.agent_columns import AgentColumn, Tone, agent_columns
from callqa.reports.terminal.tables import Column, fitting_table, pairs
from callqa.reports.terminal.terminal_page import Page, cells
from callqa.reports.wording import TEAM, legend, short_name
from callqa.results.summary import AgentSummary, RunSummary

_STYLES: dict[Tone, str] = {
    "plain": "",
    "strong": "bold",
    "missing": "dim",
    "doubtful": "yellow",
    "bad": "red",
    "worst": "bold red",
}


def show_agents(page: Page, run: RunSummary) -> None:
    """Show the figures of each agent, of the team if there is more than one, and how to read them."""
    shown = [*run.agents, run.total(TEAM)] if len(run.agents) > 1 else run.agents
    columns = agent_columns(run.rubric)
    names = Column([page.text("Agent")], [page.name(short_name(agent.agent), "bold") for agent in shown], words=True)
    table = fitting_table(page, [names, *(_column(page, column, shown) for column in columns)], total=len(shown) > 1)
    page.blank()
    if table is not None:
        page.show(table)
    else:
        _show_list(page, columns, shown)
    page.blank()
    for sentence in legend(run, shown[-1]):
        page.line(sentence, style="dim")


def _column(page: Page, column: AgentColumn, agents: Sequence[AgentSummary]) -> Column:
    return Column(page.words(column.header), [_cell(page, column, agent) for agent in agents])


def _cell(page: Page, column: AgentColumn, agent: AgentSummary) -> Sequence[Text]:
    """Return the texts of a cell, each of which stays on one line."""
    if column.kind == "criterion":
        return [_criterion(page, column, agent, "\n")]
    return [text for piece in column.pieces(agent) for text in page.words(piece.text, _STYLES[piece.tone])]


def _criterion(page: Page, column: AgentColumn, agent: AgentSummary, joint: str) -> Text:
    return Text(joint).join(page.text((piece.text, _STYLES[piece.tone])) for piece in column.pieces(agent))


def _show_list(page: Page, columns: Sequence[AgentColumn], agents: Sequence[AgentSummary]) -> None:
    criteria = [column for column in columns if column.kind == "criterion"]
    others = [column for column in columns if column.kind != "criterion"]
    names = [page.text(column.header) for column in criteria]
    values = [[_criterion(page, column, agent, " ") for column in criteria] for agent in agents]
    widest = max(cells(value) for row in values for value in row)
    for index, agent in enumerate(agents):
        if index:
            page.blank()
        page.line((short_name(agent.agent), "bold"))
        page.flow([_labelled(column, agent) for column in others], indent=2)
        page.show(pairs(page, names, values[index], widest, indent=2), indent=2)


def _labelled(column: AgentColumn, agent: AgentSummary) -> tuple[str, str]:
    """Return the cell of a column with its header before it, and its style."""
    style = next((_STYLES[piece.tone] for piece in column.pieces(agent) if piece.tone != "plain"), "")
    return f"{column.header.lower()} {column.words(agent)}", style
