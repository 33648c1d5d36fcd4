"""Training of the second stage of the classifier, which weighs the features of whole calls (`call_features`).

The scores of a call's utterances come from models that were trained without its trade: a model knows the lines that it
was trained on too well, and would be trusted too much.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from callqa.behaviors.classifier.call_features import Scores, call_features, level
from callqa.behaviors.classifier.corpus import FOLDS, TrainingCall, fold_of_trade
from callqa.behaviors.classifier.training import TrainedWeights, minimise
from callqa.behaviors.classifier.utterance_model import UtteranceModel, Weights
from callqa.language.normalization import NormalizedText

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

LONGEST_EXCERPT = 4
"""Utterances. Rubrics are tested on a few utterances, and people read a few: what holds in a call should hold there."""

EXCERPT_WEIGHT = 0.3
"""Weight of an utterance in an excerpt, compared with the same utterance in its call."""

PENALTY = 1.0
"""Strength of the quadratic penalty on the weights of features, each measured in its standard deviations."""


def train_on_calls(
    calls: Sequence[TrainingCall],
    trained: Mapping[str, TrainedWeights],
    speakers: Mapping[str, str],
    kinds: Mapping[str, str],
    shares: Mapping[str, float],
    talk: Sequence[TrainingCall] = (),
) -> dict[str, dict[str, float]]:
    """Return for each behavior the weights of the features by name, their `offset`, and its `usual` level.

    The form is that of `utterance_model.read_model`. `trained` holds the models of single utterances, `speakers` the
    party that each behavior is learned from, and `shares` the share of that party's utterances that are taken to show
    it. `talk` is ordinary talk, in which nobody shows anything; the shares and the usual levels are those of calls.
    """
    models = [_fold_model(fold, trained, kinds) for fold in range(FOLDS)]
    scored = [_scores(call, models[fold_of_trade(call.trade)], speakers) for call in calls]
    usual = {name: round(level([score for call in scored for score in call[name]]), 3) for name in trained}
    scored += [_scores(call, models[fold_of_trade(call.trade)], speakers) for call in talk]
    both = [*calls, *talk]
    return {
        name: {"usual": usual[name], **_fit(name, both, scored, shares[name], usual, len(calls))} for name in trained
    }


def _fold_model(fold: int, trained: Mapping[str, TrainedWeights], kinds: Mapping[str, str]) -> UtteranceModel:
    parts = {name: one.fold_weights[fold] for name, one in trained.items()}
    weights = {name: Weights(part["bias"], part["slope"], part["offset"], part["runs"]) for name, part in parts.items()}
    return UtteranceModel("", kinds, weights)


def _scores(call: TrainingCall, model: UtteranceModel, speakers: Mapping[str, str]) -> dict[str, Scores]:
    texts = [NormalizedText(one.text) for one in call.utterances]
    return {
        name: [
            model.score(name, text) if one.speaker == speaker else None
            for one, text in zip(call.utterances, texts, strict=True)
        ]
        for name, speaker in speakers.items()
    }


def excerpts(utterances: int) -> Iterator[tuple[int, int]]:
    """Yield the excerpts of a call used in training: all of it, and pieces of every length up to LONGEST_EXCERPT."""
    yield 0, utterances
    at, length = 0, 1
    while at < utterances:
        yield at, min(at + length, utterances)
        at += length
        length = length % LONGEST_EXCERPT + 1


def _fit(
    behavior: str,
    calls: Sequence[TrainingCall],
    scored: Sequence[Mapping[str, Scores]],
    share: float,
    usual: Mapping[str, float],
    support_calls: int,
) -> dict[str, float]:
    """Fit the weights of one behavior's features; the first `support_calls` are calls, the others ordinary talk."""
    import numpy as np

    rows: list[dict[str, float]] = []
    shown: list[bool] = []
    counted: list[float] = []
    in_calls: list[bool] = []
    for number, (call, scores) in enumerate(zip(calls, scored, strict=True)):
        words = [len(NormalizedText(one.text).tokens) for one in call.utterances]
        for first, last in excerpts(len(call.utterances)):
            utterances = call.utterances[first:last]
            part = {name: row[first:last] for name, row in scores.items()}
            speakers = [one.speaker for one in utterances]
            for index, features in call_features(behavior, part, speakers, words[first:last], usual):
                if utterances[index].agreed:
                    rows.append(features)
                    shown.append(behavior in utterances[index].labels)
                    counted.append(1.0 if last - first == len(call.utterances) else EXCERPT_WEIGHT)
                    in_calls.append(number < support_calls)
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
    # The training calls show the behaviors more often than real calls do.
    frequency = target[np.array(in_calls)].mean()
    shift = np.log(share / (1 - share)) - np.log(frequency / (1 - frequency))
    offset = float(x[-1] - weights @ mean + shift)
    result: dict[str, Any] = {"offset": round(offset, 3)}
    return result | {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)}
