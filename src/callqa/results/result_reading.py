"""Saved results → the results of a run again, so that every report can be made from them anew.

What `json_report` writes, this reads back: the same calls, agents and coverage.
"""

from __future__ import annotations

import shlex
from datetime import datetime
from pathlib import Path

from callqa.conversation.conversation import SpeechOfCall
from callqa.conversation.events import Event
from callqa.conversation.metrics import Metrics
from callqa.core.timeline import Span
from callqa.errors import UsageError
from callqa.results.result_format import CallPart, CriterionPart, LinePart, ResultsFile, SpeechPart, read_results
from callqa.results.rubric_snapshot import CriterionInfo, RubricSnapshot
from callqa.results.summary import RunSummary, summarise
from callqa.scoring.scorecard import CallResult, CriterionResult, Evidence, VerdictOverride
from callqa.transcripts.transcript import Utterance


def load_results(path: Path) -> RunSummary:
    """Read a file of `callqa score -f json`. Raises UsageError where it cannot be read or is something else."""
    try:
        text = path.read_text("utf-8", errors="replace")
    except FileNotFoundError as error:
        made = f"callqa score calls/ -f json -o {shlex.quote(str(path))}"
        raise UsageError(f"the results {path} cannot be read: there is no such file; make it with `{made}`") from error
    except OSError as error:
        raise UsageError(f"the results {path} cannot be read ({error.strerror})") from error
    try:
        return run_of(read_results(text))
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error


def run_of(file: ResultsFile) -> RunSummary:
    """The run a results file tells of."""
    calls = [_call(part) for part in file.calls]
    not_reached = max(0, file.coverage.found - len(calls))
    return summarise(_standard(file), calls, skipped=file.skipped, not_reached=not_reached)


def _standard(file: ResultsFile) -> RubricSnapshot:
    part = file.rubric
    lines = tuple(CriterionInfo(**{**line.model_dump(), "good": tuple(line.good)}) for line in part.criteria)
    return RubricSnapshot(
        name=part.name,
        version=part.version,
        sha256=part.sha256,
        criteria=lines or _lines_of_calls(file),
        title=part.title,
        pass_mark=part.pass_mark,
        language=part.language,
    )


def _lines_of_calls(file: ResultsFile) -> tuple[CriterionInfo, ...]:
    """The criteria as the calls name them: older results do not list them for themselves."""
    found = {criterion.id: criterion for call in file.calls for criterion in call.criteria}
    return tuple(
        CriterionInfo(criterion.id, criterion.title, criterion.weight, criterion.auto_fail, criterion.critical)
        for criterion in found.values()
    )


def _call(part: CallPart) -> CallResult:
    return CallResult(
        call_id=part.call_id,
        path=part.path,
        agent=part.agent,
        status=part.status,
        started_at=datetime.fromisoformat(part.started_at) if part.started_at else None,
        reason=part.reason,
        reason_kind=part.reason_kind,
        duration=part.duration,
        engine=part.engine,
        model=part.model,
        provisional=part.provisional,
        score=part.score,
        passed=part.passed,
        auto_failed=part.auto_failed,
        criteria=tuple(_criterion(criterion) for criterion in part.criteria),
        metrics=Metrics(**part.metrics.model_dump()) if part.metrics else None,
        notes=tuple(part.notes),
        utterances=tuple(_utterance(line) for line in part.utterances),
        speech=_speech(part.speech) if part.speech else None,
        events=tuple(Event(**event.model_dump()) for event in part.events),
        agent_channel=part.agent_channel,
        content=part.content,
        team=part.team,
    )


def _criterion(part: CriterionPart) -> CriterionResult:
    evidence = tuple(Evidence(**one.model_dump()) for one in part.evidence)
    changed = VerdictOverride(**part.overridden.model_dump(by_alias=False)) if part.overridden else None
    return CriterionResult(**{**part.model_dump(), "evidence": evidence, "overridden": changed})


def _utterance(line: LinePart) -> Utterance:
    return Utterance(**line.model_dump())


def _speech(part: SpeechPart) -> SpeechOfCall:
    def spans(stretches: list[tuple[float, float]]) -> tuple[Span, ...]:
        return tuple(Span(start, end) for start, end in stretches)

    return SpeechOfCall(spans(part.agent), spans(part.customer), part.duration)
