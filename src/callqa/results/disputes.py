"""A verdict a person disputes: the call and criterion found in results, the override it makes, the test it makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from callqa.core.text import printable, shortlist
from callqa.core.yaml_loading import did_you_mean
from callqa.errors import UsageError
from callqa.results.override_file import Override
from callqa.results.summary import RunSummary
from callqa.rubrics.fields import Verdict
from callqa.rubrics.rubric_tests import RubricTest
from callqa.scoring.scorecard import CallResult, CriterionResult

MOST_ALIKE = 5
"""Calls offered where none is called so."""


@dataclass(frozen=True)
class Disputed:
    """A verdict in results."""

    call: CallResult
    criterion: CriterionResult

    @property
    def machine(self) -> Verdict:
        """The verdict callqa gave, whatever a person made of it."""
        return self.criterion.overridden.was if self.criterion.overridden else self.criterion.verdict


def find_disputed(run: RunSummary, call: str, criterion: str) -> Disputed:
    """The verdict meant by a call and a criterion's id.

    A call is named by its id or path, or by the end of one from a `/` on, with or without the file's suffix. Raises
    UsageError where that is none or several, where it was not scored, or where it has no such criterion.
    """
    meant = _find_call(run.calls, call)
    if meant.status != "scored":
        raise UsageError(f"{meant.path} was not scored ({meant.reason}), so it has no verdict to dispute")
    for result in meant.criteria:
        if result.id == criterion:
            return Disputed(meant, result)
    hint = did_you_mean(criterion, [result.id for result in meant.criteria])
    raise UsageError(f"{meant.path} has no criterion {printable(criterion)!r}{hint}")


def _find_call(calls: Sequence[CallResult], name: str) -> CallResult:
    name = name.replace("\\", "/").removeprefix("./")
    found = [call for call in calls if name in (call.call_id, call.path)]
    found = found or [call for call in calls if any(_ends(whole, name) for whole in (call.call_id, call.path))]
    if not found:
        raise UsageError(f"no call in these results is called {printable(name)!r}{_like(calls, name)}")
    if len(found) > 1:
        raise UsageError(
            f"{printable(name)!r} may be {found[0].path} or {found[1].path}; write more of the path of the one you mean"
        )
    return found[0]


def _like(calls: Sequence[CallResult], name: str) -> str:
    """A closing half-sentence with the calls that may be meant: the name stands in id, path or agent, or is like."""
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


def override_of(disputed: Disputed, verdict: Verdict, *, rubric: str, who: str, when: date, why: str) -> Override:
    """The override a dispute makes. Raises UsageError where it changes nothing, or says not who or why."""
    call, criterion = disputed.call, disputed.criterion
    if verdict == criterion.verdict:
        raise UsageError(f"{criterion.id} in {call.path} is {verdict} already; name another --verdict")
    who, why = printable(who).strip(), printable(why).strip()
    if not why:
        raise UsageError("a dispute needs a reason; write it after --because")
    if not who:
        raise UsageError("a dispute needs somebody who makes it; write who after --by")
    return Override.model_validate(
        {
            "call": printable(call.call_id),
            "content": call.content,
            "rubric": rubric,
            "criterion": criterion.id,
            "from": disputed.machine,
            "to": verdict,
            "who": who,
            "when": when.isoformat(),
            "why": why,
        }
    )


def entries_of(entries: Sequence[Override], call: str) -> list[int]:
    """The places of a call's entries among overrides; the call is named as in `find_disputed`."""
    name = call.replace("\\", "/").removeprefix("./")
    exact = [index for index, one in enumerate(entries) if one.call == name]
    return exact or [i for i, one in enumerate(entries) if _ends(one.call, name) or _ends(name, one.call)]


def find_entry(entries: Sequence[Override], call: str, criterion: str) -> int:
    """The place of the entry that holds for a call and a criterion: the last. Raises UsageError for none or several."""
    found = [index for index in entries_of(entries, call) if entries[index].criterion == criterion]
    if not found:
        known = shortlist([f"{one.call} {one.criterion}" for one in entries], MOST_ALIKE)
        raise UsageError(f"nobody changed {printable(criterion)} in {printable(call)}; changed are: {known or 'none'}")
    if len({(entries[index].call, entries[index].content, entries[index].rubric) for index in found}) > 1:
        raise UsageError(
            f"several entries may be meant, of other calls, recordings or rubrics: {printable(criterion)} in"
            f" {shortlist(list(dict.fromkeys(entries[index].call for index in found)), MOST_ALIKE)}; write more of the"
            " id, or take the entry out by hand"
        )
    return found[-1]


def case_of(disputed: Disputed, override: Override) -> RubricTest:
    """The call as a test of its rubric, expecting the person's verdict. It holds every line that was said.

    Raises UsageError where the results do not hold the lines, or do not tell who says them.
    """
    call = disputed.call
    if not call.utterances:
        raise UsageError(f"the results hold no transcript of {call.path}; score it anew with this version of callqa")
    lines = []
    timed = all(one.start is not None and one.end is not None for one in call.utterances)
    for one in call.utterances:
        if one.speaker not in ("agent", "customer"):
            raise UsageError(f"it is not known who speaks in {call.path}, so it cannot be a test")
        span = f" @{one.start:.2f}-{max(one.start, one.end):.2f}" if timed and one.start is not None and one.end else ""
        lines.append(f"{one.speaker}{span}: {printable(one.text).strip()}")
    name = f"{override.call}: {override.criterion} is {override.now}, because {override.why}"
    return RubricTest(name=name, call=lines, expect={override.criterion: override.now})
