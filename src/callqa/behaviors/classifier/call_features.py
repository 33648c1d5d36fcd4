"""How surely a line shows a behavior, in the light of the call it is said in.

Words that prove little by themselves mean more where they answer a complaint, or where the same party has said such
things before. A model of lines scores every line by itself; the signs here say what the scores of the lines around it
are, and a second, small logistic regression weighs them (stacking: Wolpert 1992, "Stacked generalization"). A line's
own score weighs most, and without words of its own that speak for it no line shows anything.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from callqa.transcripts.transcript import Speaker

Scores = Sequence[float | None]
"""A model's score of each line of a call for one behavior, as log odds; None for lines that are not its party's."""

LOWEST, HIGHEST = -6.0, 6.0
"""Scores beyond these say no more than these do."""

LEAST = -1.0
"""What a line's own words must score for it to show anything, whatever is said around it: below it most that was found
was wrong, and nobody could be told why."""

NOTHING = -4.0
"""What stands for the score of a line that is not there."""

LONG = 20
"""Words beyond which a line is no likelier to show anything for being longer: it is then several lines run together."""

LINES = 2.0
"""How many lines' weight what is usual has beside what is said in the call: a line or two say little of it."""


def signs(
    behavior: str,
    scores: Mapping[str, Scores],
    speakers: Sequence[Speaker],
    words: Sequence[int],
    usual: Mapping[str, float],
) -> Iterator[tuple[int, dict[str, float]]]:
    """The signs of each line that has a score for the behavior, by name, with its index.

    `scores` holds those of every behavior of the model, all of them over the same lines, each said by one of `speakers`
    in so many `words`; `usual` says what `level` of each is usual. The order of names is always the same.
    """
    held = {name: [None if one is None else _held(one) for one in row] for name, row in scores.items()}
    own = held[behavior]
    lines = [index for index, score in enumerate(own) if score is not None]
    levels = {
        name: _level(math.fsum(_chance(one) for one in said), len(said), usual[name])
        for name, row in held.items()
        for said in [[one for one in row if one is not None]]
    }
    strongest = sorted((own[index] or 0.0 for index in lines), reverse=True)[:2]
    chances = math.fsum(_chance(own[index] or 0.0) for index in lines)
    before, after = _last_turns(speakers), _next_turns(speakers)
    strongest_of: dict[tuple[str, range], float] = {}

    def around(name: str, turn: range) -> float:
        """The strongest score of a turn, sought once: one turn may be a whole lecture."""
        if (name, turn) not in strongest_of:
            strongest_of[name, turn] = _strongest(held[name], turn)
        return strongest_of[name, turn]

    for place, index in enumerate(lines):
        score = own[index] or 0.0
        rest = strongest[1:] if score == strongest[0] else strongest[:1]
        found = {
            "line": score,
            "own lines": _level(chances - _chance(score), len(lines) - 1, usual[behavior]),
            "strongest own": rest[0] if rest else NOTHING,
        }
        for name, row in held.items():
            if name == behavior:
                continue
            if row[index] is not None:
                found[f"{name} too"] = row[index] or 0.0
            else:
                found[f"{name} before"] = around(name, before[index])
                found[f"{name} after"] = around(name, after[index])
        found |= {f"{name} in call": levels[name] for name in held if name != behavior}
        found |= {
            "first": float(place == 0),
            "how far": place / len(lines),
            "words": math.log1p(min(words[index], LONG)),
        }
        yield index, found


def level(scores: Scores) -> float:
    """How much of what is said shows a behavior, by the scores of many lines: from 0 to 1."""
    chances = [_chance(_held(one)) for one in scores if one is not None]
    return math.fsum(chances) / max(1, len(chances))


def confidence(found: Mapping[str, float], weights: Mapping[str, float], offset: float) -> float:
    """How surely a line with these signs shows the behavior, from 0 to 1."""
    if found["line"] < LEAST:
        return 0.0
    total = offset + math.fsum(weight * found.get(name, 0.0) for name, weight in weights.items())
    return _chance(max(-30.0, min(30.0, total)))


def _held(score: float) -> float:
    return max(LOWEST, min(HIGHEST, score))


def _chance(score: float) -> float:
    return 1 / (1 + math.exp(-score))


def _level(chances: float, lines: int, usual: float) -> float:
    return (chances + LINES * usual) / (lines + LINES)


def _strongest(row: Scores, lines: range) -> float:
    return max((score for index in lines if (score := row[index]) is not None), default=NOTHING)


def _last_turns(speakers: Sequence[Speaker]) -> list[range]:
    """For each line, the lines of the turn before its own."""
    found: list[range] = []
    turn, last = range(0), range(0)
    for index, speaker in enumerate(speakers):
        if index and speaker == speakers[index - 1]:
            turn = range(turn.start, index + 1)
        else:
            last, turn = turn, range(index, index + 1)
        found.append(last)
    return found


def _next_turns(speakers: Sequence[Speaker]) -> list[range]:
    """For each line, the lines of the turn after its own."""
    count = len(speakers)
    mirrored = _last_turns(speakers[::-1])
    return [range(count - turn.stop, count - turn.start) for turn in reversed(mirrored)]
