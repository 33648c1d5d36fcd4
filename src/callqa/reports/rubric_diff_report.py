"""The output of `callqa rubric diff`: the verdicts that change, with the evidence of both, as text or as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal

from callqa.authoring.rubric_differences import CallChange, Flip, RubricDiff
from callqa.core.json_form import Count, JsonObject, Score, json_text
from callqa.core.text import plural, printable, whole_score
from callqa.results.result_format import RubricId, rubric_id
from callqa.results.rubric_snapshot import snapshot_of
from callqa.rubrics.fields import Verdict
from callqa.rubrics.rubric_schema import Rubric
from callqa.scoring.scorecard import CallResult, Evidence


class Judgement(JsonObject):
    """A criterion as one of the rubrics judges it: a part of a CriterionResult."""

    verdict: Verdict
    reason: str
    evidence: tuple[Evidence, ...]


class FlippedVerdict(JsonObject):
    """A verdict that changes."""

    criterion: str
    old: Judgement
    new: Judgement


class CallOutcome(JsonObject):
    """A call as one of the rubrics judges it: a part of a CallResult."""

    status: Literal["scored", "unscorable", "failed"]
    reason: str | None
    score: Score | None
    passed: bool | None


class ChangedCall(JsonObject):
    """A call that the rubrics judge differently."""

    call_id: str
    path: str
    agent: str
    old: CallOutcome
    new: CallOutcome
    flips: list[FlippedVerdict]


class RubricDiffFile(JsonObject):
    """The output of `callqa rubric diff -f json`."""

    format: Literal[1]
    old: RubricId
    new: RubricId
    calls: Count
    edits: tuple[str, ...]
    """The settings that differ between the two rubrics and may change a verdict or a score."""
    old_mean: Score | None
    new_mean: Score | None
    flips: dict[str, dict[str, Count]]
    """By criterion: how many verdicts change from which to which, as `pass to fail`."""
    added: dict[str, dict[Verdict, Count]]
    removed: dict[str, dict[Verdict, Count]]
    changes: list[ChangedCall]


def diff_json(diff: RubricDiff, old: Rubric, new: Rubric) -> str:
    """Return everything that changes as JSON."""
    return json_text(
        RubricDiffFile(
            format=1,
            old=rubric_id(snapshot_of(old)),
            new=rubric_id(snapshot_of(new)),
            calls=diff.calls,
            edits=diff.edits,
            old_mean=diff.old_mean,
            new_mean=diff.new_mean,
            flips={
                name: {f"{was} to {now}": count for (was, now), count in sorted(counts.items())}
                for name, counts in diff.flips.items()
            },
            added={name: dict(sorted(counts.items())) for name, counts in diff.added.items()},
            removed={name: dict(sorted(counts.items())) for name, counts in diff.removed.items()},
            changes=[_changed(change) for change in diff.changes],
        )
    )


def _changed(change: CallChange) -> ChangedCall:
    return ChangedCall(
        call_id=change.old.call_id,
        path=change.old.path,
        agent=change.old.agent,
        old=CallOutcome.model_validate(change.old),
        new=CallOutcome.model_validate(change.new),
        flips=[FlippedVerdict.model_validate(flip) for flip in change.flips],
    )


def diff_text(diff: RubricDiff, old: Rubric, new: Rubric) -> str:
    """Return the changes to read: in sum, by criterion, and call by call with the reasons before and after."""
    return "\n".join(_lines(diff, old, new)) + "\n"


def _lines(diff: RubricDiff, old: Rubric, new: Rubric) -> Iterator[str]:
    yield f"{_named(old)} → {_named(new)}, on {plural(diff.calls, 'call')}"
    if old.sha256 == new.sha256:
        yield "Both are the same: they judge alike."
    if diff.edits:
        yield f"Different in the rubrics: {'; '.join(diff.edits)}"
    if not diff.changes and not diff.added and not diff.removed:
        yield "No call is judged differently."
        return
    flipped = sum(bool(change.flips) for change in diff.changes)
    passing = Counter(change.pass_change for change in diff.changes)
    now, no_longer = passing["now passes"], passing["no longer passes"]
    yield f"{plural(flipped, 'call flips', 'calls flip')}; {now} pass now, {no_longer} pass no longer{_means(diff)}"
    if diff.flips or diff.added or diff.removed:
        yield ""
    for name, counts in diff.flips.items():
        flips = ", ".join(f"{count} {was} → {now_}" for (was, now_), count in sorted(counts.items()))
        yield f" {name}: {flips}"
    for word, sides in (("new", diff.added), ("gone", diff.removed)):
        for name, verdicts in sides.items():
            yield f" {name} ({word}): {_counted(verdicts)}"
    for change in diff.changes:
        yield ""
        yield printable(f"{change.old.path}: {_scores(change)}")
        for flip in change.flips:
            yield from _flip(flip)


def _named(rubric: Rubric) -> str:
    return f"{rubric.name} v{rubric.file.version} ({rubric.sha256[:12]})"


def _means(diff: RubricDiff) -> str:
    if diff.old_mean is None or diff.new_mean is None:
        return ""
    return f"; mean score {diff.old_mean:g} → {diff.new_mean:g}"


def _counted(verdicts: Mapping[Verdict, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items())) or "never judged"


def _scores(change: CallChange) -> str:
    before, after = _score(change.old), _score(change.new)
    scores = f"score {before} → {after}" if before != after else f"score {after} as before"
    return ", ".join(filter(None, (scores, change.pass_change, change.auto_fail_change)))


def _score(call: CallResult) -> str:
    if call.status != "scored":
        return f"not scorable ({call.reason})"
    return "none" if call.score is None else whole_score(call.score)


def _flip(flip: Flip) -> Iterator[str]:
    yield f"  {flip.criterion}: {flip.old.verdict} → {flip.new.verdict}"
    yield f"    was: {printable(flip.old.reason)}"
    yield f"    now: {printable(flip.new.reason)}"
