"""Reader of the training data in `training/`: lines that are written for training, and whole calls.

A file of lines is named `lines/SPEAKER/LABEL.txt`. A heading `== TRADE` applies to the lines below it. As in phrases,
`(a|b)` stands for one of several wordings and `[a]` for words that may be left out; `<goods>` stands for a word of that
kind. A file of calls has `== call TRADE` before each call and `SPEAKER LABEL…: words` for each utterance.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from callqa.behaviors.classifier.utterance_model import parts_of
from callqa.language.normalization import NormalizedText
from callqa.transcripts.formats import read
from callqa.transcripts.transcript import Speaker

EXPANSIONS = 6
"""Lines made of one with alternatives, at most."""

GENERAL = "general"
"""The trade of lines that belong to no trade."""

FOLDS = 5
"""Parts that the training data is split into for cross-validation."""

_UNLABELLED = frozenset({"ordinary", "spontaneous", "other_behaviors"})
"""Files of lines that show no behavior; files named `not_…`, of lines that only look like one, show none either."""

_CALL = "== call "


@dataclass(frozen=True)
class TrainingLine:
    """One line to learn from: the words, what they show, and how much they count."""

    text: str
    speaker: str
    trade: str
    labels: frozenset[str]
    """The behaviors it shows."""
    only: str | None
    """The one behavior it is an example for or against; None if it is one for all behaviors of its speaker."""
    source: int
    """Number of the written line it was made from."""
    weight: float
    in_call: bool = False
    """True for an utterance of a whole call, as long and as mixed as utterances are."""
    assigned_fold: int | None = None
    """The fold that its heading names, for lines that belong to no trade."""
    talk: bool = False
    """True for a line of ordinary talk: it shows nothing, and no n-gram is learned that occurs only in such lines."""

    @property
    def fold(self) -> int:
        """The part of the data it is in for cross-validation, from 0 to FOLDS - 1.

        A trade is in one part as a whole. Lines that belong to no trade are split by their headings or else by the
        written lines they were made from.
        """
        if self.trade != GENERAL:
            return fold_of_trade(self.trade)
        return self.source % FOLDS if self.assigned_fold is None else self.assigned_fold


@dataclass(frozen=True)
class LabelledUtterance:
    """An utterance of a whole call, the behaviors it shows, and whether people would agree on them."""

    text: str
    speaker: Speaker
    labels: frozenset[str]
    agreed: bool


@dataclass(frozen=True)
class TrainingCall:
    """A whole call with its labels."""

    trade: str
    utterances: tuple[LabelledUtterance, ...]


def fold_of_trade(trade: str) -> int:
    """Return the part of the data that a trade is in, from 0 to FOLDS - 1."""
    return digest(trade) % FOLDS


def read_kinds(path: Path) -> dict[str, list[str]]:
    """Read the words of each kind from a file of `kind: word word…`."""
    kinds: dict[str, list[str]] = {}
    for row in _rows(path):
        if row and not row.startswith("#"):
            kind, _, words = row.partition(":")
            kinds[kind] = words.split()
    return kinds


def kind_of_word(kinds: dict[str, list[str]]) -> dict[str, str]:
    """Return the kind of each normalised word, in capitals."""
    return {
        token.text: kind.upper()
        for kind, words in kinds.items()
        for w in words
        for token in NormalizedText(w).tokens[:1]
    }


def read_lines(path: Path, kinds: dict[str, list[str]]) -> Iterator[TrainingLine]:
    """Yield the lines of a file `SPEAKER/LABEL.txt`, each with alternatives as the several lines it stands for."""
    speaker, name = path.parent.name, path.stem
    unlabelled = name in _UNLABELLED or name.startswith("not_")
    labels = frozenset[str]() if unlabelled else frozenset([name])
    trade, only, fold = "", False, None
    for number, row in enumerate(_rows(path)):
        if row.startswith("=="):
            trade, *options = row.strip("= ").split()
            only = "only" in options
            fold = next((int(option.removeprefix("fold:")) for option in options if option.startswith("fold:")), None)
        elif row and not row.startswith("#"):
            expanded = expand(row, kinds)
            for text in expanded:
                yield TrainingLine(
                    text,
                    speaker,
                    trade,
                    labels,
                    name.removeprefix("not_") if only else None,
                    digest(f"{speaker}/{name} {number}"),
                    len(expanded) ** -0.5,
                    assigned_fold=fold,
                )


def read_calls(path: Path) -> list[TrainingCall]:
    """Read the calls of a file; a label with a question mark is one that people would not agree on."""
    return [TrainingCall(trade, tuple(one for _, one in utterances)) for trade, utterances in _calls(_rows(path))]


def read_talk(folder: Path) -> list[TrainingCall]:
    """Read a folder of transcripts of ordinary talk as calls in which nobody shows anything.

    Each conversation is a trade of its own, named after its words, so that two transcripts of one conversation, each
    with another party as the agent, are in the same part of the data.
    """
    found = []
    for path in sorted(folder.rglob("*.json")):
        said = [(one.speaker, one.text) for one in read(path).utterances]
        utterances = tuple(LabelledUtterance(text, speaker, frozenset(), agreed=True) for speaker, text in said)
        trade = f"talk {digest(chr(10).join(text for _, text in said))}"
        found.append(TrainingCall(trade, utterances))
    return found


def talk_lines(calls: Sequence[TrainingCall]) -> Iterator[TrainingLine]:
    """Yield the sentences of ordinary talk as lines to learn from."""
    for call in calls:
        for number, one in enumerate(call.utterances):
            source = digest(f"{call.trade} {number}")
            for part in _sentences(one.text):
                yield TrainingLine(part, one.speaker, call.trade, frozenset(), None, source, 1.0, True, talk=True)


def read_utterances(path: Path) -> Iterator[TrainingLine]:
    """Yield the utterances of a file of calls as lines to learn from; one that shows nothing is split into sentences.

    Utterances that people would not agree on are left out.
    """
    for trade, utterances in _calls(_rows(path)):
        for number, one in utterances:
            if one.agreed:
                source = digest(f"{path.stem} {number}")
                for part in [one.text] if one.labels else _sentences(one.text):
                    yield TrainingLine(part, one.speaker, trade, one.labels, None, source, 1.0, in_call=True)


def _rows(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _calls(rows: list[str]) -> Iterator[tuple[str, list[tuple[int, LabelledUtterance]]]]:
    """Yield the trade of each call, and its utterances with the numbers of their rows."""
    trade, utterances = "", list[tuple[int, LabelledUtterance]]()
    for number, row in enumerate(rows):
        if row.startswith(_CALL):
            if utterances:
                yield trade, utterances
            trade, utterances = row.removeprefix(_CALL).strip(), []
        elif row and not row.startswith("#"):
            head, _, text = row.partition(": ")
            speaker, *labels = head.split()
            agreed = not any(label.endswith("?") for label in labels)
            who: Speaker = "agent" if speaker == "agent" else "customer"
            one = LabelledUtterance(text, who, frozenset(label.rstrip("?") for label in labels), agreed)
            utterances.append((number, one))
    if utterances:
        yield trade, utterances


def _sentences(text: str) -> list[str]:
    """Return the parts of an utterance that are classified by themselves: if it shows nothing, none of them does."""
    spoken = NormalizedText(text)
    return [text[slice(*spoken.characters(first, last))] for first, last in parts_of(spoken)]


def expand(row: str, kinds: dict[str, list[str]]) -> list[str]:
    """Return at most EXPANSIONS of the lines that a row with `(a|b)`, `[a]` and `<kind>` stands for.

    An alternative may contain such choices itself, but these no further ones.
    """
    choices = [_alternatives(choice, kinds) for choice in _CHOICE.finditer(row)]
    turns = range(min(EXPANSIONS, math.prod(map(len, choices))))
    return list(dict.fromkeys(_chosen(_chosen(row, row, turn, kinds), row, turn, kinds) for turn in turns))


_INNER = r"(?:[^()\[\]]|\([^()\[\]]*\)|\[[^()\[\]]*\])*"
_CHOICE = re.compile(rf"\((?P<one>{_INNER})\)|\[(?P<optional>{_INNER})\]|<(?P<kind>\w+)>")
_BAR = re.compile(r"\|(?![^()\[\]]*[)\]])")
"""A bar that is not within inner brackets."""


def _alternatives(choice: re.Match[str], kinds: dict[str, list[str]]) -> list[str]:
    if choice["kind"] is not None:
        return kinds[choice["kind"]]
    if choice["one"] is not None:
        return _BAR.split(choice["one"])
    return [*_BAR.split(choice["optional"]), ""]


_NEUTRAL = str.maketrans({"(": "{", ")": "}", "[": "{", "]": "|}", "<": "{", ">": "}"})
"""Brackets → braces, so that the choices made for a row depend on its words and not on its kind of brackets."""


def _chosen(text: str, row: str, turn: int, kinds: dict[str, list[str]]) -> str:
    """Make the outer choices of a text, those of the given turn."""
    places = itertools.count()

    def pick(choice: re.Match[str]) -> str:
        alternatives = _alternatives(choice, kinds)
        return alternatives[(digest(f"{row.translate(_NEUTRAL)} {next(places)}") + turn) % len(alternatives)]

    return _CHOICE.sub(pick, text)


def digest(text: str) -> int:
    """Return a number that stands for a text; the same on every machine."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])
