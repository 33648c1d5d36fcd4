"""The calls a person should listen to first, and the moment of each."""

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
    """A call that needs attention: the most serious criterion, and the ids of the others that need it."""

    call: CallResult
    criterion: CriterionResult
    kind: Kind
    others: tuple[str, ...]

    @property
    def moment(self) -> str | None:
        """The moment to listen to: 03:12, or the line of a transcript without times; None for the whole call."""
        evidence = self.criterion.moment
        if evidence is None:
            return None
        return f"line {evidence.utterance + 1}" if evidence.start is None else clock(max(0.0, evidence.start))


def listen_first(calls: Sequence[CallResult]) -> list[Finding]:
    """Return the scored calls that need attention, the most serious first.

    Auto-fails come before critical misses, those before other fails, those before undecided criteria; within each, the
    heavier criterion comes first, then the lower score. A missed criterion without weight does not count.
    """
    found = [finding for call in calls if call.status == "scored" and (finding := _finding(call))]
    return sorted(found, key=_seriousness)


def _finding(call: CallResult) -> Finding | None:
    ranked = sorted(
        ((kind, criterion) for criterion in call.criteria if (kind := _kind(criterion))),
        key=lambda item: (_ORDER.index(item[0]), -item[1].weight),
    )
    if not ranked:
        return None
    (kind, worst), *others = ranked
    return Finding(call, worst, kind, tuple(criterion.id for _, criterion in others))


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


def _seriousness(finding: Finding) -> tuple[int, float, float]:
    score = finding.call.score
    return _ORDER.index(finding.kind), -finding.criterion.weight, 100.0 if score is None else score


@dataclass(frozen=True)
class ChangedVerdict:
    """A verdict a person has changed."""

    call: CallResult
    criterion: CriterionResult

    @property
    def sentence(self) -> str:
        """The change, with its author, day and reason."""
        change = self.criterion.overridden
        assert change is not None
        return (
            f"{label(self.criterion.id)} is {change.now}, where callqa says {change.was}:"
            f" changed by {change.who} on {change.when}, because “{change.why}”"
        )


def overridden(calls: Sequence[CallResult]) -> list[ChangedVerdict]:
    """Return the verdicts people have changed, call by call."""
    return [ChangedVerdict(call, criterion) for call in calls for criterion in call.criteria if criterion.overridden]


def reason_of(criterion: CriterionResult) -> str:
    """Return the reason of the verdict; if a person changed it, theirs before that of callqa."""
    change = criterion.overridden
    if change is None:
        return criterion.reason
    changed = f"changed by {change.who} on {change.when}, because “{change.why}”"
    return f"{changed}; callqa says {change.was}: {criterion.reason}"
