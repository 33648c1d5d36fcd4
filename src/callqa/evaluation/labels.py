"""Labels by people: a CSV of verdicts (`call_id,criterion,verdict`) or of behaviors (`call_id,utterance,behavior`).

Rows without a verdict have not been filled in yet and are left out. Utterances are counted from 0, as in the
transcript's JSON. An utterance with 1 in the column `disputed` is not compared; other columns are ignored.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from callqa.core.csv_reading import csv_rows
from callqa.core.suggestions import did_you_mean
from callqa.core.text import printable
from callqa.errors import UsageError

VERDICTS = {"pass": "pass", "fail": "fail", "na": "na", "n/a": "na"}
"""The verdicts a person may write, and their names in callqa."""

MOST_MISTAKES = 20
"""Most mistakes reported at once."""

_NEEDS = {"call_id", "criterion", "verdict", "utterance", "behavior"}
NO_BEHAVIOR = "none"
"""Written in the column of behaviors if somebody listened to a call and found none."""

_NEEDED = "it needs the columns call_id,criterion,verdict or call_id,utterance,behavior"


@dataclass(frozen=True)
class VerdictLabels:
    """People's verdicts by call id and criterion.

    `open` counts rows that nobody has filled in yet. `parts` has the part of each call that `callqa sample` picked: by
    chance (`random`) or by risk (`risk`).
    """

    verdicts: Mapping[tuple[str, str], str]
    open: int = 0
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def call_ids(self) -> set[str]:
        """The calls that have labels."""
        return {call for call, _ in self.verdicts}

    def of_part(self, part: str) -> VerdictLabels:
        """Return the verdicts on the calls of one part. Raises UsageError if the sheet has none."""
        kept = {key: verdict for key, verdict in self.verdicts.items() if self.parts.get(key[0]) == part}
        if not kept:
            raise UsageError(f"the labels contain no verdict on calls of the part {part!r}; leave out --part")
        return VerdictLabels(kept, self.open, self.parts)


@dataclass(frozen=True)
class BehaviorLabels:
    """The utterances in which people found a behavior, as (call id, utterance) by behavior.

    `disputed` utterances count neither for nor against.
    """

    found: Mapping[str, frozenset[tuple[str, int]]]
    disputed: Mapping[str, frozenset[tuple[str, int]]]
    empty: frozenset[str] = frozenset()
    """Calls in which somebody found no behavior: those with a row of the behavior `none`."""

    @property
    def call_ids(self) -> set[str]:
        """The calls that have labels."""
        labelled = {call for kind in (self.found, self.disputed) for places in kind.values() for call, _ in places}
        return labelled | self.empty


def read_labels(path: Path, criteria: Collection[str], behaviors: Collection[str]) -> VerdictLabels | BehaviorLabels:
    """Read a CSV of labels, separated by commas, semicolons or tabs.

    Raises UsageError if it cannot be read or, with a line for each, if cells name an unknown criterion, behavior or
    verdict.
    """
    try:
        reader = csv_rows(path.read_bytes())
    except UnicodeDecodeError:
        _refuse(path, None, "is not UTF-8; save it as CSV UTF-8")
    except OSError as error:
        _refuse(path, None, f"cannot be read ({error.strerror or error}); name a CSV file")
    try:
        rows = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(map(str.strip, cells))]
    except csv.Error as error:
        _refuse(path, reader.line_num, f"is not a valid CSV file ({error}); export it again")
    if not rows:
        _refuse(path, None, f"is empty; {_NEEDED}")
    (_, names), *rest = rows
    columns = [name.lower().replace(" ", "_") for name in names]
    table = [(line, dict(zip(columns, cells, strict=False))) for line, cells in rest]
    if not rest and _NEEDS & set(columns):
        _refuse(path, None, "has no labels below its first line; write one on each line")
    if {"call_id", "criterion", "verdict"} <= set(columns):
        return _verdicts(path, table, criteria)
    if {"call_id", "utterance", "behavior"} <= set(columns):
        return _behaviors(path, table, behaviors)
    return _refuse(path, rows[0][0], f"has the columns {', '.join(map(printable, names))}, but {_NEEDED}")


Table = list[tuple[int, dict[str, str]]]


def _verdicts(path: Path, table: Table, criteria: Collection[str]) -> VerdictLabels:
    verdicts: dict[tuple[str, str], str] = {}
    parts: dict[str, str] = {}
    unfilled = 0
    mistakes = _Mistakes(path)
    for line, row in table:
        if not row.get("verdict"):
            unfilled += 1
            continue
        call, criterion, given = (mistakes.cell(line, row, name) for name in ("call_id", "criterion", "verdict"))
        verdict = VERDICTS.get(given.lower())
        if criterion and criterion not in criteria:
            hint = did_you_mean(criterion, sorted(criteria))
            mistakes.add(line, f"the rubric has no criterion {printable(criterion)!r}{hint}")
        if verdict is None:
            mistakes.add(line, f"{printable(given)!r} is not a verdict a person gives; write pass, fail or na")
        elif call and criterion in criteria and verdicts.setdefault((call, criterion), verdict) != verdict:
            mistakes.add(line, f"{printable(call)!r} has two verdicts on {criterion}; keep one")
        if row.get("part"):
            parts[call] = row["part"].lower()
    mistakes.refuse()
    if not verdicts:
        _refuse(path, None, "contains no verdict; write pass, fail or na into the column verdict")
    return VerdictLabels(verdicts, unfilled, parts)


def _behaviors(path: Path, table: Table, behaviors: Collection[str]) -> BehaviorLabels:
    found: dict[str, set[tuple[str, int]]] = {}
    disputed: dict[str, set[tuple[str, int]]] = {}
    empty: set[str] = set()
    mistakes = _Mistakes(path)
    for line, row in table:
        if row.get("behavior", "").lower() == NO_BEHAVIOR:
            empty.add(mistakes.cell(line, row, "call_id"))
            continue
        call, utterance, behavior = (mistakes.cell(line, row, name) for name in ("call_id", "utterance", "behavior"))
        if behavior and behavior not in behaviors:
            hint = did_you_mean(behavior, sorted(behaviors))
            mistakes.add(line, f"no behavior is called {printable(behavior)!r}{hint}")
        if utterance and not (utterance.isascii() and utterance.isdigit() and len(utterance) < 10):
            shown = printable(utterance)
            mistakes.add(line, f"{shown!r} is not an utterance; write its number in the transcript, from 0")
        if mistakes.any:
            continue
        is_disputed = row.get("disputed", "").lower() in ("1", "true", "yes")
        found.setdefault(behavior, set())
        (disputed if is_disputed else found).setdefault(behavior, set()).add((call, int(utterance)))
    mistakes.refuse()
    return BehaviorLabels(
        {name: frozenset(places) for name, places in found.items()},
        {name: frozenset(places) for name, places in disputed.items()},
        frozenset(empty),
    )


class _Mistakes:
    """The mistakes in the cells of a file, collected so that they are reported together."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._messages: list[str] = []

    @property
    def any(self) -> bool:
        """True if there is a mistake so far."""
        return bool(self._messages)

    def cell(self, line: int, row: Mapping[str, str], name: str) -> str:
        """Return the text of a cell that must be filled in; an empty cell is a mistake."""
        text = row.get(name) or ""
        if not text:
            self.add(line, f"has no {name}; fill it in or leave the row out")
        # `callqa sample` and the CSV report put an apostrophe before text that spreadsheets interpret as a formula.
        return text[1:] if text[:2] in ("'=", "'+", "'-", "'@") else text

    def add(self, line: int, message: str) -> None:
        """Add a mistake."""
        self._messages.append(_placed(self._path, line, message))

    def refuse(self) -> None:
        """Raise UsageError with a line for each mistake, if any, but no more than a person fixes at a time."""
        if len(self._messages) > MOST_MISTAKES:
            more = f"{printable(str(self._path))}: and {len(self._messages) - MOST_MISTAKES} more mistakes"
            raise UsageError("\n".join([*self._messages[:MOST_MISTAKES], more]))
        if self._messages:
            raise UsageError("\n".join(self._messages))


def _refuse(path: Path, line: int | None, message: str) -> NoReturn:
    raise UsageError(_placed(path, line, message))


def _placed(path: Path, line: int | None, message: str) -> str:
    where = printable(str(path)) if line is None else f"{printable(str(path))}:{line}"
    return f"{where}: {message}"
