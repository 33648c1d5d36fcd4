"""The results as CSV: one row per call and criterion, for spreadsheets.

- Lines end with CR LF, as RFC 4180 has it and every spreadsheet and CSV reader takes it. No cell holds a line break.
- A file begins with a byte order mark, because Excel takes one without for the machine's old code page and mangles
  "José" and "£20", which its user cannot mend. What goes to standard output has none: pipes end in programs, and they
  take UTF-8 as it is.
- No cell can be read as a formula (OWASP, "CSV Injection"): one that could be gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import re
from dataclasses import asdict
from typing import TextIO

from callqa.core.text import without_controls
from callqa.results.rubric_snapshot import RubricSnapshot
from callqa.results.summary import RunSummary
from callqa.scoring.scorecard import CallResult, CriterionResult

COLUMNS = (
    "call_id", "path", "agent", "started_at", "duration", "status", "reason", "provisional", "score", "passed",
    "auto_failed", "criterion", "verdict", "weight", "criterion_reason", "evidence_start", "evidence_speaker",
    "evidence_quote", "engine", "model", "rubric", "rubric_version", "rubric_sha256",
    "agent_talk", "customer_talk", "silence", "overtalk", "interruptions_by_agent", "interruptions_by_customer",
    "agent_pace", "customer_pace", "pace_difference", "dead_air", "dead_air_agent", "longest_dead_air", "hold", "holds",
    "response_time", "longest_response_time", "agent_monologue", "customer_monologue", "first_greeting", "first_help",
    "team", "machine_verdict", "changed_by", "changed_on", "changed_because",
)  # fmt: skip
"""New columns are only ever added at the end. Those of the call's metrics are the same in all its rows."""

Cell = str | int | float | bool | None

_FORMULA = re.compile(r"^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


class CsvReport:
    """Writes the results as CSV, one row per call and criterion.

    A call that was not scored has one row, with an empty criterion. The evidence is the moment that decided.
    """

    file_encoding = "utf-8-sig"

    def write(self, run: RunSummary, stream: TextIO) -> None:
        """Write the whole report; the stream must leave line ends alone (`newline=""`)."""
        table = csv.writer(stream, lineterminator="\r\n")
        table.writerow(COLUMNS)
        for call in run.calls:
            for criterion in call.criteria or (None,):
                row = {**_of_call(call), **_of_criterion(criterion), **_of_rubric(run.rubric)}
                table.writerow([cell(row.get(column)) for column in COLUMNS])


def _of_call(call: CallResult) -> dict[str, Cell]:
    return {
        "call_id": call.call_id,
        "path": call.path,
        "agent": call.agent,
        "started_at": call.started_at.isoformat() if call.started_at else None,
        "duration": call.duration,
        "status": call.status,
        "reason": call.reason,
        "provisional": call.provisional,
        "score": call.score,
        "passed": call.passed,
        "auto_failed": call.auto_failed,
        "engine": call.engine,
        "model": call.model,
        **(asdict(call.metrics) if call.metrics else {}),
        "team": call.team,
    }


def _of_criterion(criterion: CriterionResult | None) -> dict[str, Cell]:
    if criterion is None:
        return {}
    moment, change = criterion.moment, criterion.overridden
    return {
        "criterion": criterion.id,
        "verdict": criterion.verdict,
        "weight": criterion.weight,
        "criterion_reason": criterion.reason,
        "evidence_start": moment.start if moment else None,
        "evidence_speaker": moment.speaker if moment else None,
        "evidence_quote": moment.quote if moment else None,
        "machine_verdict": change.was if change else criterion.verdict,
        "changed_by": change.who if change else None,
        "changed_on": change.when if change else None,
        "changed_because": change.why if change else None,
    }


def _of_rubric(rubric: RubricSnapshot) -> dict[str, Cell]:
    return {"rubric": rubric.name, "rubric_version": rubric.version, "rubric_sha256": rubric.sha256}


def cell(value: Cell) -> str:
    """What to write for a value: nothing for None, true and false, numbers plain, text that is no formula.

    >>> cell("=1+1"), cell("-3.5"), cell(True), cell(20.0)
    ("'=1+1", '-3.5', 'true', '20')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    text = without_controls(str(value))
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
