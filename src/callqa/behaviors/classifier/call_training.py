"""Training of what makes a line surer or less sure in the light of its call (`line_in_call`), from whole calls.

The scores of a call's lines come from models of lines that were trained without its trade: a model knows the lines it
was trained on too well, and so would be believed too much.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from callqa.behaviors.classifier.call_features import Scores, level, signs
from callqa.behaviors.classifier.corpus import Call
from callqa.behaviors.classifier.line_model import LineModel, Weights
from callqa.behaviors.classifier.training import FOLDS, TrainedWeights, fold_of, minimise
from callqa.language.normalization import NormalizedText

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

LONGEST_EXCERPT = 4
"""Turns. Rubrics are tested on a few lines, and people read a few lines: what holds in a call should hold there."""

EXCERPT_WEIGHT = 0.3
"""How much a line in a piece counts beside the same line in its call."""

PENALTY = 1.0
"""Strength of the quadratic penalty on the weights of signs, each measured in its standard deviations."""


def train_in_call(
    calls: Sequence[Call],
    trained: Mapping[str, TrainedWeights],
    speakers: Mapping[str, str],
    kinds: Mapping[str, str],
    shares: Mapping[str, float],
) -> dict[str, dict[str, float]]:
    """For each behavior the weights of the signs by name, their `offset` and what level of it is `usual`.

    That is as `line_model.read_model` reads them.

    `trained` holds the models of lines, `speakers` whose lines each behavior is learned from, and `shares` the share of
    that party's lines which confidence takes to show it.
    """
    left_out = [_model(fold, trained, kinds) for fold in range(FOLDS)]
    scored = [_scores(call, left_out[fold_of(call.trade)], speakers) for call in calls]
    usual = {name: round(level([score for call in scored for score in call[name]]), 3) for name in trained}
    return {name: {"usual": usual[name], **_fit(name, calls, scored, shares[name], usual)} for name in trained}


def _model(fold: int, trained: Mapping[str, TrainedWeights], kinds: Mapping[str, str]) -> LineModel:
    parts = {name: one.folds[fold] for name, one in trained.items()}
    weights = {name: Weights(part["bias"], part["slope"], part["offset"], part["runs"]) for name, part in parts.items()}
    return LineModel("", kinds, weights)


def _scores(call: Call, model: LineModel, speakers: Mapping[str, str]) -> dict[str, Scores]:
    spoken = [NormalizedText(turn.text) for turn in call.turns]
    return {
        name: [
            model.score(name, line) if turn.speaker == speaker else None
            for turn, line in zip(call.turns, spoken, strict=True)
        ]
        for name, speaker in speakers.items()
    }


def excerpts(turns: int) -> Iterator[tuple[int, int]]:
    """Where a call is cut for training: the whole of it, and pieces of every length up to LONGEST_EXCERPT turns."""
    yield 0, turns
    at, length = 0, 1
    while at < turns:
        yield at, min(at + length, turns)
        at += length
        length = length % LONGEST_EXCERPT + 1


def _fit(
    behavior: str,
    calls: Sequence[Call],
    scored: Sequence[Mapping[str, Scores]],
    share: float,
    usual: Mapping[str, float],
) -> dict[str, float]:
    import numpy as np

    rows: list[dict[str, float]] = []
    shown: list[bool] = []
    counted: list[float] = []
    for call, scores in zip(calls, scored, strict=True):
        words = [len(NormalizedText(turn.text).tokens) for turn in call.turns]
        for first, last in excerpts(len(call.turns)):
            turns = call.turns[first:last]
            part = {name: row[first:last] for name, row in scores.items()}
            for index, found in signs(behavior, part, [turn.speaker for turn in turns], words[first:last], usual):
                if turns[index].agreed:
                    rows.append(found)
                    shown.append(behavior in turns[index].labels)
                    counted.append(1.0 if last - first == len(call.turns) else EXCERPT_WEIGHT)
    names = list(rows[0])
    values = np.array([[row[name] for name in names] for row in rows])
    target, weight = np.array(shown, dtype=float), np.array(counted)
    mean, deviation = values.mean(axis=0), values.std(axis=0) + 1e-9
    table = (values - mean) / deviation

    def loss(x: Numbers) -> tuple[float, Numbers]:
        score = table @ x[:-1] + x[-1]
        value = weight @ (np.logaddexp(0, score) - target * score) + PENALTY / 2 * (x[:-1] @ x[:-1])
        error = weight * (1 / (1 + np.exp(-score)) - target)
        return float(value), np.append(table.T @ error + PENALTY * x[:-1], error.sum())

    x = minimise(loss, np.zeros(len(names) + 1))
    weights = x[:-1] / deviation
    # What was written for training shows the behaviors oftener than calls do.
    there = target.mean()
    shift = np.log(share / (1 - share)) - np.log(there / (1 - there))
    offset = float(x[-1] - weights @ mean + shift)
    result: dict[str, Any] = {"offset": round(offset, 3)}
    return result | {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)}
