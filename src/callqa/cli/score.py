"""`callqa score`: the main job."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from callqa.cli.boundary import Status
from callqa.cli.in_order import InOrder, given_order
from callqa.cli.options import (
    Finding,
    Listening,
    Talking,
    find,
    finding_options,
    listening_options,
    option,
    paths_argument,
    take,
    talking_options,
)

if TYPE_CHECKING:
    from callqa.cli.outputs import Output
    from callqa.gate import Gate


@click.command(cls=InOrder)
@click.pass_context
@paths_argument
@option("--rubric", default="support", show_default=True, help="A shipped rubric's name, or a YAML file.")
@option("-f", "--format", "formats", multiple=True, help="text, json or csv; may be given several times.")
@option("-o", "--output", "targets", multiple=True, help="File for the -f before it; `-` is stdout.")
@option("--fail-under", type=click.FloatRange(0, 100), help="Gate: the mean score must be at least this.")
@option(
    "--fail-on",
    multiple=True,
    type=click.Choice(["auto-fail", "critical", "review", "any"]),
    help="Gate: no call may have one of these.",
)
@option("--allow-provisional", is_flag=True, help="Let provisional calls count for the gate.")
@listening_options
@finding_options
@talking_options
def score(
    context: click.Context,
    /,
    paths: tuple[Path, ...],
    rubric: str,
    formats: tuple[str, ...],
    targets: tuple[str, ...],
    fail_under: float | None,
    fail_on: tuple[Any, ...],
    allow_provisional: bool,
    **options: Any,
) -> int:
    """Judge recordings against a rubric and report per agent.

    PATHS are recordings, transcripts, or folders of them, searched with all their subfolders. An agent is known by
    --metadata, --filename-pattern or the folder a recording lies in.

    \b
    callqa score calls/
    callqa score calls/ -f json -o results.json -f csv -o results.csv
    callqa score calls/ --fail-under 80 --fail-on auto-fail
    """
    from callqa.cli.outputs import outputs
    from callqa.gate import Gate

    listening, finding, talking = take(Listening, options), take(Finding, options), take(Talking, options)
    gate = Gate(fail_under, fail_on, allow_provisional)
    wanted = outputs(formats, targets, given_order(context))
    return run_score(paths, rubric, wanted, gate, listening, finding, talking)


def run_score(
    paths: tuple[Path, ...],
    rubric_name: str,
    wanted: Sequence[Output],
    gate: Gate,
    listening: Listening,
    finding: Finding,
    talking: Talking,
    *,
    download: bool = True,
) -> int:
    """Score, report, and return the exit status. `download` False never fetches a model."""
    from callqa.cli.session import Session, utf8_output
    from callqa.cli.unusable import failed_ones
    from callqa.gate import decide
    from callqa.reports.writing import write_report
    from callqa.rubric_files import load_rubric
    from callqa.summary import summarise
    from callqa.tasks import ScoreTask

    utf8_output()
    rubric = load_rubric(rubric_name)
    session = Session(listening, talking)
    found = find(paths, finding)
    for note in found.notes:
        session.note(note)
    session.detail(f"{len(found.recordings)} recordings found, {found.skipped} other files left alone")
    choice = session.choose_engine(found.recordings, download=download)
    outcomes = session.run(ScoreTask, found, choice, rubric)
    results = (*outcomes.results, *failed_ones(found))
    calls = sorted(results, key=lambda call: call.path)
    run = summarise(rubric, calls, skipped=found.skipped, not_reached=outcomes.not_reached)
    for output in wanted:
        write_report(output.report, run, output.target)
        if output.target != "-":
            session.note(f"Wrote {output.target}")
    cached = sum(call.cached for call in run.calls)
    if cached:
        session.detail(f"{cached} transcripts came from the cache {listening.cache}")
    for call in run.calls:
        for line in call.notes:
            session.detail(f"{call.path}: {line}")
    status = Status.DONE
    if gate.asked:
        decided = decide(gate, run)
        session.say(decided.sentence)
        status = Status.DONE if decided.met else Status.GATE_NOT_MET
        if not decided.complete:
            status = Status.INCOMPLETE
    if run.coverage.failed or run.coverage.unscorable:
        status = Status.INCOMPLETE
    return Status.INTERRUPTED if run.interrupted else status
