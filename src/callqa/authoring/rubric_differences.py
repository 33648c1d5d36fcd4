"""The differences between the verdicts of two rubrics on the same calls, to judge a change before it is adopted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from pydantic import BaseModel

from callqa.behaviors.behavior import Behavior
from callqa.rubrics.fields import Verdict
from callqa.rubrics.rubric_hash import decisive_behaviors
from callqa.rubrics.rubric_schema import Rubric
from callqa.scoring.scorecard import CallResult, CriterionResult


@dataclass(frozen=True)
class Flip:
    """A criterion that gets different verdicts for one call."""

    criterion: str
    old: CriterionResult
    new: CriterionResult


@dataclass(frozen=True)
class CallChange:
    """A call whose verdicts, scores or status differ."""

    old: CallResult
    new: CallResult
    flips: tuple[Flip, ...]

    @property
    def auto_fail_change(self) -> str | None:
        """`now an auto-fail` or `no longer an auto-fail`; None if that does not change."""
        if self.old.auto_failed == self.new.auto_failed:
            return None
        return "now an auto-fail" if self.new.auto_failed else "no longer an auto-fail"

    @property
    def pass_change(self) -> str | None:
        """`now passes` or `no longer passes`; None if that does not change."""
        if self.old.passed == self.new.passed or None in (self.old.passed, self.new.passed):
            return None
        return "now passes" if self.new.passed else "no longer passes"


@dataclass(frozen=True)
class RubricDiff:
    """The differences between two rubrics on some calls.

    `flips` counts changes of verdict by criterion; `added` and `removed` count the verdicts of criteria that only one
    of the rubrics has. Means are over the calls that get a score from both.
    """

    calls: int
    edits: tuple[str, ...]
    """The settings and behaviors that differ and may change a verdict or a score."""
    changes: tuple[CallChange, ...]
    flips: dict[str, Counter[tuple[Verdict, Verdict]]]
    added: dict[str, Counter[Verdict]]
    removed: dict[str, Counter[Verdict]]
    old_mean: float | None
    new_mean: float | None


def compare(old: Rubric, new: Rubric, before: Sequence[CallResult], after: Sequence[CallResult]) -> RubricDiff:
    """Compare the results of both rubrics for the same calls; calls that could not be read are left out."""
    by_path = {call.path: call for call in after}
    pairs = [(call, by_path[call.path]) for call in before if call.path in by_path]
    pairs = [(first, second) for first, second in pairs if "failed" not in (first.status, second.status)]
    changes = [change for first, second in pairs if (change := _change(first, second)) is not None]
    old_ids, new_ids = ([criterion.id for criterion in rubric.criteria] for rubric in (old, new))
    flips: dict[str, Counter[tuple[Verdict, Verdict]]] = {}
    for change in changes:
        for flip in change.flips:
            flips.setdefault(flip.criterion, Counter())[flip.old.verdict, flip.new.verdict] += 1
    scores = [
        (first.score, second.score) for first, second in pairs if first.score is not None and second.score is not None
    ]
    return RubricDiff(
        calls=len(pairs),
        edits=tuple(find_edits(old, new)),
        changes=tuple(sorted(changes, key=lambda change: change.old.path)),
        flips={name: flips[name] for name in old_ids if name in flips},
        added=_verdicts([name for name in new_ids if name not in old_ids], [second for _, second in pairs]),
        removed=_verdicts([name for name in old_ids if name not in new_ids], [first for first, _ in pairs]),
        old_mean=round(fmean(first for first, _ in scores), 1) if scores else None,
        new_mean=round(fmean(second for _, second in scores), 1) if scores else None,
    )


def find_edits(old: Rubric, new: Rubric) -> Iterator[str]:
    """Yield what differs between two rubrics and may change a verdict or a score, in the order of the old rubric."""
    yield from _differences("", old.file, new.file, _RUBRIC_SETTINGS)
    known = {criterion.id: criterion for criterion in new.criteria}
    for criterion in old.criteria:
        if criterion.id in known:
            yield from _differences(f"{criterion.id}: ", criterion, known[criterion.id], _CRITERION_SETTINGS)
    for name in decisive_behaviors(old.file, old.behaviors):
        if name in new.behaviors and _meaning(old.behaviors[name]) != _meaning(new.behaviors[name]):
            yield f"behavior {name}"


_RUBRIC_SETTINGS = ("pass_mark", "scorable_if")
_CRITERION_SETTINGS = ("weight", "auto_fail", "critical", "when", "expect", "forbid", "measure")


def _differences(where: str, old: BaseModel, new: BaseModel, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            plain = isinstance(was, bool | int | float) and isinstance(now, bool | int | float)
            yield f"{where}{name} {_value_text(was)} → {_value_text(now)}" if plain else f"{where}{name}"


def _value_text(value: float) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"


def _meaning(behavior: Behavior) -> tuple[object, ...]:
    """Return everything that decides which lines show a behavior."""
    learned = behavior.learned and behavior.learned.sha256
    model = behavior.model and behavior.model.version, behavior.model_after, learned
    return behavior.speaker, behavior.rules, behavior.exceptions, behavior.doubts, behavior.excludes, model


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
    return {
        name: Counter(result.verdict for call in calls for result in call.criteria if result.id == name)
        for name in names
    }
