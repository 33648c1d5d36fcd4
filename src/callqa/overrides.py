"""Changed verdicts applied to results: the person's verdict holds, callqa's stays beside it, the score follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from callqa.override_file import Override
from callqa.plain_text import plural
from callqa.scorecard import CallResult, CriterionResult, Overridden, weighed
from callqa.standard import Standard


@dataclass(frozen=True)
class Applied:
    """Calls with changed verdicts; `notes` are sentences about changes that were not made, or rest on older ground."""

    calls: tuple[CallResult, ...]
    notes: tuple[str, ...] = ()


def without_overrides(calls: Sequence[CallResult], pass_mark: float) -> tuple[CallResult, ...]:
    """The calls as callqa alone judges them."""
    return tuple(_rejudged(call, [_machine(criterion) for criterion in call.criteria], pass_mark) for call in calls)


def apply_overrides(calls: Sequence[CallResult], overrides: Sequence[Override], standard: Standard) -> Applied:
    """Change the verdicts people have changed, and score those calls anew.

    The overrides given are all there are: changes the calls carry from before are taken back first. Of two for one
    verdict the later holds. An override is not applied where its call or criterion is not there, or where the
    recording is no longer the one that was heard.
    """
    notes: list[str] = []
    of_call: dict[int, dict[str, Override]] = {}
    machine = without_overrides(calls, standard.pass_mark)
    by_content, by_id = _positions(machine)
    criteria = {line.id for line in standard.criteria}
    absent: list[Override] = []
    other_rubric: list[Override] = []
    for override in overrides:
        if override.rubric not in (None, standard.name):
            other_rubric.append(override)
            continue
        at = by_content.get(override.content or "", []) or ([] if override.content else by_id.get(override.call, []))
        if not at and override.call in by_id:
            notes.append(_changed_recording(override))
        elif not at:
            absent.append(override)
        elif override.criterion not in criteria:
            notes.append(f"{_named(override)} was not applied: the rubric {standard.name} has no such criterion")
        for index in at:
            of_call.setdefault(index, {})[override.criterion] = override
    changed = list(machine)
    for index, wanted in of_call.items():
        changed[index], said = _change(machine[index], wanted, standard.pass_mark)
        notes += said
    notes += _left_out(absent, "the call is not among these results", "their calls are not among these results")
    notes += _left_out(other_rubric, "it is for another rubric", "they are for other rubrics")
    return Applied(tuple(changed), tuple(notes))


def _positions(calls: Sequence[CallResult]) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    by_content: dict[str, list[int]] = {}
    by_id: dict[str, list[int]] = {}
    for index, call in enumerate(calls):
        by_id.setdefault(call.call_id, []).append(index)
        if call.content:
            by_content.setdefault(call.content, []).append(index)
    return by_content, by_id


def _change(call: CallResult, wanted: dict[str, Override], pass_mark: float) -> tuple[CallResult, list[str]]:
    if call.status != "scored":
        return call, [
            f"{_named(override)} was not applied: the call was not scored ({call.reason})"
            for override in wanted.values()
        ]
    criteria, notes = [], []
    for criterion in call.criteria:
        override = wanted.get(criterion.id)
        if override is not None and override.now != criterion.verdict:
            if override.was != criterion.verdict:
                notes.append(
                    f"{_named(override)} was applied, though callqa now says {criterion.verdict}"
                    f" where it said {override.was}"
                )
            criterion = _overridden(criterion, override)
        criteria.append(criterion)
    return _rejudged(call, criteria, pass_mark), notes


def _overridden(criterion: CriterionResult, override: Override) -> CriterionResult:
    change = Overridden(criterion.verdict, override.now, override.who, override.when, override.why)
    return replace(criterion, verdict=override.now, overridden=change)


def _machine(criterion: CriterionResult) -> CriterionResult:
    if criterion.overridden is None:
        return criterion
    return replace(criterion, verdict=criterion.overridden.was, overridden=None)


def _rejudged(call: CallResult, criteria: Sequence[CriterionResult], pass_mark: float) -> CallResult:
    """The call with these verdicts; one in which none differs stays as it is, score and all."""
    return call if tuple(criteria) == call.criteria else weighed(call, criteria, pass_mark)


def _named(override: Override) -> str:
    return f"the override of {override.criterion} in {override.call} ({override.who}, {override.when})"


def _changed_recording(override: Override) -> str:
    return (
        f"{_named(override)} was not applied: the recording has other content than the one that was heard;"
        " dispute it again"
    )


def _left_out(overrides: Sequence[Override], one: str, many: str) -> Iterator[str]:
    if len(overrides) == 1:
        yield f"{_named(overrides[0])} was not applied: {one}"
    elif overrides:
        yield f"{plural(len(overrides), 'override')} were not applied, such as {_named(overrides[0])}: {many}"
