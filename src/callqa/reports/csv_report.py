"""The results as CSV: one row per call and criterion, for spreadsheets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TextIO

from callqa.reports.csv_table import RUBRIC_COLUMNS, column, columns, write_rows
from callqa.results.rubric_snapshot import RubricSnapshot
from callqa.results.summary import RunSummary
from callqa.scoring.scorecard import CallResult, CriterionResult


@dataclass(frozen=True)
class CriterionRow:
    """One call and one criterion of it; `criterion` is None for a call that was not scored."""

    rubric: RubricSnapshot
    call: CallResult
    criterion: CriterionResult | None


COLUMNS = (
    *columns("call", "call_id", "path", "agent", "started_at", "duration", "status", "reason", "provisional"),
    *columns("call", "score", "passed", "auto_failed"),
    column("criterion.id", "criterion"),
    *columns("criterion", "verdict", "weight"),
    column("criterion.reason", "criterion_reason"),
    column("criterion.moment.start", "evidence_start"),
    column("criterion.moment.speaker", "evidence_speaker"),
    column("criterion.moment.quote", "evidence_quote"),
    *columns("call", "engine", "model"),
    *RUBRIC_COLUMNS,
    *columns("call.metrics", "agent_talk", "customer_talk", "silence", "overtalk"),
    *columns("call.metrics", "interruptions_by_agent", "interruptions_by_customer"),
    *columns("call.metrics", "agent_pace", "customer_pace", "pace_difference"),
    *columns("call.metrics", "dead_air", "dead_air_agent", "longest_dead_air", "hold", "holds"),
    *columns("call.metrics", "response_time", "longest_response_time", "agent_monologue", "customer_monologue"),
    *columns("call.metrics", "first_greeting", "first_help"),
    column("call.team"),
    column("criterion.machine_verdict"),
    column("criterion.overridden.who", "changed_by"),
    column("criterion.overridden.when", "changed_on"),
    column("criterion.overridden.why", "changed_because"),
)
"""New columns are only ever added at the end. The columns of a call's metrics are the same in all its rows."""


class CsvReport:
    """Writes the results as CSV, one row per call and criterion.

    A call that was not scored has one row, with an empty criterion. The evidence is the moment that decided.
    """

    file_encoding = "utf-8-sig"

    def write(self, run: RunSummary, stream: TextIO) -> None:
        """Write the whole report; the stream must leave line ends alone (`newline=""`)."""
        rows = (
            CriterionRow(run.rubric, call, criterion) for call in run.calls for criterion in call.criteria or (None,)
        )
        write_rows(COLUMNS, rows, stream)
