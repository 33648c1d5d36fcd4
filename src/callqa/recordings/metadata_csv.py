"""CSV files with facts about recordings, in the columns `file` or `call_id`, `agent`, `started_at` and `team`."""

from __future__ import annotations

import csv
import os
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from callqa.core.csv_reading import csv_rows
from callqa.errors import UsageError
from callqa.recordings.paths import escape_unprintable
from callqa.recordings.timestamps import parse_timestamp

if TYPE_CHECKING:
    from _csv import Reader

COLUMNS = ("file", "call_id", "agent", "started_at", "team")
"""The columns that are read, in any order and case; others are ignored."""

_NEEDED = "it needs a column agent and a column file or call_id, and may have started_at (as 2026-11-03T09:15) and team"


@dataclass(frozen=True)
class Row:
    """A row of the file, about one recording; a row without `file` is found by its `call_id`."""

    line: int
    file: str | None
    call_id: str | None
    agent: str | None
    started_at: datetime | None
    team: str | None = None


@dataclass(frozen=True)
class Metadata:
    """The rows of a metadata file."""

    path: Path
    rows: tuple[Row, ...]

    def by_file(self, files: Sequence[tuple[Path, str]]) -> dict[Path, Row]:
        """Return the rows about these files, each with its path relative to the folder the user named.

        A row names a file by the path the user named, by its path from the metadata file's folder or from the folder
        the user named, or by its bare name if only one file has it.
        """
        names = Counter(_plain(path.name) for path, _ in files)
        rows = {_plain(row.file): row for row in self.rows if row.file is not None}
        folder = os.path.abspath(self.path.parent)
        found: dict[Path, Row] = {}
        for path, relative in files:
            absolute = os.path.abspath(path)
            keys = [str(path), absolute, os.path.relpath(absolute, folder), relative]
            if names[_plain(path.name)] == 1:
                keys.append(path.name)
            row = next((rows[key] for key in map(_plain, keys) if key in rows), None)
            if row is not None:
                found[path] = row
        return found

    def by_call_id(self, calls: Sequence[tuple[Path, str]]) -> dict[Path, Row]:
        """Return the rows without a file that are about these recordings, each with its call id.

        A row names a call by its id, or by its file's name without suffix if only one file has it.
        """
        rows = {_plain(row.call_id): row for row in self.rows if row.file is None and row.call_id is not None}
        stems = Counter(_plain(path.stem) for path, _ in calls)
        found: dict[Path, Row] = {}
        for path, call_id in calls:
            stem = _plain(path.stem)
            row = rows.get(_plain(call_id)) or (rows.get(stem) if stems[stem] == 1 else None)
            if row is not None:
                found[path] = row
        return found


def _plain(path: str) -> str:
    """Return the path in the form that is compared: forward slashes, nothing superfluous, composed letters."""
    return unicodedata.normalize("NFC", os.path.normpath(path.strip().replace("\\", "/")))


def load_metadata(path: Path) -> Metadata:
    """Read a metadata file, separated by commas, semicolons or tabs.

    Raises UsageError if it cannot be read, lacks columns, or contradicts itself.
    """
    reader = _rows(path)
    rows: list[Row] = []
    columns: Mapping[str, int] | None = None
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            if columns is None:
                columns = _columns(path, cells)
            else:
                rows.append(_row(path, reader.line_num, columns, cells))
    except csv.Error as error:
        _refuse(path, f"is not a valid CSV file ({error}); export it again", reader.line_num)
    if columns is None:
        _refuse(path, f"is empty; {_NEEDED}")
    _check_duplicates(path, rows)
    return Metadata(path, tuple(rows))


def _rows(path: Path) -> Reader:
    try:
        return csv_rows(path.read_bytes())
    except UnicodeDecodeError:
        _refuse(path, "is not UTF-8; save it as CSV UTF-8")
    except OSError as error:
        _refuse(path, f"cannot be read ({error.strerror or error}); name a CSV file")


def _columns(path: Path, cells: Sequence[str]) -> Mapping[str, int]:
    names = [cell.lower() for cell in cells]
    if duplicates := [name for name in COLUMNS if names.count(name) > 1]:
        _refuse(path, f"has two columns named {duplicates[0]}; remove one")
    columns = {name: names.index(name) for name in COLUMNS if name in names}
    if "agent" not in columns or not columns.keys() & {"file", "call_id"}:
        _refuse(path, f"has the columns {', '.join(map(escape_unprintable, cells))}, but {_NEEDED}")
    return columns


def _row(path: Path, line: int, columns: Mapping[str, int], cells: Sequence[str]) -> Row:
    values = {name: cells[at] if at < len(cells) else "" for name, at in columns.items()}
    if not values.get("file") and not values.get("call_id"):
        _refuse(path, "names neither a file nor a call_id; fill one in or remove the row", line)
    text = values.get("started_at")
    started_at = parse_timestamp(text) if text else None
    if text and started_at is None:
        _refuse(path, f"has {escape_unprintable(text)!r} as started_at; write it as 2026-11-03T09:15", line)
    return Row(
        line,
        values.get("file") or None,
        values.get("call_id") or None,
        values["agent"] or None,
        started_at,
        values.get("team") or None,
    )


def _check_duplicates(path: Path, rows: Sequence[Row]) -> None:
    lines: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for row in rows:
        kind = "file" if row.file is not None else "call_id"
        lines[kind, _plain(row.file or row.call_id or "")].append(row.line)
    for (kind, name), at in lines.items():
        if len(at) > 1:
            first = f"which line {at[0]} already has"
            _refuse(path, f"repeats the {kind} {escape_unprintable(name)}, {first}; remove one of the two", at[1])


def _refuse(path: Path, what: str, line: int | None = None) -> NoReturn:
    where = escape_unprintable(path) if line is None else f"{escape_unprintable(path)}:{line}"
    raise UsageError(f"the metadata file {where} {what}")
