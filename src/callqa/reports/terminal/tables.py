"""Tables as wide as the page allows, in which no figure and no word is broken. Knows nothing of calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from callqa.reports.terminal.terminal_page import Page, cells

GAP = 2
"""Cells between two columns."""
PAIR_GAP = 4
"""Cells between two pairs of name and value."""

Pieces = Sequence[Text]
"""A text in pieces, each of which must stay on one line; a piece ends with the blank after it."""


@dataclass(frozen=True)
class Column:
    """A column of a table, aligned to the right unless it holds words."""

    header: Pieces
    rows: Sequence[Pieces]
    words: bool = False

    @property
    def least(self) -> int:
        """The least width, in cells."""
        return max(cells(piece) for pieces in (self.header, *self.rows) for piece in pieces)

    @property
    def even(self) -> int:
        """The width at which no row is broken."""
        return max(self.least, *(cells(Text().join(pieces)) for pieces in self.rows))

    @property
    def natural(self) -> int:
        """The width at which nothing is broken."""
        return max(self.even, cells(Text().join(self.header)))

    def texts(self, width: int) -> list[Text]:
        """Return its rows at a width: if one of the figures must be broken, all are, so that they stay comparable."""
        if self.words or width >= self.even:
            return [_filled(pieces, width) for pieces in self.rows]
        return [_filled(pieces, 0) for pieces in self.rows]


def fitting_table(page: Page, columns: Sequence[Column], *, total: bool) -> Table | None:
    """Return a table no wider than the page; None if that would break a piece.

    `total` draws a line above the last row.
    """
    widths = _widths(columns, page.width - GAP * (len(columns) - 1))
    if widths is None:
        return None
    headers = [_filled(column.header, width) for column, width in zip(columns, widths, strict=True)]
    height = max(header.plain.count("\n") for header in headers)
    table = Table(box=page.lines, show_edge=False, pad_edge=False, padding=(0, GAP - 1, 0, 0), border_style="dim")
    for column, header, width in zip(columns, headers, widths, strict=True):
        lower = Text("\n" * (height - header.plain.count("\n"))).append_text(header)
        table.add_column(lower, width=width, justify="left" if column.words else "right", overflow="fold")
    texts = [column.texts(width) for column, width in zip(columns, widths, strict=True)]
    rows = list(zip(*texts, strict=True))
    for number, row in enumerate(rows, start=1):
        table.add_row(*row, end_section=total and number == len(rows) - 1)
    return table


def _widths(columns: Sequence[Column], width: int) -> list[int] | None:
    """Return the least width of each column, extended from the left as far as there is room."""
    spare = width - sum(column.least for column in columns)
    if spare < 0:
        return None
    widths = []
    for column in columns:
        best = max(width for width in (column.least, column.even, column.natural) if width <= column.least + spare)
        spare -= best - column.least
        widths.append(best)
    return widths


def _filled(pieces: Pieces, width: int) -> Text:
    """Return the pieces on lines of that width, as many on each as fit."""
    lines: list[Text] = []
    for piece in pieces:
        if lines and cells(Text().join([lines[-1], piece])) <= width:
            lines[-1] = Text().join([lines[-1], piece])
        else:
            lines.append(piece.copy())
    for line in lines:
        line.rstrip()
    return Text("\n").join(lines)


def pairs(page: Page, names: Sequence[Text], values: Sequence[Text], value_width: int, indent: int) -> Table:
    """Return names with their values, in as many columns as the page can hold; in a single column they may wrap."""
    name_width = max(map(cells, names))
    pair_width = name_width + GAP + value_width
    across = min(len(names), (page.width - indent + PAIR_GAP) // (pair_width + PAIR_GAP))
    grid = Table.grid(padding=(0, GAP, 0, 0), pad_edge=False)
    if across < 2:
        for pair in zip(names, values, strict=True):
            grid.add_row(*pair)
        return grid
    for _ in range(across):
        grid.add_column(width=name_width)
        grid.add_column(width=value_width + PAIR_GAP - GAP)
    texts = [text for pair in zip(names, values, strict=True) for text in pair]
    for start in range(0, len(texts), 2 * across):
        grid.add_row(*texts[start : start + 2 * across])
    return grid
