"""Lines to learn from, in the form of the files in `training/`.

A heading `== TRADE LABEL…` says what the lines below it show; `{a|b}` stands for one of several wordings, `{goods}` for
a word of that kind.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from callqa.spoken import Spoken

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
    return {token.text: kind.upper() for kind, words in kinds.items() for w in words for token in Spoken(w).tokens[:1]}


def read_lines(path: Path, kinds: dict[str, list[str]]) -> Iterator[Line]:
    """The lines of a file, those with alternatives written out. Its name begins with the speaker."""
    speaker = path.name.partition("_")[0]
    trade, labels, only = "", frozenset[str](), None
    for number, row in enumerate(path.read_text(encoding="utf-8").splitlines()):
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


def expand(row: str, kinds: dict[str, list[str]]) -> list[str]:
    """At most EXPANSIONS lines of one in which {a|b} and {kind} stand for one of several."""
    pieces = re.split(r"\{([^{}]*)\}", row)
    choices = [kinds.get(piece) or piece.split("|") for piece in pieces[1::2]]
    if not choices:
        return [row]
    texts = []
    for turn in range(min(EXPANSIONS, math.prod(map(len, choices)))):
        picked = [choice[(digest(f"{row} {place}") + turn) % len(choice)] for place, choice in enumerate(choices)]
        texts.append("".join(a + b for a, b in itertools.zip_longest(pieces[::2], picked, fillvalue="")))
    return list(dict.fromkeys(texts))


def digest(text: str) -> int:
    """A number that stands for a text; the same on every machine."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])
