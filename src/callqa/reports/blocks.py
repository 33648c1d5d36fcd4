"""The words and tables of a report of figures, which terminal text and Markdown are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callqa.reports.agent_columns import agent_columns
from callqa.reports.markdown import escaped, table
from callqa.reports.wording import short_name
from callqa.results.rubric_snapshot import RubricSnapshot
from callqa.results.summary import AgentSummary

_LONGEST = 300
"""Characters of one cell or line in Markdown."""


@dataclass(frozen=True)
class Heading:
    """The title of the report or of a section."""

    text: str


@dataclass(frozen=True)
class Paragraphs:
    """Sentences, each on a line of its own; `listed` ones are items of a list, `quiet` ones explain the figures."""

    texts: tuple[str, ...]
    listed: bool = False
    quiet: bool = False


@dataclass(frozen=True)
class Alert:
    """A warning that nobody should overlook."""

    title: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """A table: the first `words` columns hold words, the others figures. With `total` the last row is one of totals."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1
    total: bool = False


Block = Heading | Paragraphs | Alert | Sheet


def agent_sheet(
    rubric: RubricSnapshot, agents: Sequence[AgentSummary], title: str = "Agent", *, total: bool = False
) -> Sheet:
    """Return the table of agents, or of other groups of calls."""
    columns = agent_columns(rubric)
    rows = tuple((short_name(agent.agent), *(column.words(agent) for column in columns)) for agent in agents)
    return Sheet((title, *(column.header for column in columns)), rows, total=total)


def as_markdown(blocks: Sequence[Block]) -> str:
    """Return the blocks as Markdown."""
    return "\n".join(_markdown(block, first=index == 0) for index, block in enumerate(blocks))


def sheet_markdown(sheet: Sheet) -> str:
    """Return one table as Markdown."""
    rows = [[escaped(cell, _LONGEST) for cell in row] for row in sheet.rows]
    return table([escaped(column, _LONGEST) for column in sheet.columns], rows, sheet.words)


def _markdown(block: Block, *, first: bool) -> str:
    if isinstance(block, Heading):
        return f"## {escaped(block.text, _LONGEST)}\n" if first else f"**{escaped(block.text, _LONGEST)}**\n"
    if isinstance(block, Sheet):
        return sheet_markdown(block)
    lines = [escaped(text, _LONGEST) for text in block.texts]
    if isinstance(block, Alert):
        return "  \n".join(f"> {line}" for line in (f"**{escaped(block.title)}**", *lines)) + "\n"
    if block.listed:
        return "".join(f"- {line}\n" for line in lines)
    return "  \n".join(lines) + "\n"
