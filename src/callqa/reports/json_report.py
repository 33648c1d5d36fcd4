"""The results as JSON, in the form of `result_format`: for scripts, archives and rendering again."""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict
from typing import Any, TextIO

from pydantic import BaseModel

from callqa import __version__
from callqa.conversation.conversation import SpeechOfCall
from callqa.core.text import valid_utf8
from callqa.results.result_format import FORMAT, ResultsFile
from callqa.results.rubric_snapshot import RubricSnapshot
from callqa.results.summary import AgentSummary, RunSummary
from callqa.scoring.scorecard import CallResult, CriterionResult
from callqa.transcripts.transcript import Utterance

# Legal inside a JSON string as they are, yet a terminal or a browser acts on them: C1 controls, direction controls,
# line separators. They are written as escapes, which read back as the same characters.
_RISKY = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


class JsonReport:
    """Writes the results as JSON: the same results give the same bytes."""

    file_encoding = "utf-8"

    def write(self, run: RunSummary, stream: TextIO) -> None:
        """Write the whole report."""
        stream.write(to_text(results(run)))


def results(run: RunSummary) -> ResultsFile:
    """A run in its JSON form."""
    data: dict[str, Any] = {
        "format": FORMAT,
        "callqa": __version__,
        "rubric": _standard(run.rubric),
        "coverage": asdict(run.coverage),
        "calls": [_call(call) for call in run.calls],
        "agents": [_agent(agent) for agent in run.agents],
        "interrupted": run.interrupted,
        "skipped": run.skipped,
    }
    return ResultsFile.model_validate(_writable(data))


def to_text(model: BaseModel) -> str:
    """One of callqa's JSON forms as text: indented, keys in their order, ending with a line break."""
    text = json.dumps(model.model_dump(mode="json"), ensure_ascii=False, allow_nan=False, indent=1)
    return _RISKY.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def _standard(standard: RubricSnapshot) -> dict[str, Any]:
    return {
        "name": standard.name,
        "version": standard.version,
        "sha256": standard.sha256,
        "title": standard.title,
        "pass_mark": standard.pass_mark,
        "language": standard.language,
        "criteria": [asdict(line) for line in standard.criteria],
    }


def _call(call: CallResult) -> dict[str, Any]:
    return {
        "call_id": call.call_id,
        "path": call.path,
        "agent": call.agent,
        "started_at": call.started_at.isoformat() if call.started_at else None,
        "duration": call.duration,
        "engine": call.engine,
        "model": call.model,
        "status": call.status,
        "reason": call.reason,
        "provisional": call.provisional,
        "score": call.score,
        "passed": call.passed,
        "auto_failed": call.auto_failed,
        "criteria": [_criterion(criterion) for criterion in call.criteria],
        "metrics": asdict(call.metrics) if call.metrics else None,
        "notes": list(call.notes),
        "reason_kind": call.reason_kind,
        "to_review": call.to_review,
        "critical_misses": call.critical_misses,
        "utterances": [_line(utterance) for utterance in call.utterances],
        "speech": _speech(call.speech) if call.speech else None,
        "events": [asdict(event) for event in call.events],
        "agent_channel": call.agent_channel,
        "content": call.content,
        "team": call.team,
    }


def _line(utterance: Utterance) -> dict[str, Any]:
    return {
        "speaker": utterance.speaker,
        "start": utterance.start,
        "end": utterance.end,
        "text": utterance.text,
        "doubt": utterance.doubt,
        "speaker_sure": utterance.speaker_sure,
        "channel": utterance.channel,
    }


def _speech(speech: SpeechOfCall) -> dict[str, Any]:
    return {
        "agent": [(span.start, span.end) for span in speech.agent],
        "customer": [(span.start, span.end) for span in speech.customer],
        "duration": speech.duration,
    }


def _criterion(criterion: CriterionResult) -> dict[str, Any]:
    return {**asdict(criterion), "evidence": [asdict(evidence) for evidence in criterion.evidence]}


def _agent(agent: AgentSummary) -> dict[str, Any]:
    counts = {
        name: {"pass": count.passed, "fail": count.failed, "na": count.na, "review": count.review}
        for name, count in agent.criteria.items()
    }
    return {**asdict(agent), "criteria": counts}


def _writable(value: Any) -> Any:
    """The same data with what JSON or UTF-8 cannot carry replaced: no number as null, lone surrogates as escapes."""
    if isinstance(value, str):
        return valid_utf8(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {_writable(key): _writable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(item) for item in value]
    return value
