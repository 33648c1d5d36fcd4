"""Training of a model for a team's own behavior, from the examples in its file.

The examples are contrasted with ordinary lines of the same party that come with callqa (`training/lines/`), so that a
few of them suffice. Examples with lines `before` or `after` are left out: what they show may depend on those lines, and
a model sees one utterance alone. Nothing is random: the same file gives the same model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from callqa.behaviors.behavior import DOUBTFUL, SURE, Behavior
from callqa.behaviors.behavior_schema import BehaviorFile, Example
from callqa.behaviors.classifier.corpus import GENERAL, TrainingLine, kind_of_word, read_kinds, read_lines
from callqa.behaviors.classifier.training import train
from callqa.behaviors.classifier.utterance_model import FORMAT, LearnedModel, read_model
from callqa.language.normalization import NormalizedText

FEWEST_FOUND = 10
"""Examples of the behavior that are needed. From 5, next to nothing was learned; with 10, a model found about a third
of what people had marked in real calls, with 24 about three fifths, and mistook 2 to 3 of a thousand other utterances
for it (six shipped behaviors without their phrases)."""

FEWEST_NOT_FOUND = 5
"""Near misses that are needed; without them, what both have in common is learned."""

NEAR_MISS_WEIGHT = 5.0
"""Weight of a near miss, compared with an ordinary line; of 1 and 5, the latter mistook fewer other near misses for the
behavior and found as much."""


def missing_examples(file: BehaviorFile) -> str | None:
    """Describe which examples are missing before a behavior can be learned; None if there are enough."""
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
    """Train a model on a behavior's examples, which must be enough (`missing_examples`).

    `phrases` is the behavior as its phrases find it: ordinary lines in which they find it do not count against it.
    `training` is the folder of training data.
    """
    name = file.behavior
    found, not_found = _different(file.examples.found), _different(file.examples.not_found)
    kinds, ordinary = _ordinary_lines(training, phrases.speaker)
    # Numbered below zero, unlike ordinary lines.
    lines = [
        TrainingLine(text, "", GENERAL, frozenset([name]), None, -1 - n, 1.0) for n, text in enumerate(found.values())
    ]
    lines += [
        TrainingLine(text, "", GENERAL, frozenset(), None, -1 - n, NEAR_MISS_WEIGHT)
        for n, text in enumerate(not_found.values(), len(found))
    ]
    lines += [line for line in ordinary if not _shows(phrases, line.text, found)]
    trained = train(lines, name, kind_of_word(kinds), smooth=True)
    weights = json.dumps(trained.weights, sort_keys=True)
    digest = hashlib.sha256(weights.encode() + b"\0" + json.dumps(kinds, sort_keys=True).encode()).hexdigest()
    data = {
        "format": FORMAT,
        "version": digest[:6],
        "kinds": {kind.upper(): " ".join(words) for kind, words in kinds.items()},
        "behaviors": {name: trained.weights},
    }
    confidences = trained.held_out_confidences
    shown, other = confidences[: len(found)], confidences[len(found) : len(found) + len(not_found)]
    return LearnedModel(
        read_model(json.dumps(data)),
        digest,
        found=len(found),
        not_found=len(not_found),
        kept=sum(confidence >= SURE for confidence in shown),
        doubted=sum(DOUBTFUL <= confidence < SURE for confidence in shown),
        wrong=sum(confidence >= SURE for confidence in other),
    )


def describe(learned: LearnedModel) -> str:
    """Describe how much a model was learned from, and how well it does on lines that it was not trained on."""
    return (
        f"learned from {learned.found} lines that show it and {learned.not_found} that do not; in cross-validation,"
        f" with a fifth of them left out at a time, it was sure of {learned.kept} of the {learned.found}, doubted"
        f" {learned.doubted}, and mistook {learned.wrong} of the {learned.not_found} for it"
    )


def _different(examples: Iterable[Example]) -> dict[str, str]:
    """Return the lines by their normal form."""
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
def _ordinary_lines(training: Path, party: str) -> tuple[dict[str, list[str]], tuple[TrainingLine, ...]]:
    """Return the kinds of words, and the ordinary lines of a party, one for each that is written."""
    kinds = read_kinds(training / "words.txt")
    return kinds, tuple(_first_of_each(training, party, kinds))


def _first_of_each(training: Path, party: str, kinds: dict[str, list[str]]) -> Iterator[TrainingLine]:
    for speaker in ("agent", "customer") if party == "any" else (party,):
        written = -1
        for line in read_lines(training / "lines" / speaker / "ordinary.txt", kinds):
            if line.source != written:
                written = line.source
                yield replace(line, trade=GENERAL, weight=1.0)
