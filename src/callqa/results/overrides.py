"""Changed verdicts applied to results: the person's verdict holds, callqa's stays beside it, the score follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from callqa.core.text import plural, printable, shortlist, valid_utf8
from callqa.results.override_file import Override
from callqa.results.rubric_snapshot import RubricSnapshot
from callqa.scoring.scorecard import CallResult, CriterionResult, VerdictOverride, weighed


@dataclass(frozen=True)
class AppliedOverrides:
    """Calls with changed verdicts; `notes` are sentences about changes that were not made, or rest on older ground."""

    calls: tuple[CallResult, ...]
    notes: tuple[str, ...] = ()


def without_overrides(calls: Sequence[CallResult], pass_mark: float) -> tuple[CallResult, ...]:
    """The calls as callqa alone judges them."""
    return tuple(_rejudged(call, [_machine(criterion) for criterion in call.criteria], pass_mark) for call in calls)


def apply_overrides(
    calls: Sequence[CallResult], overrides: Sequence[Override], standard: RubricSnapshot
) -> AppliedOverrides:
    """Change the verdicts people have changed, and score those calls anew.

    The overrides given are all there are: changes the calls carry from before are taken back first. Of two for one
    verdict the later holds. An override applies to the call of its id and content; where no call has that id, to the
    only one with that content, which was moved or renamed since. It is not applied where its criterion is not there,
    where the recording is no longer the one that was heard, or where several calls may be meant.
    """
    notes: list[str] = []
    of_call: dict[int, dict[str, Override]] = {}
    machine = without_overrides(calls, standard.pass_mark)
    known = _Known(machine)
    criteria = {line.id for line in standard.criteria}
    absent: list[Override] = []
    other_rubric: list[Override] = []
    moved: list[tuple[Override, CallResult]] = []
    for override in overrides:
        if override.rubric not in (None, standard.name):
            other_rubric.append(override)
            continue
        meant = known.meant(override)
        if meant.why_not is not None:
            notes.append(f"{_named(override)} was not applied: {meant.why_not}")
        elif not meant.at:
            absent.append(override)
        elif override.criterion not in criteria:
            notes.append(f"{_named(override)} was not applied: the rubric {standard.name} has no such criterion")
        else:
            moved += [(override, machine[meant.at[0]])] if meant.moved else []
            for index in meant.at:
                of_call.setdefault(index, {})[override.criterion] = override
    changed = list(machine)
    for index, wanted in of_call.items():
        changed[index], said = _change(machine[index], wanted, standard.pass_mark)
        notes += said
    notes += _moved(moved)
    notes += _left_out(absent, "the call is not among these results", "their calls are not among these results")
    notes += _left_out(other_rubric, "it is for another rubric", "they are for other rubrics")
    return AppliedOverrides(tuple(changed), tuple(notes))


@dataclass(frozen=True)
class _Meant:
    """The places of the calls an override means; `why_not` is a half-sentence where it may mean none of them."""

    at: Sequence[int] = ()
    moved: bool = False
    why_not: str | None = None


class _Known:
    """Calls by id and by content."""

    def __init__(self, calls: Sequence[CallResult]) -> None:
        self._calls = calls
        self._by_id: dict[str, list[int]] = {}
        self._by_content: dict[str, list[int]] = {}
        for index, call in enumerate(calls):
            # As `with_override` writes it.
            self._by_id.setdefault(printable(valid_utf8(call.call_id)).strip(), []).append(index)
            if call.content:
                self._by_content.setdefault(call.content, []).append(index)

    def meant(self, override: Override) -> _Meant:
        """Where an override applies; nowhere and without a reason where its call is not among these."""
        same_id = self._by_id.get(override.call, [])
        if override.content is None:
            if len({self._calls[index].content for index in same_id}) > 1:
                return _Meant(why_not="several recordings have that id, and it does not tell the content of one")
            return _Meant(same_id)
        if same_id:
            exact = [index for index in same_id if self._calls[index].content == override.content]
            return _Meant(exact, why_not=None if exact else _OTHER_CONTENT)
        same_content = self._by_content.get(override.content, [])
        ids = list(dict.fromkeys(self._calls[index].call_id for index in same_content))
        if len(ids) > 1:
            return _Meant(why_not=f"no call has that id, and several hold that recording ({shortlist(ids)})")
        return _Meant(same_content, moved=True)


_OTHER_CONTENT = "the recording has other content than the one that was heard; dispute it again"


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
    change = VerdictOverride(criterion.verdict, override.now, override.who, override.when, override.why)
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


def _moved(moved: Sequence[tuple[Override, CallResult]]) -> Iterator[str]:
    if len(moved) == 1:
        override, call = moved[0]
        yield f"{_named(override)} was applied to {call.call_id}: the same recording, moved or renamed"
    elif moved:
        override, call = moved[0]
        yield (
            f"{len(moved)} overrides were applied to recordings that were moved or renamed,"
            f" such as {_named(override)} to {call.call_id}"
        )


def _left_out(overrides: Sequence[Override], one: str, many: str) -> Iterator[str]:
    if len(overrides) == 1:
        yield f"{_named(overrides[0])} was not applied: {one}"
    elif overrides:
        yield f"{plural(len(overrides), 'override')} were not applied, such as {_named(overrides[0])}: {many}"
