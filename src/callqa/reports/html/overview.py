"""The overview of an HTML report, worked out before the template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callqa.core.durations import spell
from callqa.core.text import plural, whole_score
from callqa.reports.agent_columns import AgentColumn, agent_columns
from callqa.reports.base import AudioMode
from callqa.reports.evidence import moments_of
from callqa.reports.html.sound import Sound
from callqa.reports.html.team_table import TeamRow, team_row
from callqa.reports.priorities import ChangedVerdict, Finding, listen_first, overridden, reason_of
from callqa.reports.wording import TEAM, engines, label, provisional
from callqa.results.rubric_snapshot import CriterionInfo, RubricSnapshot
from callqa.results.summary import AgentSummary, RunSummary
from callqa.scoring.scorecard import CallResult, Evidence

HEAR_FIRST = 3
"""Calls shown at the top: as many as people discuss in one meeting."""

MOST_NAMES = 3
"""Criteria named in one sentence."""

_VERDICT_WORDS = {"pass": "pass", "fail": "fail", "na": "no occasion", "review": "to review"}


@dataclass(frozen=True)
class CallToHear:
    """A call to listen to first.

    `number` is its index in the run, `place` that of the criterion in the rubric, `evidence` that of the deciding
    moment in the criterion.
    """

    number: int
    place: int
    evidence: int | None
    agent: str
    call: str
    moment: str
    criterion: str
    kind: str
    score: str
    quote: str
    who: str
    reason: str
    also: str


@dataclass(frozen=True)
class ChangedLine:
    """A verdict a person changed: the call's index and name, and a sentence on the change, its author and reason."""

    number: int
    call: str
    agent: str
    sentence: str


@dataclass(frozen=True)
class PlainCall:
    """One call in the list for browsers without a script."""

    call: str
    agent: str
    when: str
    outcome: str
    verdicts: str


@dataclass(frozen=True)
class Overview:
    """Everything in the overview."""

    title: str
    rubric: str
    sha256: str
    pass_mark: str
    transcribed_by: str
    period: str
    length: str
    found: int
    scored: int
    unscorable: int
    failed: int
    not_reached: int
    skipped: int
    reasons: str
    provisional: str
    interrupted: bool
    sound: str
    criteria: tuple[CriterionInfo, ...]
    columns: tuple[AgentColumn, ...]
    rows: tuple[TeamRow, ...]
    total: TeamRow | None
    min_calls: int
    first: tuple[CallToHear, ...]
    attention: int
    changed: tuple[ChangedLine, ...]
    example: str
    plain: tuple[PlainCall, ...]


def overview(run: RunSummary, audio: AudioMode, sounds: Sequence[Sound]) -> Overview:
    """Return the overview of a run."""
    rubric, coverage = run.rubric, run.coverage
    findings = listen_first(run.calls)
    places = {id(call): number for number, call in enumerate(run.calls)}
    rows = tuple(team_row(number, agent, run) for number, agent in enumerate(run.agents))
    total = run.total(TEAM)
    return Overview(
        title=rubric.title or rubric.name,
        rubric=f"{rubric.name}, version {rubric.version}",
        sha256=rubric.sha256,
        pass_mark=f"{rubric.pass_mark:g}",
        transcribed_by=", ".join(engines(run)) or ("transcripts made elsewhere" if coverage.scored else "nothing"),
        period=_period(run.calls),
        length=spell(run.audio_seconds) if run.audio_seconds else "",
        found=coverage.found,
        scored=coverage.scored,
        unscorable=coverage.unscorable,
        failed=coverage.failed,
        not_reached=max(0, coverage.found - len(run.calls)),
        skipped=run.skipped,
        reasons=", ".join(f"{count} {reason}" for reason, count in coverage.reasons.items()),
        provisional=provisional(run) or "",
        interrupted=run.interrupted,
        sound=_sound_sentence(audio, run.calls, sounds),
        criteria=rubric.criteria,
        columns=agent_columns(rubric),
        rows=rows,
        total=team_row(None, total, run) if len(rows) > 1 else None,
        min_calls=run.min_calls,
        first=tuple(_first(finding, places, rubric) for finding in findings[:HEAR_FIRST]),
        attention=len(findings),
        changed=tuple(_changed(change, places) for change in overridden(run.calls)),
        example=_example(total),
        plain=tuple(_plain(call, rubric) for call in run.calls),
    )


def _first(finding: Finding, places: dict[int, int], rubric: RubricSnapshot) -> CallToHear:
    call, evidence = finding.call, finding.criterion.moment
    return CallToHear(
        number=places[id(call)],
        place=next((index for index, one in enumerate(rubric.criteria) if one.id == finding.criterion.id), 0),
        evidence=_place(finding, evidence),
        agent=call.agent,
        call=call.call_id or call.path,
        moment=finding.moment or "",
        criterion=label(finding.criterion.id),
        kind=finding.kind,
        score="" if call.score is None else whole_score(call.score),
        quote=evidence.quote if evidence else "",
        who="" if evidence is None or evidence.speaker == "unknown" else f"the {evidence.speaker}",
        reason=_sentence(_reason(finding, evidence)),
        also=_some(list(map(label, finding.others))),
    )


def _changed(change: ChangedVerdict, places: dict[int, int]) -> ChangedLine:
    call = change.call
    return ChangedLine(places[id(call)], call.call_id or call.path, call.agent, _sentence(change.sentence))


def _place(finding: Finding, evidence: Evidence | None) -> int | None:
    moments = moments_of(finding.criterion.evidence, finding.call.utterances)
    return next((place for place, one in enumerate(moments) if evidence and one.holds(evidence)), None)


def _reason(finding: Finding, evidence: Evidence | None) -> str:
    """Return why the call is on the list; if a person changed the verdict, their words come first and in full."""
    if finding.criterion.overridden is not None:
        return reason_of(finding.criterion)
    return _beyond_the_quote(finding.criterion.reason, evidence)


def _beyond_the_quote(reason: str, evidence: Evidence | None) -> str:
    """Return the reason without the words quoted above it: complaint at 01:05 “it never came”; 9 later lines …"""
    _, joint, rest = reason.partition("”; ")
    if evidence is not None and evidence.part == "trigger" and joint:
        return rest
    return "" if evidence is not None and reason.startswith(f"“{evidence.quote[:20]}") else reason


def _some(names: list[str]) -> str:
    """Return the first names, and the number of the others."""
    rest = len(names) - MOST_NAMES
    return ", ".join(names) if rest <= 1 else f"{', '.join(names[:MOST_NAMES])} and {rest} more"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + ("" if not words or words.endswith((".", "!", "?", "…", "”")) else ".")


def _plain(call: CallResult, rubric: RubricSnapshot) -> PlainCall:
    known = {criterion.id for criterion in rubric.criteria}
    if call.status == "scored":
        outcome = "no score" if call.score is None else whole_score(call.score)
        outcome += ", auto-fail" if call.auto_failed else ""
        outcome += ", provisional" if call.provisional else ""
    else:
        outcome = f"{'not scorable' if call.status == 'unscorable' else 'failed'}: {call.reason}"
    return PlainCall(
        call=call.call_id or call.path,
        agent=call.agent,
        when=call.started_at.strftime("%Y-%m-%d %H:%M") if call.started_at else "",
        outcome=outcome,
        verdicts="; ".join(
            f"{label(criterion.id)}: {_VERDICT_WORDS[criterion.verdict]}"
            for criterion in call.criteria
            if criterion.id in known
        ),
    )


def _period(calls: Sequence[CallResult]) -> str:
    days = sorted(call.started_at.date() for call in calls if call.started_at)
    if not days:
        return ""
    first, last = (f"{day.day} {day:%B %Y}" for day in (days[0], days[-1]))
    return first if first == last else f"{first} to {last}"


def _sound_sentence(audio: AudioMode, calls: Sequence[CallResult], sounds: Sequence[Sound]) -> str:
    """Return the kind of sound, and the number of calls it is not available for."""
    with_sound = sum(bool(sound.parts) for sound in sounds)
    missing = sum(sound.note is not None for sound in sounds)
    if audio == "none":
        return "not included"
    what = {"clips": "the moments of evidence", "full": "whole calls", "link": "links to the recordings"}[audio]
    have = f"{what} of {plural(with_sound, 'call')}" if with_sound else "none"
    return f"{have}; not available for {plural(missing, 'call')}" if missing else have


def _example(total: AgentSummary) -> str:
    """Return a sentence on how to read “7 of 9”, with figures of this run."""
    counts = [count for count in total.criteria.values() if count.opportunities]
    if not counts:
        return ""
    most = max(counts, key=lambda count: count.opportunities)
    called = plural(most.opportunities, "call")
    return f"“{most.passed} of {most.opportunities}”: of {called} that called for it, {most.passed} met it."
