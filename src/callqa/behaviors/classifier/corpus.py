"""Lines to learn from, in the form of the files in `training/`.

A heading `== TRADE LABEL…` says what the lines below it show; `{a|b}` stands for one of several wordings, `{goods}` for
a word of that kind. Whole calls have `== call TRADE` before each and `SPEAKER LABEL…: words` a turn.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from callqa.behaviors.classifier.line_model import parts_of
from callqa.language.normalization import NormalizedText
from callqa.transcripts.transcript import Speaker

EXPANSIONS = 6
"""Lines made of one with alternatives, at most."""

GENERAL = "general"
"""The trade of lines that are of no trade."""


@dataclass(frozen=True)
class Line:
    """One line of training: who says it, in what trade, what it shows, and how much it counts."""

    text: str
    speaker: str
    trade: str
    labels: frozenset[str]
    only: str | None
    """The one behavior it is an example for or against; None where it is one for all of its speaker's."""
    source: int
    """Number of the written line it was made of."""
    weight: float
    in_call: bool = False
    """Whether it is a turn of a whole call, as long and as mixed as turns are."""


@dataclass(frozen=True)
class Turn:
    """A turn of a whole call: who says it, what it shows, and whether people would agree on that."""

    text: str
    speaker: Speaker
    labels: frozenset[str]
    agreed: bool


@dataclass(frozen=True)
class Call:
    """A whole call, turn by turn."""

    trade: str
    turns: tuple[Turn, ...]


def read_kinds(path: Path) -> dict[str, list[str]]:
    """The words of each kind in a file of `kind: word word…`."""
    kinds: dict[str, list[str]] = {}
    for row in path.read_text(encoding="utf-8").splitlines():
        if row and not row.startswith("#"):
            kind, _, words = row.partition(":")
            kinds[kind] = words.split()
    return kinds


def kind_of_word(kinds: dict[str, list[str]]) -> dict[str, str]:
    """The kind of each normalised word, in capitals."""
    return {
        token.text: kind.upper()
        for kind, words in kinds.items()
        for w in words
        for token in NormalizedText(w).tokens[:1]
    }


def read_lines(path: Path, kinds: dict[str, list[str]]) -> Iterator[Line]:
    """The lines of a file, those with alternatives written out. Its name begins with the speaker."""
    rows = _rows(path)
    if any(row.startswith(_CALL) for row in rows):
        yield from _read_calls(path.name, rows)
        return
    speaker = path.name.partition("_")[0]
    trade, labels, only = "", frozenset[str](), None
    for number, row in enumerate(rows):
        if row.startswith("=="):
            words = row.strip("= ").split()
            if words[0] in ("agent", "customer"):
                speaker = words.pop(0)
            trade, labels = words[0], frozenset(word for word in words[1:] if ":" not in word)
            only = next((word.removeprefix("only:") for word in words if word.startswith("only:")), None)
        elif row and not row.startswith("#"):
            written = expand(row, kinds)
            for text in written:
                yield Line(text, speaker, trade, labels, only, digest(f"{path.name} {number}"), len(written) ** -0.5)


def read_calls(path: Path) -> list[Call]:
    """The calls of a file; a label with a question mark is one people would not agree on. A file of lines has none."""
    return [Call(trade, tuple(turn for _, turn in turns)) for trade, turns in _calls(_rows(path))]


def _rows(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _calls(rows: list[str]) -> Iterator[tuple[str, list[tuple[int, Turn]]]]:
    """The trade of each call, and its turns with the rows they stand in."""
    trade, turns = "", list[tuple[int, Turn]]()
    for number, row in enumerate(rows):
        if row.startswith("== "):
            if turns:
                yield trade, turns
            trade, turns = row.split()[2] if row.startswith(_CALL) else "", []
        elif trade and row and not row.startswith("#"):
            head, _, text = row.partition(": ")
            speaker, *labels = head.split()
            agreed = not any(label.endswith("?") for label in labels)
            who: Speaker = "agent" if speaker == "agent" else "customer"
            turns.append((number, Turn(text, who, frozenset(label.rstrip("?") for label in labels), agreed)))
    if turns:
        yield trade, turns


_CALL = "== call "


def _read_calls(name: str, rows: list[str]) -> Iterator[Line]:
    """The turns of whole calls that people agree on; one that shows nothing comes in sentences."""
    for trade, turns in _calls(rows):
        for number, turn in turns:
            if turn.agreed:
                source = digest(f"{name} {number}")
                for part in [turn.text] if turn.labels else _sentences(turn.text):
                    yield Line(part, turn.speaker, trade, turn.labels, None, source, 1.0, in_call=True)


def _sentences(text: str) -> list[str]:
    """The parts of a line that are judged by themselves; where the line shows nothing, none of them does."""
    spoken = NormalizedText(text)
    return [text[slice(*spoken.characters(first, last))] for first, last in parts_of(spoken)]


def expand(row: str, kinds: dict[str, list[str]]) -> list[str]:
    """At most EXPANSIONS lines of one in which {a|b} and {kind} stand for one of several.

    One of several may hold such a choice itself.
    """
    choices = [_choices(piece, kinds) for piece in _OUTER.split(row)[1::2]]
    if not choices:
        return [row]
    turns = range(min(EXPANSIONS, math.prod(map(len, choices))))
    return list(dict.fromkeys(_chosen(_chosen(row, row, turn, kinds), row, turn, kinds) for turn in turns))


_OUTER = re.compile(r"\{((?:[^{}]|\{[^{}]*\})*)\}")


def _choices(piece: str, kinds: dict[str, list[str]]) -> list[str]:
    return kinds.get(piece) or re.split(r"\|(?![^{}]*\})", piece)


def _chosen(text: str, row: str, turn: int, kinds: dict[str, list[str]]) -> str:
    """A text with its outer choices made, those of the given turn."""
    pieces = _OUTER.split(text)
    choices = [_choices(piece, kinds) for piece in pieces[1::2]]
    picked = [choice[(digest(f"{row} {place}") + turn) % len(choice)] for place, choice in enumerate(choices)]
    return "".join(a + b for a, b in itertools.zip_longest(pieces[::2], picked, fillvalue=""))


def digest(text: str) -> int:
    """A number that stands for a text; the same on every machine."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])
