"""Tables that know how narrow they can be made without breaking a figure. Knows nothing of calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from callqa.reports.terminal_page import Page, cells, longest_word

GAP = 2
"""Cells between two columns."""
PAIR_GAP = 4
"""Cells between two pairs of name and value."""


@dataclass(frozen=True)
class Column:
    """A column of a table: its cells are figures, aligned right and never broken, or words."""

    header: Text
    rows: Sequence[Text]
    figures: bool = True

    @property
    def least(self) -> int:
        """Cells it needs: headers and words break between words only."""
        needed = cells if self.figures else longest_word
        return max(longest_word(self.header), *map(needed, self.rows))

    @property
    def natural(self) -> int:
        """Cells it takes with nothing broken."""
        return max(cells(self.header), *map(cells, self.rows))


def fitting_table(page: Page, columns: Sequence[Column], *, total: bool) -> Table | None:
    """A table as wide as the page at most; None where that would break figures or words.

    `total` draws a line above the last row.
    """
    spare = page.width - sum(column.least for column in columns) - GAP * (len(columns) - 1)
    if spare < 0:
        return None
    table = Table(box=page.lines, show_edge=False, pad_edge=False, padding=(0, GAP - 1, 0, 0))
    for column in columns:
        extra = min(spare, column.natural - column.least)
        spare -= extra
        table.add_column(
            column.header,
            width=column.least + extra,
            justify="right" if column.figures else "left",
            overflow="fold",
        )
    rows = list(zip(*(column.rows for column in columns), strict=True))
    for number, row in enumerate(rows, start=1):
        table.add_row(*row, end_section=total and number == len(rows) - 1)
    return table


def pairs(page: Page, names: Sequence[Text], values: Sequence[Text], width: int) -> Table:
    """Names with their values beside them, in as many columns as `width` takes; in one they may wrap."""
    name_width, value_width = max(map(cells, names)), max(map(cells, values))
    across = max(1, (width + PAIR_GAP) // (name_width + GAP + value_width + PAIR_GAP))
    across = min(across, len(names))
    grid = Table.grid(padding=(0, GAP, 0, 0), pad_edge=False)
    for number in range(across):
        last = number == across - 1
        grid.add_column(overflow="fold", width=name_width if across > 1 else None)
        value = value_width if last else value_width + PAIR_GAP - GAP
        grid.add_column(overflow="fold", width=value if across > 1 else None)
    for start in range(0, len(names), across):
        row = [*zip(names, values, strict=True)][start : start + across]
        grid.add_row(*(text for pair in row for text in pair))
    return grid
