"""`callqa score`: the main job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from callqa.cli.boundary import Status
from callqa.cli.option_order import OrderedCommand, given_order
from callqa.cli.options import (
    OverrideOptions,
    ReportOptions,
    gate_options,
    listening_options,
    message_options,
    option,
    override_options,
    paths_argument,
    report_options,
    search_options,
    take,
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
@option("--rubric", default="support", show_default=True, help="A shipped rubric's name, or a YAML file.")
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

    Exit status: 0 done, and the gate (--fail-under, --fail-on) met; 1 gate not met; 2 wrong use; 3 a call could not be
    read or scored (too short, voicemail, …), or the gate could not be decided.

    \b
    callqa score calls/
    callqa score calls/ -f json -o results.json -f csv -o results.csv
    callqa score calls/ -o report.md -o junit.xml
    callqa score calls/ --fail-under 80 --fail-on auto-fail
    """
    from callqa.cli.listening import ListeningSession
    from callqa.cli.output_options import outputs
    from callqa.results.gate import Gate
    from callqa.rubrics.loader import load_rubric

    overrides, shown = take(OverrideOptions, options).read() or (), take(ReportOptions, options)
    gate = Gate(fail_under, fail_on, allow_provisional)
    wanted = outputs(formats, targets, given_order(context), shown.audio)
    loaded = load_rubric(rubric)
    session = ListeningSession.from_options(options)
    return run_score(session, paths, loaded, wanted, gate, overrides=overrides, min_calls=shown.min_calls)


def run_score(
    session: ListeningSession,
    paths: Sequence[Path],
    rubric: Rubric,
    wanted: Sequence[Output],
    gate: Gate,
    *,
    overrides: Sequence[Override] = (),
    min_calls: int = MIN_CALLS_TO_COMPARE,
) -> Status:
    """Score the recordings, write the reports, and return the exit status."""
    from callqa.cli.finish import deliver
    from callqa.execution.tasks import ScoreTask
    from callqa.results.overrides import apply_overrides
    from callqa.results.rubric_snapshot import snapshot_of
    from callqa.results.summary import summarise

    messages = session.messages
    found = session.find(paths)
    messages.detail(f"{len(found.recordings)} recordings found, {found.skipped} other files skipped")
    outcomes = session.run(ScoreTask, found, rubric)
    calls = sorted(outcomes.results, key=lambda call: call.path)
    applied = apply_overrides(calls, overrides, snapshot_of(rubric))
    for note in applied.notes:
        messages.note(f"Note: {note}")
    run = summarise(rubric, applied.calls, skipped=found.skipped, not_reached=outcomes.not_reached)
    status = deliver(replace(run, min_calls=min_calls), wanted, gate, messages)
    _details(run, session)
    if run.coverage.failed or run.coverage.unscorable:
        status = Status.INCOMPLETE
    return Status.INTERRUPTED if run.interrupted else status


def _details(run: RunSummary, session: ListeningSession) -> None:
    """Print what --verbose asks for: where transcripts came from, where the time went, notes on each call."""
    from callqa.core.durations import spell
    from callqa.core.stage_timer import added
    from callqa.reports.wording import how

    messages = session.messages
    cached = sum(call.cached for call in run.calls)
    if cached:
        messages.detail(f"{cached} transcripts came from the cache {session.cache}")
    stages = added(call.took for call in run.calls)
    if stages:
        messages.detail("Work: " + ", ".join(f"{stage} {spell(seconds)}" for stage, seconds in stages.items()))
    for call in run.calls:
        messages.detail(f"{call.path}: {how(call)}")
        for note in call.notes:
            messages.detail(f"{call.path}: {note}")
