"""The end of a run: its reports are written, and its gate decided."""

from __future__ import annotations

from collections.abc import Sequence

from callqa.cli.boundary import Status
from callqa.cli.messages import Messages
from callqa.cli.output_options import Output
from callqa.reports.junit_report import JunitReport
from callqa.reports.output import STDOUT, write_report
from callqa.results.gate import Gate, decide
from callqa.results.summary import RunSummary


def deliver(run: RunSummary, wanted: Sequence[Output], gate: Gate, talk: Messages) -> Status:
    """Write every report, say what the gate decides, and return the status that follows from the gate."""
    for output in wanted:
        if isinstance(output.report, JunitReport):
            output.report.gate = gate
        write_report(output.report, run, output.target)
        if output.target != STDOUT:
            talk.note(f"Wrote {output.target}")
    return decided_status(run, gate, talk)


def decided_status(run: RunSummary, gate: Gate, talk: Messages) -> Status:
    """Say what the gate decides; DONE where none was asked for."""
    if not gate.asked:
        return Status.DONE
    decided = decide(gate, run)
    talk.say(decided.sentence)
    if not decided.complete:
        return Status.INCOMPLETE
    return Status.DONE if decided.met else Status.GATE_NOT_MET
