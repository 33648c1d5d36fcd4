"""The report for a terminal: coverage first, then the agents, then the calls to listen to.

The parts are in `agent_table` and `call_list`; this module decides about width, colour and order.
"""

from __future__ import annotations

from typing import TextIO

from callqa.core.text import plural
from callqa.reports.terminal.agent_table import show_agents
from callqa.reports.terminal.call_list import show_listen_first, show_notes, show_overridden, show_unscored
from callqa.reports.terminal.terminal_page import Page, page_for
from callqa.reports.wording import (
    PROVISIONAL_ADVICE,
    PROVISIONAL_TITLE,
    STOPPED_TITLE,
    engines,
    outcomes,
    provisional,
    recordings,
    rubric_name,
    stopped,
)
from callqa.results.summary import RunSummary


class TerminalReport:
    """The report as text for a terminal, a pipe or a text file.

    `width` None means COLUMNS, the terminal's width, or PIPE_WIDTH without a terminal. `color` None colours terminals
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


def _show(page: Page, run: RunSummary) -> None:
    if run.calls:
        page.flow([(recordings(run), "bold"), f"rubric {rubric_name(run.rubric)}", *engines(run)])
        counts = outcomes(run)
        page.flow([*counts[:-1], (counts[-1], "red")] if run.coverage.failed else counts)
    else:
        skipped = f"{plural(run.skipped, 'other file')} left alone"
        page.flow([(recordings(run), "bold"), *([skipped] if run.skipped else [])])
    _show_provisional(page, run)
    if run.interrupted:
        page.blank()
        page.line((f"{STOPPED_TITLE} ", "bold yellow"), stopped(run))
    show_unscored(page, run)
    if run.coverage.scored:
        show_agents(page, run)
        show_listen_first(page, run)
    show_overridden(page, run)
    show_notes(page, run)


def _show_provisional(page: Page, run: RunSummary) -> None:
    sentence = provisional(run)
    if sentence is None:
        return
    page.blank()
    page.alert(PROVISIONAL_TITLE, (sentence, PROVISIONAL_ADVICE))
