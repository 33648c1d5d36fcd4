"""Tables as CSV for spreadsheets: the columns are defined once, each with its name and its value.

- Lines end with CR LF, as RFC 4180 has it and every spreadsheet and CSV reader accepts. No cell holds a line break.
- A file begins with a byte order mark: without one Excel reads it in the machine's old code page and mangles "José" and
  "£20", which its user cannot repair. Standard output has none: pipes end in programs, which read UTF-8 as it is.
- No cell can be read as a formula (OWASP, "CSV Injection"): one that could be gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TextIO, TypeVar

from callqa.core.text import without_controls

Cell = str | int | float | bool | datetime | None
Row = TypeVar("Row")

_FORMULA = re.compile(r"^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True)
class CsvColumn(Generic[Row]):
    """A column: its name, and the value of a row in it."""

    name: str
    value: Callable[[Row], Cell]


def column(path: str, name: str | None = None) -> CsvColumn[Any]:
    """Return the column of an attribute of the row, such as `call.metrics.hold`.

    Its name is the last part of the path unless another is given. A cell is empty if any part of the path is None.
    """
    parts = path.split(".")

    def value(row: Any) -> Cell:
        for part in parts:
            row = None if row is None else getattr(row, part)
        cell: Cell = row
        return cell

    return CsvColumn(name or parts[-1], value)


def columns(path: str, *names: str) -> list[CsvColumn[Any]]:
    """Return the columns of several attributes of the row, or of what is found at `path` in it."""
    return [column(f"{path}.{name}" if path else name) for name in names]


RUBRIC_COLUMNS = (
    column("rubric.name", "rubric"),
    column("rubric.version", "rubric_version"),
    column("rubric.sha256", "rubric_sha256"),
)
"""Of rows with a `rubric`."""


def write_rows(table: Sequence[CsvColumn[Row]], rows: Iterable[Row], stream: TextIO) -> None:
    """Write a table with its header; the stream must leave line ends alone (`newline=""`)."""
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(one.name for one in table)
    writer.writerows([cell_text(one.value(row)) for one in table] for row in rows)


def cell_text(value: Cell) -> str:
    """Return the text of a cell: empty for None, true and false, plain numbers, text that is not a formula.

    >>> cell_text("=1+1"), cell_text("-3.5"), cell_text(True), cell_text(20.0)
    ("'=1+1", '-3.5', 'true', '20')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    if isinstance(value, datetime):
        return value.isoformat()
    text = without_controls(str(value))
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
