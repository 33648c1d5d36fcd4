"""What `callqa rubric diff` shows: the calls that flip, with the evidence before and after, as text or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Literal

from callqa.authoring.rubric_differences import CallChange, Flip, RubricDiff
from callqa.core.text import plural, printable, whole_score
from callqa.reports.json_report import to_text
from callqa.results.result_format import Count, EvidencePart, Part, RubricPart, Score
from callqa.rubrics.fields import Verdict
from callqa.rubrics.rubric_schema import Rubric
from callqa.scoring.scorecard import CallResult, CriterionResult


class SidePart(Part):
    """A criterion as one of the rubrics judges it."""

    verdict: Verdict
    reason: str
    evidence: list[EvidencePart]


class FlipPart(Part):
    """A verdict that changes."""

    criterion: str
    old: SidePart
    new: SidePart


class CallSidePart(Part):
    """A call as one of the rubrics judges it."""

    status: Literal["scored", "unscorable", "failed"]
    reason: str | None
    score: Score | None
    passed: bool | None


class CallChangePart(Part):
    """A call that is judged otherwise."""

    call_id: str
    path: str
    agent: str
    old: CallSidePart
    new: CallSidePart
    flips: list[FlipPart]


class RubricDiffFile(Part):
    """What `callqa rubric diff -f json` writes."""

    format: Literal[1]
    old: RubricPart
    new: RubricPart
    calls: Count
    edits: list[str]
    """What is written otherwise in the two rubrics and may change a verdict or a score."""
    old_mean: Score | None
    new_mean: Score | None
    flips: dict[str, dict[str, Count]]
    """By criterion: how many verdicts change from what to what, as `pass to fail`."""
    added: dict[str, dict[Verdict, Count]]
    removed: dict[str, dict[Verdict, Count]]
    changes: list[CallChangePart]


def diff_json(diff: RubricDiff, old: Rubric, new: Rubric) -> str:
    """Everything that changes, as JSON."""
    return to_text(
        RubricDiffFile(
            format=1,
            old=_rubric(old),
            new=_rubric(new),
            calls=diff.calls,
            edits=list(diff.edits),
            old_mean=diff.old_mean,
            new_mean=diff.new_mean,
            flips={
                name: {f"{was} to {now}": count for (was, now), count in sorted(counts.items())}
                for name, counts in diff.flips.items()
            },
            added={name: dict(sorted(counts.items())) for name, counts in diff.added.items()},
            removed={name: dict(sorted(counts.items())) for name, counts in diff.removed.items()},
            changes=[_change(change) for change in diff.changes],
        )
    )


def _rubric(rubric: Rubric) -> RubricPart:
    return RubricPart(name=rubric.name, version=rubric.file.version, sha256=rubric.sha256)


def _change(change: CallChange) -> CallChangePart:
    return CallChangePart(
        call_id=change.old.call_id,
        path=change.old.path,
        agent=change.old.agent,
        old=_call(change.old),
        new=_call(change.new),
        flips=[FlipPart(criterion=flip.criterion, old=_side(flip.old), new=_side(flip.new)) for flip in change.flips],
    )


def _call(call: CallResult) -> CallSidePart:
    return CallSidePart(status=call.status, reason=call.reason, score=call.score, passed=call.passed)


def _side(result: CriterionResult) -> SidePart:
    evidence = [EvidencePart.model_validate(asdict(one)) for one in result.evidence]
    return SidePart(verdict=result.verdict, reason=result.reason, evidence=evidence)


def diff_text(diff: RubricDiff, old: Rubric, new: Rubric) -> str:
    """What changes, to read: in sum, by criterion, and call by call with the reasons before and after."""
    return "\n".join(_lines(diff, old, new)) + "\n"


def _lines(diff: RubricDiff, old: Rubric, new: Rubric) -> Iterator[str]:
    yield f"{_named(old)} → {_named(new)}, on {plural(diff.calls, 'call')}"
    if old.sha256 == new.sha256:
        yield "Both are the same: they judge alike."
    if diff.edits:
        yield f"Written otherwise: {'; '.join(diff.edits)}"
    if not diff.changes and not diff.added and not diff.removed:
        yield "No call is judged otherwise."
        return
    flipped = sum(bool(change.flips) for change in diff.changes)
    no_longer = sum(change.passing == "passes no longer" for change in diff.changes)
    now = sum(change.passing == "passes now" for change in diff.changes)
    yield f"{plural(flipped, 'call flips', 'calls flip')}; {now} pass now, {no_longer} pass no longer{_means(diff)}"
    if diff.flips or diff.added or diff.removed:
        yield ""
    for name, counts in diff.flips.items():
        told = ", ".join(f"{count} {was} → {now_}" for (was, now_), count in sorted(counts.items()))
        yield f" {name}: {told}"
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
    return ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items())) or "judged nowhere"


def _scores(change: CallChange) -> str:
    before, after = _score(change.old), _score(change.new)
    told = f"score {before} → {after}" if before != after else f"score {after} as before"
    return ", ".join(filter(None, (told, change.passing, change.auto_fail)))


def _score(call: CallResult) -> str:
    if call.status != "scored":
        return f"not scorable ({call.reason})"
    return "none" if call.score is None else whole_score(call.score)


def _flip(flip: Flip) -> Iterator[str]:
    yield f"  {flip.criterion}: {flip.old.verdict} → {flip.new.verdict}"
    yield f"    was: {printable(flip.old.reason)}"
    yield f"    now: {printable(flip.new.reason)}"
