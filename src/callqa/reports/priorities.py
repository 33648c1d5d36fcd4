"""Which calls a person should listen to first, and at which moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from callqa.core.durations import clock
from callqa.reports.wording import label
from callqa.scoring.scorecard import CallResult, CriterionResult

Kind = Literal["auto-fail", "critical miss", "fail", "review"]
_ORDER: tuple[Kind, ...] = ("auto-fail", "critical miss", "fail", "review")


@dataclass(frozen=True)
class Finding:
    """A call that needs attention: the gravest criterion, and the ids of the others that do."""

    call: CallResult
    criterion: CriterionResult
    kind: Kind
    others: tuple[str, ...]

    @property
    def moment(self) -> str | None:
        """Where to listen: 03:12, or the line of a transcript without times; None where it is the whole call."""
        evidence = self.criterion.moment
        if evidence is None:
            return None
        return f"line {evidence.utterance + 1}" if evidence.start is None else clock(max(0.0, evidence.start))


def listen_first(calls: Sequence[CallResult]) -> list[Finding]:
    """The scored calls that need attention, gravest first.

    Auto-fails come before critical misses, those before other fails, those before what could not be decided; within
    each the heavier criterion first, then the lower score. A missed criterion that carries no weight is no reason.
    """
    found = [finding for call in calls if call.status == "scored" and (finding := _finding(call))]
    return sorted(found, key=_gravity)


def _finding(call: CallResult) -> Finding | None:
    ranked = sorted(
        ((kind, criterion) for criterion in call.criteria if (kind := _kind(criterion))),
        key=lambda item: (_ORDER.index(item[0]), -item[1].weight),
    )
    if not ranked:
        return None
    (kind, gravest), *others = ranked
    return Finding(call, gravest, kind, tuple(criterion.id for _, criterion in others))


def _kind(criterion: CriterionResult) -> Kind | None:
    if criterion.verdict == "review":
        return "review"
    if criterion.verdict != "fail":
        return None
    if criterion.auto_fail:
        return "auto-fail"
    if criterion.critical:
        return "critical miss"
    return "fail" if criterion.weight else None


def _gravity(finding: Finding) -> tuple[int, float, float]:
    score = finding.call.score
    return _ORDER.index(finding.kind), -finding.criterion.weight, 100.0 if score is None else score


@dataclass(frozen=True)
class ChangedVerdict:
    """A verdict a person has changed."""

    call: CallResult
    criterion: CriterionResult

    @property
    def sentence(self) -> str:
        """What was changed, by whom, when and why."""
        change = self.criterion.overridden
        assert change is not None
        return (
            f"{label(self.criterion.id)} is {change.now}, where callqa says {change.was}:"
            f" changed by {change.who} on {change.when}, because “{change.why}”"
        )


def overridden(calls: Sequence[CallResult]) -> list[ChangedVerdict]:
    """The verdicts people have changed, call by call."""
    return [ChangedVerdict(call, criterion) for call in calls for criterion in call.criteria if criterion.overridden]


def reason_of(criterion: CriterionResult) -> str:
    """Why the verdict is what it is: callqa's reason, or that of the person who changed it before callqa's."""
    change = criterion.overridden
    if change is None:
        return criterion.reason
    changed = f"changed by {change.who} on {change.when}, because “{change.why}”"
    return f"{changed}; callqa says {change.was}: {criterion.reason}"
