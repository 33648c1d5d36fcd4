"""Train the model of lines in `rubrics/behaviors/models/` from the lines in `training/`.

    python tools/train_behaviors.py            # train and write
    python tools/train_behaviors.py --report   # only show how it does on trades it was not trained on

Needs numpy and callqa. The same lines give the same model: nothing is drawn by chance, and weights are rounded.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from callqa.line_model import LineModel, Weights, parts_of, read_model, runs
from callqa.spoken import Spoken

ROOT = Path(__file__).resolve().parent.parent
TRAINING = ROOT / "training"
MODEL = ROOT / "rubrics" / "behaviors" / "models" / "lines.json"
VERSION = "2"

BEHAVIORS = {"complaint": "customer", "empathy": "agent", "make_it_right": "agent", "arguing": "agent"}
"""What is learned, and whose lines it is learned from."""

EXPANSIONS = 6
"""Lines made of one with alternatives, at most."""

PENALTY = 1.0
"""Strength of the quadratic penalty on weights; the best of 0.3, 1, 3 and 10 in cross-validation over trades."""

SHARES = {"complaint": 0.05, "empathy": 0.03, "make_it_right": 0.05, "arguing": 0.05}
"""Share of a party's lines taken to show each behavior before a call is heard; what confidence means rests on it. Most
of what is said on the telephone is "yes", numbers and names: a high share would take ordinary talk for anything."""

FOLDS = 5
"""Parts the trades are dealt into for calibration."""

LEAST_LINES = 2
"""Written lines a run of words must occur in; a run seen once says more of its line than of the behavior."""

SMALLEST = 0.04
"""Weights smaller than this are left out."""


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


def main() -> None:
    """Train, and write the model or report on it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--report", action="store_true", help="show figures on the held-out trades, write nothing")
    arguments = parser.parse_args()
    text = model_text()
    if arguments.report:
        report(read_model(text))
    else:
        MODEL.parent.mkdir(exist_ok=True)
        MODEL.write_text(text, encoding="utf-8")


def corpus_files() -> list[Path]:
    """What the model is made of: the training lines and the kinds of words."""
    return sorted(path for path in TRAINING.glob("*.txt") if not path.name.startswith("held_out"))


def corpus_sha256() -> str:
    """Hash of the files the model is made of."""
    digest = hashlib.sha256()
    for path in corpus_files():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def model_text() -> str:
    """The model file's text, trained from the lines in `training/`."""
    kinds = read_kinds()
    lines = [line for path in corpus_files() if path.name != "words.txt" for line in read_lines(path, kinds)]
    by_word = kind_of_word(kinds)
    trained = {
        name: train([line for line in lines if line.speaker == speaker and line.only in (None, name)], name, by_word)
        for name, speaker in BEHAVIORS.items()
    }
    data = {
        "format": 1,
        "version": VERSION,
        "corpus_sha256": corpus_sha256(),
        "kinds": {kind.upper(): " ".join(words) for kind, words in kinds.items()},
        "behaviors": trained,
    }
    return json.dumps(data, ensure_ascii=False, indent=0) + "\n"


def read_kinds() -> dict[str, list[str]]:
    """The kinds of words, normalised as spoken words are."""
    kinds: dict[str, list[str]] = {}
    for row in (TRAINING / "words.txt").read_text(encoding="utf-8").splitlines():
        if row and not row.startswith("#"):
            kind, _, words = row.partition(":")
            kinds[kind] = words.split()
    return kinds


def kind_of_word(kinds: dict[str, list[str]]) -> dict[str, str]:
    """The kind of each normalised word, in capitals."""
    return {token.text: kind.upper() for kind, words in kinds.items() for w in words for token in Spoken(w).tokens[:1]}


def read_lines(path: Path, kinds: dict[str, list[str]]) -> Iterator[Line]:
    """The lines of a file, those with alternatives written out."""
    rows = path.read_text(encoding="utf-8").splitlines()
    if any(row.startswith("== call ") for row in rows):
        yield from read_calls(path)
        return
    speaker = path.name.partition("_")[0]
    trade, labels, only = "", frozenset[str](), None
    for number, row in enumerate(rows):
        if row.startswith("=="):
            words = row.strip("= ").split()
            if words[0] in ("agent", "customer"):
                speaker = words.pop(0)
            trade, labels = words[0], frozenset(words[1:]) & set(BEHAVIORS)
            only = next((word.removeprefix("only:") for word in words if word.startswith("only:")), None)
        elif row and not row.startswith("#"):
            written = expand(row, kinds)
            for text in written:
                yield Line(text, speaker, trade, labels, only, _digest(f"{path.name} {number}"), len(written) ** -0.5)


def read_calls(path: Path) -> Iterator[Line]:
    """The lines of whole calls; a label with a question mark takes the line out."""
    trade = ""
    for number, row in enumerate(path.read_text(encoding="utf-8").splitlines()):
        if row.startswith("=="):
            trade = row.split()[2]
        elif row and not row.startswith("#"):
            head, _, text = row.partition(": ")
            speaker, *labels = head.split()
            if not any(label.endswith("?") for label in labels):
                source = _digest(f"{path.name} {number}")
                for part in [text] if labels else sentences(text):
                    yield Line(part, speaker, trade, frozenset(labels), None, source, 1.0, in_call=True)


def sentences(text: str) -> list[str]:
    """The parts of a line that are judged by themselves; where the line shows nothing, none of them does."""
    spoken = Spoken(text)
    return [text[slice(*spoken.characters(first, last))] for first, last in parts_of(spoken)]


def expand(row: str, kinds: dict[str, list[str]]) -> list[str]:
    """At most EXPANSIONS lines of one in which {a|b} and {kind} stand for one of several."""
    pieces = re.split(r"\{([^{}]*)\}", row)
    choices = [kinds.get(piece) or piece.split("|") for piece in pieces[1::2]]
    if not choices:
        return [row]
    total = int(np.prod([len(choice) for choice in choices], dtype=np.int64))
    texts = []
    for turn in range(min(EXPANSIONS, total)):
        picked = [choice[(_digest(f"{row} {place}") + turn) % len(choice)] for place, choice in enumerate(choices)]
        texts.append("".join(a + b for a, b in itertools.zip_longest(pieces[::2], picked, fillvalue="")))
    return list(dict.fromkeys(texts))


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])


def train(lines: Sequence[Line], behavior: str, kinds: dict[str, str]) -> dict[str, Any]:
    """Weights, bias and calibration of one behavior."""
    table = Table(lines, behavior, kinds)
    weights, bias = table.fit(np.ones(len(lines), dtype=bool))
    slope, offset = table.calibrate(np.append(weights, bias), SHARES[behavior])
    kept = {name: round(float(w), 2) for name, w in zip(table.names, weights, strict=True) if abs(w) >= SMALLEST}
    return {
        "bias": round(bias, 3),
        "slope": round(slope, 3),
        "offset": round(offset, 3),
        "share": SHARES[behavior],
        "runs": dict(sorted(kept.items())),
    }


class Table:
    """Training lines as a sparse table of runs of words."""

    def __init__(self, lines: Sequence[Line], behavior: str, kinds: dict[str, str]):
        found = []
        sources: dict[str, set[int]] = defaultdict(set)
        for line in lines:
            tokens = Spoken(line.text).tokens
            names = Counter(run.name for run in runs(tokens, 0, len(tokens) - 1, kinds))
            found.append(names)
            for name in names:
                sources[name].add(line.source)
        self.names = sorted(name for name, seen in sources.items() if len(seen) >= LEAST_LINES)
        column = {name: i for i, name in enumerate(self.names)}
        cells = [(r, column[n], c) for r, names in enumerate(found) for n, c in sorted(names.items()) if n in column]
        self.rows, self.columns = np.array([c[0] for c in cells]), np.array([c[1] for c in cells])
        self.counts = np.array([float(c[2]) for c in cells])
        self.target = np.array([1.0 if behavior in line.labels else 0.0 for line in lines])
        weight = np.array([line.weight for line in lines])
        positive = weight[self.target == 1].sum() / weight.sum()
        self.weight = weight * np.where(self.target == 1, 0.5 / positive, 0.5 / (1 - positive))
        turns = np.array([line.in_call for line in lines])
        self.judged = turns if turns.any() else np.ones(len(lines), dtype=bool)
        # A trade goes into one part as a whole; lines of no trade are dealt out by the written line they were made of.
        self.fold = np.array(
            [(line.source if line.trade == "general" else _digest(line.trade)) % FOLDS for line in lines]
        )

    def scores(self, weights: np.ndarray, bias: float) -> np.ndarray:
        """Score of every line."""
        cells = weights[self.columns] * self.counts
        return np.asarray(np.bincount(self.rows, cells, minlength=len(self.target)) + bias)

    def fit(self, rows: np.ndarray, start: np.ndarray | None = None) -> tuple[np.ndarray, float]:
        """Weights and bias of penalised logistic regression on some of the lines, by L-BFGS from a starting point."""
        weight = np.where(rows, self.weight, 0.0)

        def loss(x: np.ndarray) -> tuple[float, np.ndarray]:
            score = self.scores(x[:-1], float(x[-1]))
            value = weight @ (np.logaddexp(0, score) - self.target * score) + PENALTY / 2 * (x[:-1] @ x[:-1])
            error = weight * (1 / (1 + np.exp(-score)) - self.target)
            gradient = np.bincount(self.columns, error[self.rows] * self.counts, minlength=len(self.names))
            return float(value), np.append(gradient + PENALTY * x[:-1], error.sum())

        x = minimise(loss, np.zeros(len(self.names) + 1) if start is None else start)
        return x[:-1], float(x[-1])

    def calibrate(self, start: np.ndarray, share: float) -> tuple[float, float]:
        """Slope and offset (Platt 1999) from scores of turns whose trade was left out of training.

        Lines of a kind, written one after the other, are shorter and clearer than what is said in a call, and would
        promise more than holds there.
        """
        score, target = self.left_out(start)[self.judged], self.target[self.judged]
        weight = np.where(target == 1, 0.5 / target.mean(), 0.5 / (1 - target.mean()))

        def loss(x: np.ndarray) -> tuple[float, np.ndarray]:
            line = x[0] * score + x[1]
            error = weight * (1 / (1 + np.exp(-line)) - target)
            value = weight @ (np.logaddexp(0, line) - target * line)
            return float(value), np.array([error @ score, error.sum()])

        slope, offset = minimise(loss, np.array([1.0, 0.0]))
        return float(slope), float(offset + np.log(share / (1 - share)))

    def left_out(self, start: np.ndarray) -> np.ndarray:
        """Score of every line by a model that was trained without its trade."""
        score = np.zeros(len(self.target))
        for fold in range(FOLDS):
            weights, bias = self.fit(self.fold != fold, start)
            score = np.where(self.fold == fold, self.scores(weights, bias), score)
        return score


def minimise(loss: Any, x: np.ndarray, steps: int = 200, memory: int = 10) -> np.ndarray:
    """The place of a convex function's minimum (L-BFGS, Nocedal and Wright, algorithm 7.5, with backtracking)."""
    value, gradient = loss(x)
    past: list[tuple[np.ndarray, np.ndarray]] = []
    for _ in range(steps):
        direction, kept = -gradient, []
        for s, y in reversed(past):
            a = (s @ direction) / (s @ y)
            direction = direction - a * y
            kept.append(a)
        if past:
            s, y = past[-1]
            direction = direction * (s @ y) / (y @ y)
        for (s, y), a in zip(past, reversed(kept), strict=True):
            direction = direction + s * (a - (y @ direction) / (s @ y))
        length = 1.0 if past else min(1.0, 1 / np.abs(gradient).sum())
        slope = gradient @ direction
        while True:
            new_value, new_gradient = loss(x + length * direction)
            if new_value <= value + 1e-4 * length * slope or length < 1e-10:
                break
            length /= 2
        s, y = length * direction, new_gradient - gradient
        if s @ y > 1e-12:
            past = [*past, (s, y)][-memory:]
        x, value, gradient = x + s, new_value, new_gradient
        if np.abs(gradient).max() < 2e-3:
            break
    return x


def report(model: LineModel) -> None:
    """Print precision, recall and F1 on the held-out lines, of the model alone at confidence 0.6 and without a call."""
    kinds = read_kinds()
    lines = [
        line
        for path in [TRAINING / "held_out.txt", TRAINING / "held_out_calls.txt"]
        for line in read_lines(path, kinds)
    ]
    for name, speaker in BEHAVIORS.items():
        pairs = []
        for line in lines:
            if line.speaker == speaker:
                finding = model.judge(name, Spoken(line.text))
                pairs.append((name in line.labels, finding is not None and finding.confidence >= 0.6))
        right = sum(wanted and found for wanted, found in pairs)
        p, r = right / max(1, sum(f for _, f in pairs)), right / max(1, sum(w for w, _ in pairs))
        weights: Weights = model.weights[name]
        print(f"{name:14s} n={len(pairs)} P={p:.3f} R={r:.3f} F1={2 * p * r / (p + r):.3f} runs={len(weights.runs)}")


if __name__ == "__main__":
    main()
