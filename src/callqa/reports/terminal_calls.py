"""Single calls in the terminal: those without a score and why, those to listen to first, and notes."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from callqa.reports.findings import Finding, Kind, listen_first
from callqa.reports.plain_text import plural, whole_score
from callqa.reports.terminal_agents import label
from callqa.reports.terminal_page import Page, Piece, cells
from callqa.reports.terminal_table import GAP
from callqa.summary import RunSummary

MOST_UNSCORED = 8
"""Calls listed without a score, of each kind; the others are counted."""
MOST_FINDINGS = 10
"""Calls to listen to first: as many as a person does in one go."""
MOST_NOTES = 5
"""Different notes shown."""
LONGEST_QUOTE = 200
"""Characters of a quote before it is cut; the JSON report has it whole."""
LEAST_WORDS = 28
"""Cells left for the quote below which a finding takes two lines."""

MORE = "(see -f json)"

_STYLES: dict[Kind, str] = {
    "auto-fail": "bold red",
    "critical miss": "red",
    "fail": "red",
    "review": "yellow",
}


def show_unscored(page: Page, run: RunSummary) -> None:
    """List what failed and what cannot be judged, each with its reason."""
    for title, status in (("Failed", "failed"), ("Not scorable", "unscorable")):
        lines: list[list[Piece]] = [
            [(call.path, "bold"), f": {call.reason or 'no reason given'}"]
            for call in run.calls
            if call.status == status
        ]
        if lines:
            page.heading(title)
            _show_some(page, lines, MOST_UNSCORED)


def show_notes(page: Page, run: RunSummary) -> None:
    """Show what a reader should know about the recordings; a note many calls share is shown once."""
    paths: dict[str, list[str]] = {}
    for call in run.calls:
        for note in call.notes:
            paths.setdefault(note, []).append(call.path)
    shared = sorted(paths.items(), key=lambda item: -len(item[1]))
    lines: list[list[Piece]] = [
        [f"{calls[0] if len(calls) == 1 else plural(len(calls), 'call')}: {note}"] for note, calls in shared
    ]
    if lines:
        page.heading("Notes")
        _show_some(page, lines, MOST_NOTES)


def _show_some(page: Page, lines: Sequence[Sequence[Piece]], most: int) -> None:
    # One line in place of "and 1 more" costs nothing.
    shown = len(lines) if len(lines) <= most + 1 else most
    for line in lines[:shown]:
        page.line(*line, indent=2)
    if len(lines) > shown:
        page.line(f"and {len(lines) - shown} more {MORE}", style="dim", indent=2)


def show_listen_first(page: Page, run: RunSummary) -> None:
    """List the calls that need a person's attention, each with the moment that decided."""
    findings = listen_first(run.calls)
    if not findings:
        page.blank()
        page.line("Nothing to listen to first: no auto-fails, no misses, nothing to review.")
        return
    page.heading("Listen to these first")
    shown = [_Line(page, finding) for finding in findings[:MOST_FINDINGS]]
    table = _in_columns(page, shown)
    if table is not None:
        page.show(table, indent=2)
    else:
        _show_stacked(page, shown)
    if len(findings) > len(shown):
        page.line(f"and {plural(len(findings) - len(shown), 'more call')} {MORE}", style="dim", indent=2)


class _Line:
    """One finding as texts."""

    def __init__(self, page: Page, finding: Finding):
        self.path = page.text((finding.call.path, "bold"))
        self.moment = page.text(finding.moment or "–")
        self.criterion = page.text(label(finding.criterion.id))
        score = finding.call.score
        verdict = finding.kind if score is None else f"{finding.kind}, score {whole_score(score)}"
        self.verdict = page.text((verdict, _STYLES[finding.kind]))
        offence = finding.offence
        words = finding.criterion.reason if offence is None else f"“{_shortened(offence)}”"
        others = f" (also {', '.join(map(label, finding.others))})" if finding.others else ""
        self.words = page.text(words, (others, "dim"))


def _shortened(quote: str) -> str:
    if len(quote) <= LONGEST_QUOTE:
        return quote
    cut = quote[:LONGEST_QUOTE]
    return f"{cut.rsplit(' ', 1)[0] if ' ' in cut else cut}…"


def _in_columns(page: Page, lines: Sequence[_Line]) -> Table | None:
    """The findings one a row; None where that leaves too little room for the words."""
    widths = [max(cells(getattr(line, part)) for line in lines) for part in ("path", "moment", "criterion", "verdict")]
    room = page.width - 2 - sum(widths) - GAP * len(widths)
    if room < LEAST_WORDS:
        return None
    grid = Table.grid(padding=(0, GAP, 0, 0), pad_edge=False)
    for width in (*widths[:3], room, widths[3]):
        grid.add_column(width=width, overflow="fold")
    for line in lines:
        grid.add_row(line.path, line.moment, line.criterion, line.words, line.verdict)
    return grid


def _show_stacked(page: Page, lines: Sequence[_Line]) -> None:
    for line in lines:
        page.show(Text.assemble(line.path, "  ", line.moment, overflow="fold"), indent=2)
        parts = (line.criterion, ": ", line.words, ", ", line.verdict)
        page.show(Text.assemble(*parts, overflow="fold"), indent=4)
