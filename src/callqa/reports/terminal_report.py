"""The report a team lead reads in the terminal: coverage first, then the agents, then what to listen to.

The parts are in `terminal_agents` and `terminal_calls`; this module decides about width and colour, and the order.
"""

from __future__ import annotations

import os
from typing import TextIO

from callqa.plain_text import plural
from callqa.reports.run_words import (
    PROVISIONAL_ADVICE,
    PROVISIONAL_TITLE,
    STOPPED,
    STOPPED_TITLE,
    engines,
    heard,
    outcomes,
    provisional,
    rubric_name,
)
from callqa.reports.terminal_agents import show_agents
from callqa.reports.terminal_calls import show_listen_first, show_notes, show_overridden, show_unscored
from callqa.reports.terminal_page import Page
from callqa.summary import RunSummary

PIPE_WIDTH = 100
"""Cells of a line where there is no terminal to ask."""

LEAST_WIDTH = 20
"""Cells below which no layout is possible; narrower terminals wrap by themselves."""


class TerminalReport:
    """The report as text for a terminal, a pipe or a text file.

    `width` None takes COLUMNS, the terminal's width, or PIPE_WIDTH where there is none. `color` None colours terminals
    only, and none with NO_COLOR (no-color.org) or TERM=dumb. Colour never says anything that the words do not.
    """

    def __init__(self, width: int | None = None, color: bool | None = None):
        self.width = width
        self.color = color

    def write(self, run: RunSummary, stream: TextIO) -> None:
        """Write the whole report."""
        page = page_for(stream, self.width, self.color)
        _show(page, run)
        page.finish()


def page_for(stream: TextIO, width: int | None = None, color: bool | None = None) -> Page:
    """A page for a stream; `width` and `color` as in TerminalReport."""
    width = _width(stream) if width is None else width
    color = _wants_color(stream) if color is None else color
    return Page(stream, max(LEAST_WIDTH, width), color=color)


def _wants_color(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _width(stream: TextIO) -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    if stream.isatty():
        try:
            return os.get_terminal_size(stream.fileno()).columns or PIPE_WIDTH
        except (OSError, ValueError):
            return PIPE_WIDTH
    return PIPE_WIDTH


def _show(page: Page, run: RunSummary) -> None:
    if run.calls:
        page.flow([(heard(run), "bold"), f"rubric {rubric_name(run.rubric)}", *engines(run)])
        told = outcomes(run)
        page.flow([*told[:-1], (told[-1], "red")] if run.coverage.failed else told)
    else:
        skipped = f"{plural(run.skipped, 'other file')} left alone"
        page.flow([(heard(run), "bold"), *([skipped] if run.skipped else [])])
    _show_provisional(page, run)
    if run.interrupted:
        page.blank()
        page.line((f"{STOPPED_TITLE} ", "bold yellow"), STOPPED)
    show_unscored(page, run)
    if run.coverage.scored:
        show_agents(page, run)
        show_listen_first(page, run)
    show_overridden(page, run)
    show_notes(page, run)


def _show_provisional(page: Page, run: RunSummary) -> None:
    told = provisional(run)
    if told is None:
        return
    page.blank()
    for paragraph in (
        page.text(PROVISIONAL_TITLE, style="bold yellow"),
        page.text(told),
        page.text(PROVISIONAL_ADVICE),
    ):
        page.barred("!", paragraph, "bold yellow")
