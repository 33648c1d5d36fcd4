"""The data for the script of an HTML report: an index of all calls, and the details of each in chunks.

The index is small enough to be read at once for thousands of calls. Details are read only for a call that is opened;
in a large report they are compressed. Every string is printable: the page shows it as it is.
"""

from __future__ import annotations

import base64
import json
import math
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from callqa.core.text import printable
from callqa.reports.evidence import Moment, moments_of
from callqa.reports.html.sound import Sound
from callqa.reports.html.strengths import best_lines
from callqa.reports.priorities import listen_first
from callqa.reports.wording import label
from callqa.results.rubric_snapshot import RubricSnapshot
from callqa.results.summary import AgentSummary, RunSummary
from callqa.scoring.scorecard import CallResult, CriterionResult

CALLS_PER_CHUNK = 50
"""Calls whose details are in one chunk, which opens within a few hundredths of a second."""

PLAIN_BYTES = 1_000_000
"""Details of up to this size are written without compression: every browser reads them, and the file is the same
with every compression library."""

_STATUS = ("scored", "unscorable", "failed")
_LETTERS = {"pass": "p", "fail": "f", "na": "n", "review": "r"}


@dataclass(frozen=True)
class Chunks:
    """The details of all calls, CALLS_PER_CHUNK in each text: JSON, or with `packed` base64 of deflated JSON."""

    texts: tuple[str, ...]
    packed: bool


def index_of(run: RunSummary) -> Any:
    """Return the data for a list of calls and the page of an agent."""
    places = {id(call): number for number, call in enumerate(run.calls)}
    order = [places[id(finding.call)] for finding in listen_first(run.calls)]
    agents = {agent.agent: number for number, agent in enumerate(run.agents)}
    return clean(
        {
            "passMark": run.rubric.pass_mark,
            "minCalls": run.min_calls,
            "chunk": CALLS_PER_CHUNK,
            "criteria": _criteria(run.rubric),
            "agents": [_agent(agent, run, places) for agent in run.agents],
            "calls": [_row(call, agents, run.rubric) for call in run.calls],
            "first": order,
        }
    )


def details_of(calls: Sequence[CallResult], rubric: RubricSnapshot, sounds: Sequence[Sound]) -> Chunks:
    """Return the details of all calls, in their order."""
    order = {criterion.id: index for index, criterion in enumerate(rubric.criteria)}
    texts, size = [], 0
    for first in range(0, len(calls), CALLS_PER_CHUNK):
        group = zip(calls[first : first + CALLS_PER_CHUNK], sounds[first : first + CALLS_PER_CHUNK], strict=True)
        text = to_json(clean([_details(call, order, sound) for call, sound in group]))
        texts.append(text)
        size += len(text)
    if size <= PLAIN_BYTES:
        return Chunks(tuple(texts), packed=False)
    return Chunks(tuple(map(_packed, texts)), packed=True)


def to_json(value: Any) -> str:
    """Return a value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def clean(value: Any) -> Any:
    """Return the same data with printable strings, rounded numbers, and null for NaN and infinite numbers."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() else round(value, 2)
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    return value


def _packed(text: str) -> str:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return base64.b64encode(squeeze.compress(text.encode()) + squeeze.flush()).decode("ascii")


def _criteria(rubric: RubricSnapshot) -> list[dict[str, Any]]:
    return [
        {
            "id": criterion.id,
            "label": label(criterion.id),
            "title": criterion.title,
            "weight": criterion.weight,
            "autoFail": criterion.auto_fail,
            "critical": criterion.critical,
            "why": criterion.why,
            "coach": criterion.coach,
            "good": criterion.good,
        }
        for criterion in rubric.criteria
    ]


def _agent(agent: AgentSummary, run: RunSummary, places: dict[int, int]) -> dict[str, Any]:
    own = [call for call in run.calls if call.agent == agent.agent]
    return {
        "name": agent.agent,
        "scored": agent.scored,
        "mean": agent.mean_score,
        "range": agent.interval,
        "provisional": agent.provisional,
        "best": [
            {"call": places[id(best.call)], "criterion": best.criterion, "start": best.start, "quote": best.quote}
            for best in best_lines(own, run.rubric)
        ],
    }


def _row(call: CallResult, agents: dict[str, int], rubric: RubricSnapshot) -> list[Any]:
    """Return one call in the index: agent, id, start, duration, score, status, verdicts by letter, and flags.

    A criterion the call was not judged by is a full stop. Flags: 1 provisional, 2 auto-failed, 4 passed.
    """
    verdicts = {criterion.id: _LETTERS[criterion.verdict] for criterion in call.criteria}
    return [
        agents[call.agent],
        call.call_id or call.path,
        call.started_at.isoformat() if call.started_at else None,
        call.duration,
        call.score,
        _STATUS.index(call.status),
        "".join(verdicts.get(criterion.id, ".") for criterion in rubric.criteria),
        call.provisional + 2 * call.auto_failed + 4 * bool(call.passed),
    ]


def _details(call: CallResult, order: dict[str, int], sound: Sound) -> dict[str, Any]:
    metrics = call.metrics
    speech = call.speech
    return {
        "path": call.path,
        "by": " ".join(filter(None, (call.engine, call.model))),
        "reason": call.reason,
        "notes": call.notes,
        "criteria": [_criterion(criterion, order, call) for criterion in call.criteria if criterion.id in order],
        "lines": [
            [line.speaker[0], line.start, line.end, line.text, line.doubt, line.speaker_sure]
            for line in call.utterances
        ],
        "speech": None
        if speech is None
        else {"agent": _pairs(speech.agent), "customer": _pairs(speech.customer), "duration": speech.duration},
        "events": [[event.event, event.start, event.end, event.by, event.owed] for event in call.events],
        "metrics": None
        if metrics is None
        else {
            "agent": metrics.agent_talk,
            "customer": metrics.customer_talk,
            "silence": metrics.silence,
            "overtalk": metrics.overtalk,
            "interruptions": metrics.interruptions_by_agent,
            "hold": metrics.hold,
            "response": metrics.response_time,
            "pace": metrics.agent_pace,
            "customerPace": metrics.customer_pace,
        },
        "sound": {
            "parts": [[part.start, part.end, part.at] for part in sound.parts],
            "link": sound.link,
            "note": sound.note,
        },
    }


def _criterion(criterion: CriterionResult, order: dict[str, int], call: CallResult) -> dict[str, Any]:
    return {
        "of": order[criterion.id],
        "verdict": criterion.verdict,
        "reason": criterion.reason,
        "searched": criterion.searched,
        "changed": _changed(criterion),
        "evidence": [_moment(moment) for moment in moments_of(criterion.evidence, call.utterances)],
    }


def _changed(criterion: CriterionResult) -> str | None:
    """Return a sentence on who changed the verdict, and why; None if nobody did."""
    change = criterion.overridden
    if change is None:
        return None
    return f"Changed by {change.who} on {change.when}, because “{change.why}”. callqa says {change.was}."


def _moment(moment: Moment) -> dict[str, Any]:
    return {
        "line": moment.line,
        "who": moment.speaker[0],
        "start": moment.start,
        "end": moment.end,
        "quote": moment.quote,
        "behaviors": [label(name) for name in moment.behaviors],
        "rules": moment.rules,
        "part": moment.part,
        "measured": moment.measured,
    }


def _pairs(spans: Iterable[Any]) -> list[list[float]]:
    return [[span.start, span.end] for span in spans]
