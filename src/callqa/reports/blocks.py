"""What a report of figures says, before it is decided whether as terminal text or as Markdown: words and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callqa.reports.markdown import escaped, table
from callqa.reports.wording import calls_of, label, met, score_of, short_name
from callqa.results.rubric_snapshot import RubricSnapshot
from callqa.results.summary import AgentSummary, Counts

_LONGEST = 300
"""Characters of one cell or line in Markdown."""


@dataclass(frozen=True)
class Heading:
    """The title of the report, or of what follows."""

    text: str


@dataclass(frozen=True)
class Paragraphs:
    """Sentences, each on its own; `listed` ones are items of a list, `quiet` ones explain."""

    texts: tuple[str, ...]
    listed: bool = False
    quiet: bool = False


@dataclass(frozen=True)
class Alert:
    """What nobody may read past, and what is to be known of it."""

    title: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """A table; its first `words` columns are words, the others figures. A last row of totals is `total`."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1
    total: bool = False


Block = Heading | Paragraphs | Alert | Sheet


def agent_sheet(
    rubric: RubricSnapshot, agents: Sequence[AgentSummary], title: str = "Agent", *, total: bool = False
) -> Sheet:
    """What each agent, or other group of calls, reached."""
    counted = [("Auto-fails", "auto_fails")] if any(line.auto_fail for line in rubric.criteria) else []
    counted += [("Critical misses", "critical_misses")] if any(line.critical for line in rubric.criteria) else []
    counted += [("To review", "to_review")]
    rows = [
        (
            short_name(agent.agent),
            calls_of(agent),
            score_of(agent),
            *(met(agent.criteria.get(line.id, Counts())) for line in rubric.criteria),
            *(str(getattr(agent, field)) for _, field in counted),
        )
        for agent in agents
    ]
    names = (label(line.id).capitalize() for line in rubric.criteria)
    return Sheet((title, "Calls", "Score", *names, *(heading for heading, _ in counted)), tuple(rows), total=total)


def as_markdown(blocks: Sequence[Block]) -> str:
    """The blocks as Markdown."""
    return "\n".join(_markdown(block, first=index == 0) for index, block in enumerate(blocks))


def sheet_markdown(sheet: Sheet) -> str:
    """One table as Markdown."""
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
