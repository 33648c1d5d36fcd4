"""The calls picked for people to listen to: as a list to read, or as a sheet to fill in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from callqa.core.text import plural
from callqa.evaluation.sampling import SampledCall
from callqa.reports.csv_table import CsvColumn, column, write_rows
from callqa.reports.priorities import listen_first
from callqa.reports.terminal.terminal_page import page_for
from callqa.results.rubric_snapshot import CriterionInfo, RubricSnapshot


@dataclass(frozen=True)
class SheetRow:
    """A row of a sheet to fill in."""

    sample: SampledCall
    criterion: CriterionInfo


COLUMNS = (
    column("sample.call.call_id"),
    column("criterion.id", "criterion"),
    CsvColumn[SheetRow]("verdict", lambda _: ""),
    column("sample.part"),
    column("sample.call.agent"),
    column("sample.call.path"),
    column("criterion.title"),
)
"""Columns of a sheet; `callqa calibrate` reads the first four."""


def write_list(picked: Sequence[SampledCall], scored: int, stream: TextIO) -> None:
    """Write the calls by part, with the reason each was picked and the moment to begin at."""
    page = page_for(stream)
    agents = len({one.call.agent for one in picked})
    page.line(
        (f"{plural(len(picked), 'call')} to listen to, out of {scored} scored, of {plural(agents, 'agent')}", "bold")
    )
    for part, title in (
        ("random", "Drawn by chance: only these show what all calls are like"),
        ("risk", "Picked by risk: worse than the rest, so never use them for an average"),
    ):
        own = [one for one in picked if one.part == part]
        if own:
            page.heading(title)
            for one in own:
                moment = next((finding.moment for finding in listen_first([one.call]) if finding.moment), None)
                where = f", begin at {moment}" if moment and part == "risk" else ""
                page.line((one.call.path, "bold"), f" ({one.call.agent}): {one.why}{where}", indent=1)
    page.blank()
    page.line("-o sheet.csv writes a sheet to fill in, which callqa calibrate can read.", style="dim")
    page.finish()


def write_sheet(picked: Sequence[SampledCall], rubric: RubricSnapshot, stream: TextIO) -> None:
    """Write a row for each call and criterion, its verdict empty: whoever fills it in should not know callqa's.

    The stream must leave line ends alone (`newline=""`).
    """
    write_rows(COLUMNS, (SheetRow(one, criterion) for one in picked for criterion in rubric.criteria), stream)
