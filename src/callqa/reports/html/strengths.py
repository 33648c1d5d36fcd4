"""An agent's own best sentences, which coaching starts with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from callqa.results.rubric_snapshot import RubricSnapshot
from callqa.scoring.scorecard import CallResult

MOST = 4
"""Quotes shown of an agent."""

WORDS = range(4, 31)
"""Words of a quote that says something and is not a speech."""


@dataclass(frozen=True)
class BestLine:
    """A quote that met a criterion: `criterion` is its index in the rubric, `start` is in seconds or None."""

    call: CallResult
    criterion: int
    start: float | None
    quote: str


def best_lines(calls: Sequence[CallResult], rubric: RubricSnapshot) -> list[BestLine]:
    """Return the quotes of one agent most worth repeating, one per criterion, the heaviest criteria first.

    Nothing judges the wording. Of the quotes that met a criterion, those of calls judged from a reliable transcript
    come first, then those of calls with a higher score; very short and very long ones are left out.
    """
    found: list[BestLine] = []
    said: set[str] = set()
    ranked = sorted(
        (call for call in calls if call.status == "scored"), key=lambda call: (call.provisional, -(call.score or 0.0))
    )
    for place, _ in sorted(enumerate(rubric.criteria), key=lambda item: -item[1].weight):
        for best in _lines(ranked, rubric.criteria[place].id, place):
            if best.quote.casefold() not in said:
                said.add(best.quote.casefold())
                found.append(best)
                break
    return found[:MOST]


def _lines(calls: Sequence[CallResult], criterion: str, place: int) -> Iterator[BestLine]:
    for call in calls:
        for result in call.criteria:
            # A pass by a person's decision is not an example to show to others.
            if result.id != criterion or result.verdict != "pass" or result.overridden is not None:
                continue
            for evidence in result.evidence:
                right = evidence.part == "answer" and evidence.speaker == "agent" and evidence.measured is None
                if right and len(evidence.quote.split()) in WORDS:
                    yield BestLine(call, place, evidence.start, evidence.quote)
