"""Changed verdicts applied to results: the person's verdict holds, callqa's is kept, the score follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from callqa.core.text import plural, printable, shortlist, valid_utf8
from callqa.results.override_file import Override
from callqa.results.rubric_snapshot import RubricSnapshot
from callqa.scoring.scorecard import CallResult, CriterionResult, VerdictOverride, with_verdicts


@dataclass(frozen=True)
class AppliedOverrides:
    """Calls with changed verdicts; `notes` are sentences about overrides that were not applied, or may be outdated."""

    calls: tuple[CallResult, ...]
    notes: tuple[str, ...] = ()


def without_overrides(calls: Sequence[CallResult], pass_mark: float) -> tuple[CallResult, ...]:
    """Return the calls as callqa alone judges them."""
    return tuple(_rescore(call, [_as_judged(criterion) for criterion in call.criteria], pass_mark) for call in calls)


def apply_overrides(
    calls: Sequence[CallResult], overrides: Sequence[Override], rubric: RubricSnapshot
) -> AppliedOverrides:
    """Apply the overrides, and score the calls they change again.

    The overrides given are the only ones: earlier changes of these calls are undone first. If there are two for one
    verdict, the later one counts. An override applies to the call with its id and content; if no call has that id, to
    the only one with that content, which was moved or renamed since. It is not applied if the rubric has no such
    criterion, if the recording has changed, or if several calls may be meant.
    """
    notes: list[str] = []
    of_call: dict[int, dict[str, Override]] = {}
    judged = without_overrides(calls, rubric.pass_mark)
    index_of_calls = _CallIndex(judged)
    criteria = {criterion.id for criterion in rubric.criteria}
    absent: list[Override] = []
    other_rubric: list[Override] = []
    moved: list[tuple[Override, CallResult]] = []
    for override in overrides:
        if override.rubric not in (None, rubric.name):
            other_rubric.append(override)
            continue
        match = index_of_calls.find(override)
        if match.refusal is not None:
            notes.append(f"{_named(override)} was not applied: {match.refusal}")
        elif not match.indices:
            absent.append(override)
        elif override.criterion not in criteria:
            notes.append(f"{_named(override)} was not applied: the rubric {rubric.name} has no such criterion")
        else:
            moved += [(override, judged[match.indices[0]])] if match.moved else []
            for index in match.indices:
                of_call.setdefault(index, {})[override.criterion] = override
    changed = list(judged)
    for index, wanted in of_call.items():
        changed[index], more = _change(judged[index], wanted, rubric.pass_mark)
        notes += more
    notes += _moved(moved)
    notes += _left_out(absent, "the call is not among these results", "their calls are not among these results")
    notes += _left_out(other_rubric, "it is for another rubric", "they are for other rubrics")
    return AppliedOverrides(tuple(changed), tuple(notes))


@dataclass(frozen=True)
class _Match:
    """The indices of the calls an override applies to; `refusal` is a half-sentence on why it must not be applied."""

    indices: Sequence[int] = ()
    moved: bool = False
    refusal: str | None = None


class _CallIndex:
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

    def find(self, override: Override) -> _Match:
        """Find the calls an override applies to; an empty match if its call is not among these."""
        same_id = self._by_id.get(override.call, [])
        if override.content is None:
            if len({self._calls[index].content for index in same_id}) > 1:
                return _Match(refusal="several recordings have that id, and it does not say which one is meant")
            return _Match(same_id)
        if same_id:
            exact = [index for index in same_id if self._calls[index].content == override.content]
            return _Match(exact, refusal=None if exact else _OTHER_CONTENT)
        same_content = self._by_content.get(override.content, [])
        ids = list(dict.fromkeys(self._calls[index].call_id for index in same_content))
        if len(ids) > 1:
            return _Match(refusal=f"no call has that id, and several are that recording ({shortlist(ids)})")
        return _Match(same_content, moved=True)


_OTHER_CONTENT = "the recording has changed since it was judged; dispute it again"


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
    return _rescore(call, criteria, pass_mark), notes


def _overridden(criterion: CriterionResult, override: Override) -> CriterionResult:
    change = VerdictOverride(criterion.verdict, override.now, override.who, override.when, override.why)
    return replace(criterion, verdict=override.now, overridden=change)


def _as_judged(criterion: CriterionResult) -> CriterionResult:
    if criterion.overridden is None:
        return criterion
    return replace(criterion, verdict=criterion.overridden.was, overridden=None)


def _rescore(call: CallResult, criteria: Sequence[CriterionResult], pass_mark: float) -> CallResult:
    """Return the call with these verdicts; if none differs, it stays as it is, with its score."""
    return call if tuple(criteria) == call.criteria else with_verdicts(call, criteria, pass_mark)


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
