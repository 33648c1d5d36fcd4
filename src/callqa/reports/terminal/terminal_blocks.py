"""Reports of figures as text for a terminal: tables, or lists if the terminal is too narrow for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TextIO

from rich.text import Text

from callqa.reports.blocks import Alert, Block, Heading, Paragraphs, Sheet
from callqa.reports.terminal.tables import Column, fitting_table, pairs
from callqa.reports.terminal.terminal_page import Page, cells, page_for

_INDENT = 2
_BREAK = re.compile(r"(?<= )(?=\(|\+\d+\?)")


def write_as_text(blocks: Sequence[Block], stream: TextIO) -> None:
    """Write the blocks, fitted to the stream."""
    page = page_for(stream)
    for index, block in enumerate(blocks):
        if index and not isinstance(block, Heading):
            before = blocks[index - 1]
            if not isinstance(before, Heading):
                page.blank()
        _show(page, block, first=index == 0)
    page.finish()


def _show(page: Page, block: Block, *, first: bool) -> None:
    if isinstance(block, Sheet):
        _show_sheet(page, block)
    elif isinstance(block, Alert):
        page.alert(block.title, block.texts)
    elif isinstance(block, Paragraphs):
        for text in block.texts:
            page.line(text, style="dim" if block.quiet else "", indent=_INDENT if block.listed else 0)
    elif first:
        page.line((block.text, "bold"))
    else:
        page.heading(block.text)


def _pieces(page: Page, cell: str, words: bool) -> list[Text]:
    """Return the pieces of a cell: each word, or a figure, its interval and the number to review."""
    return page.name(cell) if words else [page.text(piece) for piece in _BREAK.split(cell)]


def _show_sheet(page: Page, sheet: Sheet) -> None:
    columns = [
        Column(page.words(name), [_pieces(page, row[at], at < sheet.words) for row in sheet.rows], at < sheet.words)
        for at, name in enumerate(sheet.columns)
    ]
    table = fitting_table(page, columns, total=sheet.total)
    if table is not None:
        page.show(table)
        return
    names = [page.text(name) for name in sheet.columns[sheet.words :]]
    values = [[page.text(cell) for cell in row[sheet.words :]] for row in sheet.rows]
    widest = max((cells(value) for row in values for value in row), default=0)
    for row, figures in zip(sheet.rows, values, strict=True):
        page.line((" ".join(filter(None, row[: sheet.words])), "bold"))
        page.show(pairs(page, names, figures, widest, indent=_INDENT), indent=_INDENT)
