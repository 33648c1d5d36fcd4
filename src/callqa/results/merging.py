"""Saved results of several runs as one, and calls chosen by when they began."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from callqa.core.suggestions import did_you_mean
from callqa.core.text import plural, printable, shortlist
from callqa.errors import UsageError
from callqa.results.rubric_snapshot import RubricSnapshot
from callqa.results.summary import RunSummary, summarise
from callqa.scoring.scorecard import CallResult


@dataclass(frozen=True)
class MergedRuns:
    """Several runs as one, or a choice of their calls, with notes for the reader on how it was made."""

    run: RunSummary
    notes: tuple[str, ...] = ()


def merge(runs: Sequence[tuple[str, RunSummary]]) -> MergedRuns:
    """Merge several runs, each with the name of its file, into one; a single one stays as it is.

    A call in several files counts once, with the result of the later file; `KnownCalls` defines the same call. A
    recording with two ids is two calls, and a path with two contents as well. A file all of whose calls are in later
    files is left out as a whole. Raises UsageError if the files were not judged by one rubric.
    """
    if len(runs) == 1:
        return MergedRuns(runs[0][1], tuple(_copies(runs[0][1].calls)))
    rubric = same_rubric(runs)
    kept: list[CallResult] = []
    replaced: Counter[str] = Counter()
    skipped = not_reached = 0
    later = KnownCalls()
    for name, run in reversed(runs):
        fresh = [call for call in run.calls if not later.has(call)]
        replaced[name] = len(run.calls) - len(fresh)
        kept += fresh
        if fresh or not run.calls:
            skipped += run.skipped
            not_reached += max(0, run.coverage.found - len(run.calls))
        for call in run.calls:
            later.add(call)
    kept.sort(key=lambda call: (call.path, call.call_id, call.content or ""))
    notes = [
        f"{plural(replaced[name], 'call')} of {name} {'is' if replaced[name] == 1 else 'are'} in a later file too;"
        " the later result counts"
        for name, _ in runs
        if replaced[name]
    ]
    paths = Counter(call.path for call in kept)
    if twice := [path for path, count in paths.items() if count > 1]:
        names = plural(len(twice), "path names", "paths name")
        notes.append(f"{names} different recordings, such as {twice[0]}; all are counted")
    notes += _copies(kept)
    return MergedRuns(summarise(rubric, kept, skipped=skipped, not_reached=not_reached), tuple(notes))


class KnownCalls:
    """Calls known from elsewhere, such as from later files or an earlier period.

    Two calls are the same if they are the same recording, by its content, with the same id or path; if the content of
    one is not known, if they have the same path.
    """

    def __init__(self, calls: Iterable[CallResult] = ()) -> None:
        self._recordings: set[tuple[str, str]] = set()
        self._paths: dict[str, set[str | None]] = {}
        for call in calls:
            self.add(call)

    def add(self, call: CallResult) -> None:
        """Add a call to the known ones."""
        self._paths.setdefault(call.path, set()).add(call.content)
        if call.content:
            self._recordings.add((call.content, call.call_id))

    def has(self, call: CallResult) -> bool:
        """Return True if this call is a known one."""
        if call.content and (call.content, call.call_id) in self._recordings:
            return True
        contents = self._paths.get(call.path, set())
        return bool(contents) and (call.content is None or None in contents or call.content in contents)


def _copies(calls: Sequence[CallResult]) -> Iterator[str]:
    """Yield a note if several calls are the same recording."""
    of_content: dict[str, list[str]] = {}
    for call in calls:
        if call.content:
            of_content.setdefault(call.content, []).append(call.call_id)
    copies = [ids for ids in of_content.values() if len(ids) > 1]
    if len(copies) == 1:
        yield f"{len(copies[0])} calls are the same recording: {shortlist(copies[0])}; all are counted"
    elif copies:
        yield (
            f"{sum(map(len, copies))} calls are only {len(copies)} different recordings; {shortlist(copies[0])} are the"
            " same, for example; all are counted"
        )


def same_rubric(runs: Sequence[tuple[str, RunSummary]]) -> RubricSnapshot:
    """Return the rubric of all these runs, as the last has it. Raises UsageError if they were judged by several."""
    last_name, last = runs[-1]
    for name, run in runs:
        if run.rubric.sha256 != last.rubric.sha256:
            raise UsageError(
                f"{name} was judged by {_named(run.rubric)} and {last_name} by {_named(last.rubric)}, and scores of"
                " two rubrics are not comparable; score both with one rubric, which is quick, since transcripts"
                " are cached"
            )
    return last.rubric


def _named(rubric: RubricSnapshot) -> str:
    return f"{rubric.name} v{rubric.version} ({rubric.sha256[:6]})"


def day(call: CallResult) -> date | None:
    """Return the day on which a call began, in its own time zone."""
    return call.started_at.date() if call.started_at else None


def between(run: RunSummary, since: date | None, until: date | None) -> MergedRuns:
    """Choose the calls that began from `since` to `until`, both days included.

    Calls without a date are left out, with a note. Raises UsageError if no call has one.
    """
    if since is None and until is None:
        return MergedRuns(run)
    _refuse_dateless(run.calls)
    kept = [
        call
        for call in run.calls
        if (on := day(call)) and (since is None or on >= since) and (until is None or on <= until)
    ]
    notes = _dateless_note(run.calls)
    if run.calls and not kept:
        notes = (f"none of {plural(len(run.calls), 'call')} began in these days", *notes)
    return MergedRuns(summarise(run.rubric, kept, skipped=run.skipped), notes)


def split(run: RunSummary, at: date) -> tuple[RunSummary, RunSummary, tuple[str, ...]]:
    """Return the calls that began before a day, those that began on it or later, and notes.

    Calls without a date are left out, with a note. Raises UsageError if no call has one, or if one side has no call.
    """
    _refuse_dateless(run.calls)
    before = [call for call in run.calls if (on := day(call)) and on < at]
    after = [call for call in run.calls if (on := day(call)) and on >= at]
    if not before or not after:
        days = sorted(on for call in before or after if (on := day(call)))
        known = f"the calls here began from {days[0]} to {days[-1]}" if days else "there are no calls here"
        raise UsageError(
            f"no call began {'on or after' if before else 'before'} {at}, so there is nothing to compare: {known}"
        )
    return summarise(run.rubric, before), summarise(run.rubric, after), _dateless_note(run.calls)


def of_agents(run: RunSummary, agents: Collection[str]) -> RunSummary:
    """Choose the calls of some agents, whatever the case of their names; all calls if none is named."""
    if not agents:
        return run
    wanted = {name.casefold() for name in agents}
    kept = [call for call in run.calls if call.agent.casefold() in wanted]
    # The calls that an interrupted run did not reach may be theirs.
    return summarise(run.rubric, kept, skipped=run.skipped, not_reached=run.coverage.found - len(run.calls))


def refuse_unknown_agents(runs: Sequence[RunSummary], agents: Collection[str]) -> None:
    """Raise UsageError if one of these agents has no call in any of the runs."""
    known = sorted({call.agent for run in runs for call in run.calls})
    folded = {name.casefold() for name in known}
    for name in agents:
        if name.casefold() not in folded:
            raise UsageError(f"no call here is of an agent {printable(name)!r}{did_you_mean(name, known)}")


def _refuse_dateless(calls: Sequence[CallResult]) -> None:
    if calls and all(call.started_at is None for call in calls):
        raise UsageError("no call has a date; score with --filename-pattern or with a column started_at in --metadata")


def _dateless_note(calls: Sequence[CallResult]) -> tuple[str, ...]:
    count = sum(call.started_at is None for call in calls)
    if not count:
        return ()
    is_ = "is" if count == 1 else "are"
    return (f"{plural(count, 'call')} without a date {is_} left out",)
