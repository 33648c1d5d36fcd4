"""The end of a run: write its reports, and decide its gate."""

from __future__ import annotations

from collections.abc import Sequence

from callqa.cli.boundary import Status
from callqa.cli.messages import Messages
from callqa.cli.output_options import Output
from callqa.reports.junit_report import JunitReport
from callqa.reports.output import STDOUT, write_report
from callqa.results.gate import Gate, decide
from callqa.results.summary import RunSummary


def finish_run(run: RunSummary, outputs: Sequence[Output], gate: Gate, messages: Messages) -> Status:
    """Write all reports, print the result of the gate, and return the status it leads to."""
    for output in outputs:
        if isinstance(output.report, JunitReport):
            output.report.gate = gate
        write_report(output.report, run, output.target)
        if output.target != STDOUT:
            messages.note(f"Wrote {output.target}")
    return _gate_status(run, gate, messages)


def _gate_status(run: RunSummary, gate: Gate, messages: Messages) -> Status:
    """Print the result of the gate, and return the status it leads to; DONE if there is no gate."""
    if not gate.asked:
        return Status.DONE
    decided = decide(gate, run)
    messages.say(decided.sentence)
    if not decided.complete:
        return Status.INCOMPLETE
    return Status.DONE if decided.met else Status.GATE_NOT_MET
