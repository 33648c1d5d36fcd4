"""The review of one call for its agent: what went well, in their own words, and at most three things to try.

Everything in it comes from the verdicts and the rubric: why something matters, what to do, what to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callqa.results.rubric_snapshot import CriterionInfo, RubricSnapshot
from callqa.scoring.scorecard import CallResult, CriterionResult, Evidence

MOST_TO_TRY = 3
"""Suggestions for next time: nobody keeps more in mind."""

MOST_STRENGTHS = 5
"""Strengths shown with a quote."""

MOST_KEPT = 4
"""Criteria met without a quote that are named at most."""


@dataclass(frozen=True)
class Strength:
    """A criterion that was met; `said` is the agent's own words, None if the point was not to say something."""

    title: str
    said: Evidence | None


@dataclass(frozen=True)
class Suggestion:
    """A criterion that was missed: the moment, why it matters, and what to do and say."""

    line: CriterionInfo
    result: CriterionResult
    moment: Evidence | None


@dataclass(frozen=True)
class SelfReview:
    """The parts of a review; `others` are further misses, `unsure` is what a person must listen to."""

    strengths: tuple[Strength, ...]
    kept: tuple[str, ...]
    """Titles of the criteria that were met without a quote; not those that only forbid: nobody is praised for what was
    not done."""
    to_try: tuple[Suggestion, ...]
    others: tuple[str, ...]
    unsure: tuple[Suggestion, ...]


def self_review(call: CallResult, standard: RubricSnapshot) -> SelfReview:
    """Sort the verdicts of a scored call for the agent who made it; the weightiest come first."""
    lines = {line.id: line for line in standard.criteria}
    ranked = sorted(call.criteria, key=lambda one: -_gravity(one))
    praised = [one for one in ranked if one.verdict == "pass" and one.overridden is None and not _forbids(one, lines)]
    met = [_strength(one) for one in praised]
    missed = [_to_try(one, lines) for one in ranked if one.verdict == "fail"]
    first, others = _first(missed)
    strengths = _distinct([strength for strength in met if strength.said is not None])
    shown = {strength.title for strength in strengths[:MOST_STRENGTHS]}
    return SelfReview(
        strengths=tuple(strengths[:MOST_STRENGTHS]),
        kept=tuple([strength.title for strength in met if strength.title not in shown][:MOST_KEPT]),
        to_try=tuple(first),
        others=tuple(one.result.title for one in others),
        unsure=tuple(_to_try(one, lines) for one in ranked if one.verdict == "review"),
    )


def _first(missed: Sequence[Suggestion]) -> tuple[list[Suggestion], list[Suggestion]]:
    """Split the suggestions into the first few and the rest: one for each utterance, none without weight."""
    first: list[Suggestion] = []
    others: list[Suggestion] = []
    said: set[int] = set()
    for one in missed:
        line = one.moment.utterance if one.moment is not None and one.moment.part == "answer" else None
        if one.result.weight and line not in said and len(first) < MOST_TO_TRY:
            first.append(one)
        else:
            others.append(one)
        if line is not None:
            said.add(line)
    return first, others


def _forbids(result: CriterionResult, lines: dict[str, CriterionInfo]) -> bool:
    """Return True if a criterion is met by not doing something; what it quotes, if anything, is no strength."""
    return result.id in lines and lines[result.id].demand == "forbid"


def _gravity(result: CriterionResult) -> float:
    return result.weight + (1e9 if result.auto_fail else 1e6 if result.critical else 0.0)


def _strength(result: CriterionResult) -> Strength:
    said = next((one for one in result.evidence if one.part == "answer" and one.measured is None), None)
    return Strength(result.title, said if said is not None and said.speaker != "customer" else None)


def _distinct(strengths: Sequence[Strength]) -> list[Strength]:
    """Keep one strength for each utterance: repeating the same words is no further praise."""
    seen: set[int] = set()
    kept: list[Strength] = []
    for strength in strengths:
        if strength.said is not None and strength.said.utterance not in seen:
            seen.add(strength.said.utterance)
            kept.append(strength)
    return kept


def _to_try(result: CriterionResult, lines: dict[str, CriterionInfo]) -> Suggestion:
    line = lines.get(result.id) or CriterionInfo(result.id, result.title, result.weight)
    return Suggestion(line, result, result.moment)
