"""Single calls in the terminal: those without a score and why, those to listen to first, and notes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from callqa.core.text import plural, whole_score
from callqa.reports.priorities import Finding, Kind, listen_first, overridden, reason_of
from callqa.reports.terminal.tables import GAP
from callqa.reports.terminal.terminal_page import Page, Piece, cells
from callqa.reports.wording import label
from callqa.results.summary import RunSummary

MOST_UNSCORED = 40
"""Calls listed without a score, of each kind; the others are counted."""
MOST_FINDINGS = 10
"""Calls to listen to first: as many as a person does in one session."""
MOST_OVERRIDDEN = 20
"""Verdicts changed by people."""
MOST_NOTES = 5
"""Kinds of notes shown."""
LEAST_WORDS = 48
"""Terminal cells: with less room to the right of a finding, its reason is put on lines of its own."""
INDENT = 2

MORE = "(see -f json)"

_PARTICULARS = re.compile(r"“[^”]*”|\S*(?:[/\\0-9]|\.\w)\S*")
"""The parts that differ in notes of one kind: quotes, paths and figures."""

_STYLES: dict[Kind, str] = {
    "auto-fail": "bold red",
    "critical miss": "red",
    "fail": "red",
    "review": "yellow",
}


def show_unscored(page: Page, run: RunSummary) -> None:
    """List the calls that failed and those that cannot be judged, each with its reason."""
    for title, status in (("Failed", "failed"), ("Not scorable", "unscorable")):
        lines: list[list[Piece]] = [
            [(call.path, "bold"), f": {call.reason or 'no reason given'}"]
            for call in run.calls
            if call.status == status
        ]
        if lines:
            page.heading(title)
            _show_some(page, lines, MOST_UNSCORED)


def show_overridden(page: Page, run: RunSummary) -> None:
    """List the verdicts people have changed, together with callqa's own."""
    lines: list[list[Piece]] = [
        [(change.call.path, "bold"), f": {change.sentence}"] for change in overridden(run.calls)
    ]
    if lines:
        page.heading("Verdicts changed by people")
        _show_some(page, lines, MOST_OVERRIDDEN)


def show_notes(page: Page, run: RunSummary) -> None:
    """Show the notes on the recordings; a note that many calls have is shown once."""
    alike: dict[str, list[tuple[str, str]]] = {}
    for call in run.calls:
        for note in call.notes:
            alike.setdefault(_PARTICULARS.sub("…", note), []).append((call.path, note))
    lines: list[list[Piece]] = []
    for kind, noted in sorted(alike.items(), key=lambda item: -len(item[1])):
        path, note = noted[0]
        same = all(other == note for _, other in noted)
        calls = path if len(noted) == 1 else plural(len(noted), "call")
        lines.append([f"{calls}: {note if same else kind}"])
    if lines:
        page.heading("Notes")
        _show_some(page, lines, MOST_NOTES)


def _show_some(page: Page, lines: Sequence[Sequence[Piece]], most: int) -> None:
    # Where "and 1 more" would be, that one line fits as well.
    shown = len(lines) if len(lines) <= most + 1 else most
    for line in lines[:shown]:
        page.line(*line, indent=INDENT)
    if len(lines) > shown:
        page.line(f"and {len(lines) - shown} more {MORE}", style="dim", indent=INDENT)


def show_listen_first(page: Page, run: RunSummary) -> None:
    """List the calls that need a person's attention, each with the moment that decided."""
    findings = listen_first(run.calls)
    if not findings:
        page.blank()
        page.line("Nothing to listen to first: no auto-fails, no misses, nothing to review.")
        return
    page.heading("Listen to these first")
    mixed = run.provisional < run.coverage.scored
    shown = [_line(page, finding, marked=mixed) for finding in findings[:MOST_FINDINGS]]
    widths = [max(map(cells, column)) for column in zip(*(line.head for line in shown), strict=True)]
    room = page.width - INDENT - sum(widths) - GAP * len(widths)
    if room >= LEAST_WORDS:
        page.show(_in_columns(shown, widths, room), INDENT)
    else:
        _show_stacked(page, shown, widths)
    if len(findings) > len(shown):
        page.line(f"and {plural(len(findings) - len(shown), 'more call')} {MORE}", style="dim", indent=INDENT)


@dataclass(frozen=True)
class _Line:
    """One finding as texts: path, moment, criterion and verdict, and the words that led to it."""

    head: tuple[Text, Text, Text, Text]
    words: Text


def _line(page: Page, finding: Finding, *, marked: bool) -> _Line:
    """Return the finding as texts; with `marked` a provisional one is marked as such."""
    moment, score = finding.moment or "", finding.call.score
    reason = reason_of(finding.criterion).removesuffix(f" at {moment}")
    others = f" (also {', '.join(map(label, finding.others))})" if finding.others else ""
    verdict = page.text(
        (finding.kind, _STYLES[finding.kind]),
        "" if score is None else f", score {whole_score(score)}",
        ", provisional" if marked and finding.call.provisional else "",
    )
    head = (page.text((finding.call.path, "bold")), page.text(moment), page.text(label(finding.criterion.id)), verdict)
    return _Line(head, page.text(reason, (others, "dim")))


def _in_columns(lines: Sequence[_Line], widths: Sequence[int], room: int) -> Table:
    """Return the findings as a table, with `room` cells for the words."""
    grid = Table.grid(padding=(0, GAP, 0, 0), pad_edge=False)
    for width in (*widths[:3], room, widths[3]):
        grid.add_column(width=width, overflow="fold")
    for line in lines:
        grid.add_row(*line.head[:3], line.words, line.head[3])
    return grid


def _show_stacked(page: Page, lines: Sequence[_Line], widths: Sequence[int]) -> None:
    """Show the findings with the words below them; the heads are aligned if there is room."""
    aligned = INDENT + sum(widths) + GAP * (len(widths) - 1) <= page.width
    for line in lines:
        head = [text.copy() for text in line.head if text or aligned]
        if aligned:
            for text, width in zip(head[:-1], widths, strict=False):
                text.pad_right(width - cells(text))
        page.flow(head, between=" " * GAP, indent=INDENT)
        page.show(line.words, 2 * INDENT)
