"""`callqa score`: scores recordings against a rubric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from callqa.cli.boundary import Status
from callqa.cli.option_order import OrderedCommand, options_in_order
from callqa.cli.options import (
    GateOptions,
    OverrideOptions,
    ReportOptions,
    gate_options,
    listening_options,
    message_options,
    option,
    override_options,
    paths_argument,
    pop_options,
    report_options,
    search_options,
)
from callqa.settings import MIN_CALLS_TO_COMPARE

if TYPE_CHECKING:
    from callqa.cli.listening import ListeningSession
    from callqa.cli.output_options import Output
    from callqa.results.gate import Gate
    from callqa.results.override_file import Override
    from callqa.results.summary import RunSummary
    from callqa.rubrics.rubric_schema import Rubric


@click.command(cls=OrderedCommand)
@click.pass_context
@paths_argument
@option(
    "--rubric",
    default="support",
    show_default=True,
    help="Rubric to score with: the name of a shipped one, or a YAML file.",
)
@report_options
@gate_options
@override_options
@listening_options
@search_options
@message_options
def score(
    context: click.Context,
    /,
    paths: tuple[Path, ...],
    rubric: str,
    **options: Any,
) -> int:
    """Score calls against a rubric, and report per agent.

    PATHS are recordings, transcripts, or folders that are searched with all their subfolders. The agent of a call comes
    from --metadata, from its file name (--filename-pattern), or else from the name of its folder.

    Exit status: 0 done, and the gate (--fail-under, --fail-on), if there is one, is met; 1 the gate is not met; 2 wrong
    usage; 3 a call could not be read or scored (too short, voicemail, …), or the gate could not be decided.

    \b
    callqa score calls/
    callqa score calls/ -f json -o results.json -f csv -o results.csv
    callqa score calls/ -o report.md -o junit.xml
    callqa score calls/ --fail-under 80 --fail-on auto-fail
    """
    from callqa.cli.listening import ListeningSession
    from callqa.cli.output_options import make_outputs
    from callqa.rubrics.loader import load_rubric

    overrides = pop_options(OverrideOptions, options).read() or ()
    report = pop_options(ReportOptions, options)
    gate = pop_options(GateOptions, options).gate
    outputs = make_outputs(report.formats, report.targets, options_in_order(context), report.audio)
    loaded = load_rubric(rubric)
    session = ListeningSession.from_options(options)
    return run_score(session, paths, loaded, outputs, gate, overrides=overrides, min_calls=report.min_calls)


def run_score(
    session: ListeningSession,
    paths: Sequence[Path],
    rubric: Rubric,
    outputs: Sequence[Output],
    gate: Gate,
    *,
    overrides: Sequence[Override] = (),
    min_calls: int = MIN_CALLS_TO_COMPARE,
) -> Status:
    """Score the recordings, write the reports, and return the exit status."""
    from callqa.cli.finish import finish_run
    from callqa.core.text import plural
    from callqa.execution.tasks import ScoreTask
    from callqa.results.overrides import apply_overrides
    from callqa.results.rubric_snapshot import snapshot_of
    from callqa.results.summary import summarise

    messages = session.messages
    found = session.find(paths)
    messages.detail(
        f"Found {plural(len(found.recordings), 'recording')}, skipped {plural(found.skipped, 'other file')}"
    )
    outcomes = session.run(ScoreTask, found, rubric)
    calls = sorted(outcomes.results, key=lambda call: call.path)
    applied = apply_overrides(calls, overrides, snapshot_of(rubric))
    for note in applied.notes:
        messages.note(f"Note: {note}")
    run = summarise(rubric, applied.calls, skipped=found.skipped, not_reached=outcomes.not_reached)
    status = finish_run(replace(run, min_calls=min_calls), outputs, gate, messages)
    _print_details(run, session)
    if run.coverage.failed or run.coverage.unscorable:
        status = Status.INCOMPLETE
    return Status.INTERRUPTED if run.interrupted else status


def _print_details(run: RunSummary, session: ListeningSession) -> None:
    """Print the details of --verbose: transcripts from the cache, time per stage, notes on each call."""
    from callqa.core.durations import spell
    from callqa.core.stage_timer import added
    from callqa.core.text import plural
    from callqa.reports.wording import transcribed_by

    messages = session.messages
    cached = sum(call.cached for call in run.calls)
    if cached:
        messages.detail(f"{plural(cached, 'transcript')} came from the cache in {session.cache}")
    stages = added(call.took for call in run.calls)
    if stages:
        messages.detail("Time: " + ", ".join(f"{stage} {spell(seconds)}" for stage, seconds in stages.items()))
    for call in run.calls:
        messages.detail(f"{call.path}: {transcribed_by(call)}")
        for note in call.notes:
            messages.detail(f"{call.path}: {note}")
