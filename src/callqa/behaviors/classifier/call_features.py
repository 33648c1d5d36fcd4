"""Features of an utterance in the light of its call, and the confidence they add up to.

Words that prove little by themselves mean more if they answer a complaint, or if the same party has said such things
before. A model scores every utterance by itself; the features are the scores of the utterances around it, and a second,
small logistic regression weighs them (stacking: Wolpert 1992, "Stacked generalization"). An utterance's own score
weighs most, and no utterance shows a behavior unless its own words speak for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from callqa.transcripts.transcript import Speaker

Scores = Sequence[float | None]
"""A model's score of each utterance of a call for one behavior, as log odds; None for utterances of another party."""

LOWEST, HIGHEST = -6.0, 6.0
"""Scores beyond these mean no more than these do."""

LEAST = -1.0
"""Score that the words of an utterance must reach for it to show anything, whatever is said around it. Below it, most
of what was found was wrong, and no reason could be shown to anybody."""

NOTHING = -4.0
"""Stands for the score of an utterance that does not exist."""

LONG = 20
"""Words beyond which an utterance is no likelier to show anything for being longer: it is several, run together."""

PRIOR_UTTERANCES = 2.0
"""Weight of the usual level against what is said in the call, in utterances: one or two of them prove little."""


def call_features(
    behavior: str,
    scores: Mapping[str, Scores],
    speakers: Sequence[Speaker],
    words: Sequence[int],
    usual: Mapping[str, float],
) -> Iterator[tuple[int, dict[str, float]]]:
    """Yield the index of each utterance that has a score for the behavior, with its features by name.

    `scores` holds those of every behavior of the model, all of them over the same utterances; each of these is spoken
    by one of `speakers` in a number of `words`. `usual` holds the usual `level` of each behavior. The order of names is
    always the same.
    """
    bounded = {name: [None if one is None else _bounded(one) for one in row] for name, row in scores.items()}
    own = bounded[behavior]
    indices = [index for index, score in enumerate(own) if score is not None]
    levels = {
        name: _level(math.fsum(_probability(one) for one in known), len(known), usual[name])
        for name, row in bounded.items()
        for known in [[one for one in row if one is not None]]
    }
    strongest = sorted((own[index] or 0.0 for index in indices), reverse=True)[:2]
    expected = math.fsum(_probability(own[index] or 0.0) for index in indices)
    before, after = _turns_before(speakers), _turns_after(speakers)
    strongest_of: dict[tuple[str, range], float] = {}

    def strongest_in(name: str, turn: range) -> float:
        """Return the strongest score of a turn, searched once: one turn may be a whole lecture."""
        if (name, turn) not in strongest_of:
            strongest_of[name, turn] = _strongest(bounded[name], turn)
        return strongest_of[name, turn]

    for place, index in enumerate(indices):
        score = own[index] or 0.0
        rest = strongest[1:] if score == strongest[0] else strongest[:1]
        features = {
            "line": score,
            "own lines": _level(expected - _probability(score), len(indices) - 1, usual[behavior]),
            "strongest own": rest[0] if rest else NOTHING,
        }
        for name, row in bounded.items():
            if name == behavior:
                continue
            if row[index] is not None:
                features[f"{name} too"] = row[index] or 0.0
            else:
                features[f"{name} before"] = strongest_in(name, before[index])
                features[f"{name} after"] = strongest_in(name, after[index])
        features |= {f"{name} in call": levels[name] for name in bounded if name != behavior}
        features |= {
            "first": float(place == 0),
            "how far": place / len(indices),
            "words": math.log1p(min(words[index], LONG)),
        }
        yield index, features


def level(scores: Scores) -> float:
    """Return how much of what is said shows a behavior, by the scores of many utterances: from 0 to 1."""
    probabilities = [_probability(_bounded(one)) for one in scores if one is not None]
    return math.fsum(probabilities) / max(1, len(probabilities))


def confidence(features: Mapping[str, float], weights: Mapping[str, float], offset: float) -> float:
    """Return how surely an utterance with these features shows the behavior, from 0 to 1.

    It counts by itself only if the utterance's own words speak for it (`speaks`).
    """
    total = offset + math.fsum(weight * features.get(name, 0.0) for name, weight in weights.items())
    return _probability(max(-30.0, min(30.0, total)))


def speaks(features: Mapping[str, float]) -> bool:
    """Return True if the words of an utterance with these features speak for the behavior."""
    return features["line"] >= LEAST


def _bounded(score: float) -> float:
    return max(LOWEST, min(HIGHEST, score))


def _probability(score: float) -> float:
    return 1 / (1 + math.exp(-score))


def _level(expected: float, utterances: int, usual: float) -> float:
    return (expected + PRIOR_UTTERANCES * usual) / (utterances + PRIOR_UTTERANCES)


def _strongest(row: Scores, utterances: range) -> float:
    return max((score for index in utterances if (score := row[index]) is not None), default=NOTHING)


def _turns_before(speakers: Sequence[Speaker]) -> list[range]:
    """Return, for each utterance, the indices of the turn before its own."""
    found: list[range] = []
    turn, last = range(0), range(0)
    for index, speaker in enumerate(speakers):
        if index and speaker == speakers[index - 1]:
            turn = range(turn.start, index + 1)
        else:
            last, turn = turn, range(index, index + 1)
        found.append(last)
    return found


def _turns_after(speakers: Sequence[Speaker]) -> list[range]:
    """Return, for each utterance, the indices of the turn after its own."""
    count = len(speakers)
    mirrored = _turns_before(speakers[::-1])
    return [range(count - turn.stop, count - turn.start) for turn in reversed(mirrored)]
