"""Training of the first stage of the classifier: penalised logistic regression on n-grams, and its calibration.

The same lines give the same model: nothing is random, and weights are rounded.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from callqa.behaviors.classifier.corpus import FOLDS, TrainingLine
from callqa.behaviors.classifier.utterance_model import ngrams
from callqa.language.normalization import NormalizedText

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Loss = Callable[[Numbers], tuple[float, Numbers]]

PENALTY = 1.0
"""Strength of the quadratic penalty on weights; the best of 0.3, 1, 3 and 10 in cross-validation over trades."""

PRIOR = 0.03
"""Share of a party's sentences taken to show a behavior; the meaning of confidence depends on it. Most of what is said
on the telephone is "yes", numbers and names: with a high share, ordinary talk would be mistaken for anything."""

LEAST_LINES = 2
"""Written lines that an n-gram must occur in; one seen once says more about its line than about the behavior."""

SMALLEST = 0.06
"""Weights smaller than this are left out."""


@dataclass(frozen=True)
class TrainedWeights:
    """The result of training for one behavior."""

    weights: dict[str, Any]
    """Bias, slope, offset and n-grams (`runs`), as `utterance_model.read_model` reads them."""
    held_out_confidences: tuple[float, ...]
    """For each training line, the confidence of a model that was trained without it."""
    fold_weights: tuple[dict[str, Any], ...]
    """The same as `weights` for each fold, of a model that was trained without it; uncalibrated."""


def train(
    lines: Sequence[TrainingLine],
    behavior: str,
    kinds: Mapping[str, str],
    *,
    smooth: bool = False,
    share: float = PRIOR,
    least_lines: int = LEAST_LINES,
) -> TrainedWeights:
    """Train on lines for and against one behavior; there must be some of each.

    `smooth` is for behaviors with few lines: it keeps the calibration from being more certain than few lines allow.
    `share` is the share of a party's utterances that are taken to show the behavior. An n-gram must occur in
    `least_lines` written lines.
    """
    import numpy as np

    table = FeatureTable(lines, behavior, kinds, least_lines)
    weights, bias = table.fit(np.ones(len(lines), dtype=bool))
    folds = table.fit_folds(np.append(weights, bias))
    score = table.held_out_scores(folds)
    slope, offset = table.calibrate(score, smooth=smooth, share=share)
    return TrainedWeights(
        _as_data(table, weights, bias, slope, offset),
        tuple((1 / (1 + np.exp(-(slope * score + offset)))).tolist()),
        tuple(_as_data(table, *fold) for fold in folds),
    )


def _as_data(
    table: FeatureTable, weights: Numbers, bias: float, slope: float = 1.0, offset: float = 0.0
) -> dict[str, Any]:
    kept = {name: round(float(w), 2) for name, w in zip(table.names, weights, strict=True) if abs(w) >= SMALLEST}
    return {
        "bias": round(bias, 3),
        "slope": round(slope, 3),
        "offset": round(offset, 3),
        "runs": dict(sorted(kept.items())),
    }


class FeatureTable:
    """Training lines as a sparse table of n-grams."""

    def __init__(
        self, lines: Sequence[TrainingLine], behavior: str, kinds: Mapping[str, str], least_lines: int = LEAST_LINES
    ):
        import numpy as np

        found = []
        sources: dict[str, set[int]] = defaultdict(set)
        for line in lines:
            tokens = NormalizedText(line.text).tokens
            names = Counter(ngram.name for ngram in ngrams(tokens, 0, len(tokens) - 1, kinds))
            found.append(names)
            for name in () if line.talk else names:
                sources[name].add(line.source)
        self.names = sorted(name for name, seen in sources.items() if len(seen) >= least_lines)
        column = {name: i for i, name in enumerate(self.names)}
        cells = [(r, column[n], c) for r, names in enumerate(found) for n, c in sorted(names.items()) if n in column]
        self.rows = np.array([c[0] for c in cells], dtype=np.int64)
        self.columns = np.array([c[1] for c in cells], dtype=np.int64)
        self.counts = np.array([float(c[2]) for c in cells])
        self.target = np.array([1.0 if behavior in line.labels else 0.0 for line in lines])
        self.positives = len({line.source for line in lines if behavior in line.labels})
        weight = np.array([line.weight for line in lines])
        positive = weight[self.target == 1].sum() / weight.sum()
        self.weight = weight * np.where(self.target == 1, 0.5 / positive, 0.5 / (1 - positive))
        in_call = np.array([line.in_call for line in lines])
        self.calibrated_on = in_call if in_call.any() else np.ones(len(lines), dtype=bool)
        self.fold = np.array([line.fold for line in lines])

    def scores(self, weights: Numbers, bias: float) -> Numbers:
        """Return the score of every line."""
        import numpy as np

        cells = weights[self.columns] * self.counts
        return np.asarray(np.bincount(self.rows, cells, minlength=len(self.target)) + bias)

    def fit(self, rows: NDArray[np.bool_], start: Numbers | None = None) -> tuple[Numbers, float]:
        """Fit a penalised logistic regression on some of the lines, by L-BFGS; return its weights and its bias."""
        import numpy as np

        weight = np.where(rows, self.weight, 0.0)

        def loss(x: Numbers) -> tuple[float, Numbers]:
            score = self.scores(x[:-1], float(x[-1]))
            value = weight @ (np.logaddexp(0, score) - self.target * score) + PENALTY / 2 * (x[:-1] @ x[:-1])
            error = weight * (1 / (1 + np.exp(-score)) - self.target)
            gradient = np.bincount(self.columns, error[self.rows] * self.counts, minlength=len(self.names))
            return float(value), np.append(gradient + PENALTY * x[:-1], error.sum())

        x = minimise(loss, np.zeros(len(self.names) + 1) if start is None else start)
        return x[:-1], float(x[-1])

    def calibrate(self, score: Numbers, *, smooth: bool = False, share: float = PRIOR) -> tuple[float, float]:
        """Return the slope and the offset of a sigmoid fitted to scores of lines that were left out of training.

        After Platt, "Probabilistic outputs for support vector machines" (1999), with his smoothed target
        (n + 1) / (n + 2) for n written lines that show the behavior if `smooth` is true. If there are whole calls, the
        sigmoid is fitted to their utterances alone: lines of one kind, written one after the other, are shorter and
        clearer than what is said in a call, and would promise more than they keep there.
        """
        import numpy as np

        most = (self.positives + 1) / (self.positives + 2) if smooth else 1.0
        score, shown = score[self.calibrated_on], self.target[self.calibrated_on]
        target = most * shown
        weight = self.weight
        if not self.calibrated_on.all():
            weight = np.where(shown == 1, 0.5 / shown.mean(), 0.5 / (1 - shown.mean()))

        def loss(x: Numbers) -> tuple[float, Numbers]:
            line = x[0] * score + x[1]
            error = weight * (1 / (1 + np.exp(-line)) - target)
            value = weight @ (np.logaddexp(0, line) - target * line)
            return float(value), np.array([error @ score, error.sum()])

        slope, offset = minimise(loss, np.array([1.0, 0.0]))
        return float(slope), float(offset + np.log(share / (1 - share)))

    def fit_folds(self, start: Numbers) -> list[tuple[Numbers, float]]:
        """Return for each fold the weights and the bias of a model that was trained without it."""
        return [self.fit(self.fold != fold, start) for fold in range(FOLDS)]

    def held_out_scores(self, folds: Sequence[tuple[Numbers, float]]) -> Numbers:
        """Return the score of every line by the model that was trained without its fold."""
        import numpy as np

        score = np.zeros(len(self.target))
        for fold, (weights, bias) in enumerate(folds):
            score = np.where(self.fold == fold, self.scores(weights, bias), score)
        return score


def minimise(loss: Loss, x: Numbers, steps: int = 200, memory: int = 10) -> Numbers:
    """Find the minimum of a convex function (L-BFGS: Nocedal and Wright, algorithm 7.5, with backtracking)."""
    import numpy as np

    value, gradient = loss(x)
    past: list[tuple[Numbers, Numbers]] = []
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
