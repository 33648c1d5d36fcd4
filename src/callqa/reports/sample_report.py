"""The calls picked for people to listen to: as a list to read, or as a sheet to fill in."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import TextIO

from callqa.core.text import plural
from callqa.evaluation.sampling import SampledCall
from callqa.reports.csv_report import cell
from callqa.reports.priorities import listen_first
from callqa.reports.terminal.terminal_page import page_for
from callqa.results.rubric_snapshot import RubricSnapshot

COLUMNS = ("call_id", "criterion", "verdict", "part", "agent", "path", "title")
"""Columns of a sheet; `callqa calibrate` reads the first four."""


def write_list(picked: Sequence[SampledCall], scored: int, stream: TextIO) -> None:
    """The calls by part, with why each was picked and where to begin."""
    page = page_for(stream)
    agents = len({one.call.agent for one in picked})
    page.line(
        (f"{plural(len(picked), 'call')} to listen to, out of {scored} scored, of {plural(agents, 'agent')}", "bold")
    )
    for part, title in (
        ("random", "Drawn by chance: only these tell how all calls are"),
        ("risk", "Picked by risk: worse than the rest, so never an average"),
    ):
        own = [one for one in picked if one.part == part]
        if own:
            page.heading(title)
            for one in own:
                moment = next((finding.moment for finding in listen_first([one.call]) if finding.moment), None)
                where = f", begin at {moment}" if moment and part == "risk" else ""
                page.line((one.call.path, "bold"), f" ({one.call.agent}): {one.why}{where}", indent=1)
    page.blank()
    page.line("-o sheet.csv writes a sheet to fill in, which callqa calibrate reads back.", style="dim")
    page.finish()


def write_sheet(picked: Sequence[SampledCall], standard: RubricSnapshot, stream: TextIO) -> None:
    """A row for each call and criterion, its verdict empty: whoever fills it in should not know callqa's.

    The stream must leave line ends alone (`newline=""`).
    """
    table = csv.writer(stream, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for one in picked:
        for line in standard.criteria:
            row = (one.call.call_id, line.id, "", one.part, one.call.agent, one.call.path, line.title)
            table.writerow([cell(value) for value in row])
