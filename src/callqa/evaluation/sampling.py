"""Picking calls for people to listen to: some by chance, some by risk.

The two parts are kept separate. Only calls drawn by chance are representative of all calls: calls picked because
something seems wrong with them are worse than the rest.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from callqa.core.text import plural
from callqa.scoring.scorecard import CallResult

LOW_SCORE = 50.0
"""Score at or below which a call is worth listening to for that reason alone."""

Part = Literal["random", "risk"]


@dataclass(frozen=True)
class SampledCall:
    """A call to listen to, the part of the sample it belongs to, and the reasons."""

    call: CallResult
    part: Part
    why: str


def sample(calls: Sequence[CallResult], n: int, seed: int, at_random: int | None = None) -> list[SampledCall]:
    """Pick up to `n` scored calls: `at_random` of them, half if None, by chance, and the others by risk.

    The same calls, numbers and seed always yield the same picks, whatever the order of the calls. If there are too few
    calls at risk, the part is not filled up, so that each part stays what its name says.
    """
    scored = sorted((call for call in calls if call.status == "scored"), key=lambda call: (call.agent, call.path))
    wanted = (n + 1) // 2 if at_random is None else min(at_random, n)
    chance = _by_chance(scored, wanted, random.Random(seed))  # noqa: S311 - it draws calls, it guards nothing
    drawn = {id(call) for call in chance}
    risky = _by_risk([call for call in scored if id(call) not in drawn], n - len(chance))
    return [
        *(SampledCall(call, "random", "drawn by chance") for call in chance),
        *(SampledCall(call, "risk", ", ".join(reasons_to_listen(call))) for call in risky),
    ]


def _by_chance(calls: Sequence[CallResult], n: int, chance: random.Random) -> list[CallResult]:
    """Draw n calls, each equally likely, spread over the agents in proportion to their calls.

    Systematic sampling from a list in the order of agents, each agent's calls shuffled (Cochran, Sampling Techniques,
    3rd ed. 1977, chapter 8): means over the calls drawn are unbiased.
    """
    of_agent: dict[str, list[CallResult]] = defaultdict(list)
    for call in calls:
        of_agent[call.agent].append(call)
    names = sorted(of_agent)
    chance.shuffle(names)
    ordered: list[CallResult] = []
    for name in names:
        own = list(of_agent[name])
        chance.shuffle(own)
        ordered.extend(own)
    if n >= len(ordered):
        return sorted(ordered, key=lambda call: (call.agent, call.path))
    if n <= 0:
        return []
    step = len(ordered) / n
    begin = chance.random() * step
    drawn = [ordered[min(int(begin + step * index), len(ordered) - 1)] for index in range(n)]
    return sorted(drawn, key=lambda call: (call.agent, call.path))


def reasons_to_listen(call: CallResult) -> list[str]:
    """Return the reasons for a person to listen to a scored call, the gravest first."""
    reasons: list[str] = []
    if call.auto_failed:
        reasons.append("auto-fail")
    if call.critical_misses:
        reasons.append(plural(call.critical_misses, "critical miss", "critical misses"))
    if call.to_review:
        reasons.append(f"{call.to_review} to review")
    if call.provisional:
        reasons.append("provisional")
    doubtful = sum(utterance.doubt is not None for utterance in call.utterances)
    if doubtful:
        reasons.append(f"{plural(doubtful, 'utterance')} recognised badly")
    if call.score is not None and call.score <= LOW_SCORE and not call.auto_failed:
        reasons.append(f"score {call.score:.0f}")
    return reasons


def _risk(call: CallResult) -> tuple[float, ...]:
    """Return a key that is higher the more it could cost somebody if the result were wrong."""
    doubtful = sum(utterance.doubt is not None for utterance in call.utterances)
    return (
        call.auto_failed,
        call.critical_misses,
        call.to_review,
        call.provisional,
        doubtful,
        -(100.0 if call.score is None else call.score),
    )


def _by_risk(calls: Sequence[CallResult], n: int) -> list[CallResult]:
    """Return the n riskiest calls, in rounds: each agent's riskiest comes before any agent's second."""
    risky = [call for call in calls if reasons_to_listen(call)]
    of_agent: dict[str, list[CallResult]] = defaultdict(list)
    for call in sorted(risky, key=lambda call: (*(-part for part in _risk(call)), call.path)):
        of_agent[call.agent].append(call)
    rounds: list[tuple[int, CallResult]] = [
        (place, call) for own in of_agent.values() for place, call in enumerate(own)
    ]
    rounds.sort(key=lambda item: (item[0], *(-part for part in _risk(item[1])), item[1].path))
    return [call for _, call in rounds[: max(0, n)]]
