"""A verdict a person disputes: finding it in results, and making an override and a rubric test of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from callqa.core.suggestions import did_you_mean
from callqa.core.text import printable, shortlist
from callqa.errors import UsageError
from callqa.results.override_file import Override
from callqa.results.summary import RunSummary
from callqa.rubrics.fields import Verdict
from callqa.rubrics.rubric_tests import RubricTest
from callqa.scoring.scorecard import CallResult, CriterionResult

MOST_ALIKE = 5
"""Calls suggested if none has the given name."""


@dataclass(frozen=True)
class DisputedVerdict:
    """A verdict in results."""

    call: CallResult
    criterion: CriterionResult


def find_disputed(run: RunSummary, call: str, criterion: str) -> DisputedVerdict:
    """Find the verdict on a criterion, named by its id, of a call.

    A call is named by its id or path, or by the end of one after a `/`, with or without the file's suffix. Raises
    UsageError if no call or several have that name, if the call was not scored, or if it has no such criterion.
    """
    found = _find_call(run.calls, call)
    if found.status != "scored":
        raise UsageError(f"{found.path} was not scored ({found.reason}), so it has no verdict to dispute")
    for result in found.criteria:
        if result.id == criterion:
            return DisputedVerdict(found, result)
    hint = did_you_mean(criterion, [result.id for result in found.criteria])
    raise UsageError(f"{found.path} has no criterion {printable(criterion)!r}{hint}")


def _find_call(calls: Sequence[CallResult], name: str) -> CallResult:
    name = name.replace("\\", "/").removeprefix("./")
    found = [call for call in calls if name in (call.call_id, call.path)]
    found = found or [call for call in calls if any(_ends(whole, name) for whole in (call.call_id, call.path))]
    if not found:
        raise UsageError(f"no call in these results is called {printable(name)!r}{_suggestion(calls, name)}")
    if len(found) > 1:
        raise UsageError(
            f"{printable(name)!r} may be {found[0].path} or {found[1].path}; write more of the path of the one you mean"
        )
    return found[0]


def _suggestion(calls: Sequence[CallResult], name: str) -> str:
    """Return a closing half-sentence with the calls that may be meant.

    They have the name in their id, path or agent, or a similar id.
    """
    part = name.strip("/").casefold()
    alike = [
        call.call_id
        for call in calls
        if part and any(part in text.casefold() for text in (call.call_id, call.path, call.agent))
    ]
    if alike:
        return (
            f"; did you mean one of {shortlist(alike, MOST_ALIKE)}?"
            if len(alike) > 1
            else f"; did you mean {alike[0]!r}?"
        )
    return did_you_mean(name, [call.call_id for call in calls])


def _ends(whole: str, name: str) -> bool:
    path = PurePosixPath(whole)
    return f"/{whole}".endswith(f"/{name}") or f"/{path.with_suffix('') if path.name else path}".endswith(f"/{name}")


def override_of(
    disputed: DisputedVerdict, verdict: Verdict, *, rubric: str, who: str, when: date, why: str
) -> Override:
    """Make the override of a dispute. Raises UsageError if it changes nothing, or lacks a person or a reason."""
    call, criterion = disputed.call, disputed.criterion
    if verdict == criterion.verdict:
        raise UsageError(f"{criterion.id} in {call.path} is {verdict} already; name another --verdict")
    who, why = printable(who).strip(), printable(why).strip()
    if not why:
        raise UsageError("a dispute needs a reason; write it after --because")
    if not who:
        raise UsageError("a dispute needs the name of the person who makes it; write it after --by")
    return Override.model_validate(
        {
            "call": printable(call.call_id),
            "content": call.content,
            "rubric": rubric,
            "criterion": criterion.id,
            "from": criterion.machine_verdict,
            "to": verdict,
            "who": who,
            "when": when.isoformat(),
            "why": why,
        }
    )


def entry_indices(entries: Sequence[Override], call: str) -> list[int]:
    """Return the indices of a call's entries among overrides; the call is named as in `find_disputed`."""
    name = call.replace("\\", "/").removeprefix("./")
    exact = [index for index, one in enumerate(entries) if one.call == name]
    return exact or [i for i, one in enumerate(entries) if _ends(one.call, name) or _ends(name, one.call)]


def find_entry(entries: Sequence[Override], call: str, criterion: str) -> int:
    """Return the index of the entry in force for a call and a criterion: the last one.

    Raises UsageError if there is none, or if entries of several calls may be meant.
    """
    found = [index for index in entry_indices(entries, call) if entries[index].criterion == criterion]
    if not found:
        known = shortlist([f"{one.call} {one.criterion}" for one in entries], MOST_ALIKE)
        raise UsageError(
            f"nobody changed {printable(criterion)} in {printable(call)}; the changed verdicts are: {known or 'none'}"
        )
    if len({(entries[index].call, entries[index].content, entries[index].rubric) for index in found}) > 1:
        raise UsageError(
            f"several entries may be meant, for different calls, recordings or rubrics: {printable(criterion)} in"
            f" {shortlist(list(dict.fromkeys(entries[index].call for index in found)), MOST_ALIKE)}; write more of the"
            " id, or remove the entry by hand"
        )
    return found[-1]


def rubric_test_of(disputed: DisputedVerdict, override: Override) -> RubricTest:
    """Make a rubric test of the call, with all its utterances, that expects the person's verdict.

    Raises UsageError if the results have no utterances, or not the speaker of each.
    """
    call = disputed.call
    if not call.utterances:
        raise UsageError(f"the results have no transcript of {call.path}; score it again with this version of callqa")
    lines = []
    timed = all(one.start is not None and one.end is not None for one in call.utterances)
    for one in call.utterances:
        if one.speaker not in ("agent", "customer"):
            raise UsageError(f"the speakers in {call.path} are not known, so it cannot be a test")
        span = f" @{one.start:.2f}-{max(one.start, one.end):.2f}" if timed and one.start is not None and one.end else ""
        lines.append(f"{one.speaker}{span}: {printable(one.text).strip()}")
    name = f"{override.call}: {override.criterion} is {override.now}, because {override.why}"
    return RubricTest(name=name, call=lines, expect={override.criterion: override.now})
