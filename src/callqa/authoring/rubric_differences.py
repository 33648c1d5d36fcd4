"""The same calls judged by two rubrics: what a change would do, before it is adopted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from pydantic import BaseModel

from callqa.behaviors.behavior import Behavior
from callqa.rubrics.fields import Verdict
from callqa.rubrics.rubric_schema import Rubric
from callqa.scoring.scorecard import CallResult, CriterionResult


@dataclass(frozen=True)
class Flip:
    """A criterion on which one call gets another verdict."""

    criterion: str
    old: CriterionResult
    new: CriterionResult


@dataclass(frozen=True)
class CallChange:
    """A call that is judged otherwise: its verdicts that flip, its scores, or whether it can be judged at all."""

    old: CallResult
    new: CallResult
    flips: tuple[Flip, ...]

    @property
    def auto_fail(self) -> str | None:
        """Whether it is an auto-fail now, or no longer; None where nothing changes about that."""
        if self.old.auto_failed == self.new.auto_failed:
            return None
        return "an auto-fail now" if self.new.auto_failed else "no auto-fail any more"

    @property
    def passing(self) -> str | None:
        """Whether it passes no longer, or passes now; None where nothing changes about that."""
        if self.old.passed == self.new.passed or None in (self.old.passed, self.new.passed):
            return None
        return "passes now" if self.new.passed else "passes no longer"


@dataclass(frozen=True)
class RubricDiff:
    """What differs between two rubrics on some calls.

    `flips` counts changes of verdict by criterion; `added` and `removed` count the verdicts of criteria only one of the
    rubrics has. Means are over the calls both gave a score.
    """

    calls: int
    edits: tuple[str, ...]
    """What is written otherwise in the two rubrics, apart from what only informs."""
    changes: tuple[CallChange, ...]
    flips: dict[str, Counter[tuple[Verdict, Verdict]]]
    added: dict[str, Counter[Verdict]]
    removed: dict[str, Counter[Verdict]]
    old_mean: float | None
    new_mean: float | None


def compare(old: Rubric, new: Rubric, before: Sequence[CallResult], after: Sequence[CallResult]) -> RubricDiff:
    """Compare the results of the same calls by both rubrics; a call that could not be read is left out."""
    by_path = {call.path: call for call in after}
    pairs = [(call, by_path[call.path]) for call in before if call.path in by_path]
    pairs = [(one, other) for one, other in pairs if "failed" not in (one.status, other.status)]
    changes = [change for one, other in pairs if (change := _change(one, other)) is not None]
    old_ids, new_ids = ([criterion.id for criterion in rubric.criteria] for rubric in (old, new))
    flips: dict[str, Counter[tuple[Verdict, Verdict]]] = {}
    for change in changes:
        for flip in change.flips:
            flips.setdefault(flip.criterion, Counter())[flip.old.verdict, flip.new.verdict] += 1
    scores = [(one.score, other.score) for one, other in pairs if one.score is not None and other.score is not None]
    return RubricDiff(
        calls=len(pairs),
        edits=tuple(edits(old, new)),
        changes=tuple(sorted(changes, key=lambda change: change.old.path)),
        flips={name: flips[name] for name in old_ids if name in flips},
        added=_verdicts([name for name in new_ids if name not in old_ids], [other for _, other in pairs]),
        removed=_verdicts([name for name in old_ids if name not in new_ids], [one for one, _ in pairs]),
        old_mean=round(fmean(one for one, _ in scores), 1) if scores else None,
        new_mean=round(fmean(other for _, other in scores), 1) if scores else None,
    )


def edits(old: Rubric, new: Rubric) -> Iterator[str]:
    """What is written otherwise and may change a verdict or a score, in the order of the old rubric."""
    yield from _told("", old.file, new.file, _OF_RUBRIC)
    known = {criterion.id: criterion for criterion in new.criteria}
    for criterion in old.criteria:
        if criterion.id in known:
            yield from _told(f"{criterion.id}: ", criterion, known[criterion.id], _OF_CRITERION)
    for name, behavior in old.behaviors.items():
        if name in new.behaviors and _means(behavior) != _means(new.behaviors[name]):
            yield f"behavior {name}"


_OF_RUBRIC = ("pass_mark", "scorable_if")
_OF_CRITERION = ("weight", "auto_fail", "critical", "when", "expect", "forbid", "measure")


def _told(where: str, old: BaseModel, new: BaseModel, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            plain = isinstance(was, bool | int | float) and isinstance(now, bool | int | float)
            yield f"{where}{name} {_written(was)} → {_written(now)}" if plain else f"{where}{name}"


def _written(value: float) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"


def _means(behavior: Behavior) -> tuple[object, ...]:
    """What decides whether a line shows a behavior."""
    learned = behavior.learned and behavior.learned.sha256
    return behavior.speaker, behavior.rules, behavior.exceptions, behavior.model and behavior.model.version, learned


def _change(old: CallResult, new: CallResult) -> CallChange | None:
    known = {result.id: result for result in new.criteria}
    flips = tuple(
        Flip(result.id, result, known[result.id])
        for result in old.criteria
        if result.id in known and known[result.id].verdict != result.verdict
    )
    same = (old.status, old.score, old.passed) == (new.status, new.score, new.passed)
    return None if same and not flips else CallChange(old, new, flips)


def _verdicts(names: Sequence[str], calls: Sequence[CallResult]) -> dict[str, Counter[Verdict]]:
    return {name: Counter(one.verdict for call in calls for one in call.criteria if one.id == name) for name in names}
