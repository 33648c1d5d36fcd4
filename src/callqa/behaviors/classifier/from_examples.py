"""A model of lines for a behavior of a team's own, made of the examples in its file.

The examples are set against ordinary lines of the same party that come with callqa (`training/`), so that a few of them
suffice. Examples with a line `before` are left out: what they show may hang on that line, and a model sees one alone.
Nothing is drawn by chance: the same file gives the same model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from callqa.behaviors.behavior import DOUBTFUL, SURE, Behavior
from callqa.behaviors.behavior_schema import BehaviorFile, Example
from callqa.behaviors.classifier.corpus import GENERAL, Line, kind_of_word, read_kinds, read_lines
from callqa.behaviors.classifier.line_model import FORMAT, LearnedModel, read_model
from callqa.behaviors.classifier.training import train
from callqa.language.normalization import NormalizedText

FEWEST_FOUND = 10
"""Examples of the behavior needed to learn from. With 5 next to nothing was learned; with 10 a model found about a
third of what people had marked in real calls, with 24 about three fifths, and took 2 to 3 of a thousand other lines for
it (six shipped behaviors without their phrases)."""

FEWEST_NOT_FOUND = 5
"""Near misses needed; without them what is common to both is learned."""

OWN = 5.0
"""How much a near miss counts beside an ordinary line; of 1 and 5, the latter took fewer other near misses for the
behavior and found as much."""

_ORDINARY = ("talk", "other")
"""Which of the files of lines, by the end of their names, show nothing out of the ordinary."""


def too_few(file: BehaviorFile) -> str | None:
    """What examples are missing before a behavior can be learned, in words; None where there are enough."""
    missing = []
    for kind, examples, needed in (
        ("found", file.examples.found, FEWEST_FOUND),
        ("not_found", file.examples.not_found, FEWEST_NOT_FOUND),
    ):
        count = len(_different(examples))
        if count < needed:
            missing.append(f"{needed} different lines under examples.{kind} (there {_are(count)})")
    if not missing:
        return None
    without = " (those with `before` or `after` do not count)" if _have_context(file) else ""
    return f"it takes at least {', and '.join(missing)}{without}; add more, or leave `learn` out"


def _are(count: int) -> str:
    return "is 1" if count == 1 else f"are {count or 'none'}"


def _have_context(file: BehaviorFile) -> bool:
    return any(example.before or example.after for example in (*file.examples.found, *file.examples.not_found))


def learn(file: BehaviorFile, phrases: Behavior, training: Path) -> LearnedModel:
    """The model of a behavior's examples, of which there must be enough (`too_few`).

    `phrases` is the behavior as its phrases find it: ordinary lines that show it are not learned as lines that do not.
    `training` is the folder of ordinary lines.
    """
    name = file.behavior
    found, not_found = _different(file.examples.found), _different(file.examples.not_found)
    kinds, ordinary = _ordinary_lines(training, phrases.speaker)
    # Numbered below zero, for the numbers of ordinary lines are not.
    lines = [Line(text, "", GENERAL, frozenset([name]), None, -1 - n, 1.0) for n, text in enumerate(found.values())]
    lines += [
        Line(text, "", GENERAL, frozenset(), None, -1 - n, OWN) for n, text in enumerate(not_found.values(), len(found))
    ]
    lines += [line for line in ordinary if not _shows(phrases, line.text, found)]
    trained = train(lines, name, kind_of_word(kinds), smooth=True)
    part = json.dumps(trained.part, sort_keys=True)
    digest = hashlib.sha256(part.encode() + b"\0" + json.dumps(kinds, sort_keys=True).encode()).hexdigest()
    data = {
        "format": FORMAT,
        "version": digest[:6],
        "kinds": {kind.upper(): " ".join(words) for kind, words in kinds.items()},
        "behaviors": {name: trained.part},
    }
    shown, other = trained.left_out[: len(found)], trained.left_out[len(found) : len(found) + len(not_found)]
    return LearnedModel(
        read_model(json.dumps(data)),
        digest,
        found=len(found),
        not_found=len(not_found),
        kept=sum(confidence >= SURE for confidence in shown),
        doubted=sum(DOUBTFUL <= confidence < SURE for confidence in shown),
        wrong=sum(confidence >= SURE for confidence in other),
    )


def told(learned: LearnedModel) -> str:
    """What was learned of how much, and how it does on lines it did not see, in words."""
    return (
        f"learned from {learned.found} lines that show it and {learned.not_found} that do not; where an eighth of them"
        f" was left out in turn, it was sure of {learned.kept} of the {learned.found}, doubted {learned.doubted},"
        f" and took {learned.wrong} of the {learned.not_found} for it"
    )


def _different(examples: Iterable[Example]) -> dict[str, str]:
    """The lines by their normal form."""
    lines: dict[str, str] = {}
    for example in examples:
        normal = NormalizedText(example.say).normal
        if normal and not (example.before or example.after):
            lines.setdefault(normal, example.say)
    return lines


def _shows(phrases: Behavior, text: str, found: dict[str, str]) -> bool:
    spoken = NormalizedText(text)
    return spoken.normal in found or bool(phrases.find(spoken))


@lru_cache(maxsize=4)
def _ordinary_lines(training: Path, party: str) -> tuple[dict[str, list[str]], tuple[Line, ...]]:
    """The kinds of words, and the ordinary lines of a party, one for each that is written."""
    kinds = read_kinds(training / "words.txt")
    return kinds, tuple(_first_of_each(training, party, kinds))


def _first_of_each(training: Path, party: str, kinds: dict[str, list[str]]) -> Iterator[Line]:
    for speaker in ("agent", "customer") if party == "any" else (party,):
        for kind in _ORDINARY:
            written = -1
            for line in read_lines(training / f"{speaker}_{kind}.txt", kinds):
                if line.source != written and not line.labels:
                    written = line.source
                    yield Line(line.text, speaker, GENERAL, frozenset(), None, line.source, 1.0)
