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
    ListeningOptions,
    MessageOptions,
    OverrideOptions,
    ReportOptions,
    SearchOptions,
    find,
    finding_options,
    gate_options,
    listening_options,
    option,
    output_options,
    override_options,
    paths_argument,
    take,
    talking_options,
)
from callqa.settings import MIN_CALLS_TO_COMPARE

if TYPE_CHECKING:
    from callqa.cli.output_options import Output
    from callqa.results.gate import Gate
    from callqa.results.override_file import Override


@click.command(cls=OrderedCommand)
@click.pass_context
@paths_argument
@option("--rubric", default="support", show_default=True, help="A shipped rubric's name, or a YAML file.")
@output_options
@gate_options
@override_options
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

    Exit status: 0 done, and the gate (--fail-under, --fail-on) met; 1 gate not met; 2 wrong use; 3 a call could not be
    read or scored (too short, voicemail, …), or the gate could not be decided.

    \b
    callqa score calls/
    callqa score calls/ -f json -o results.json -f csv -o results.csv
    callqa score calls/ -o report.md -o junit.xml
    callqa score calls/ --fail-under 80 --fail-on auto-fail
    """
    from callqa.cli.output_options import outputs
    from callqa.results.gate import Gate

    listening, finding, talking = (
        take(ListeningOptions, options),
        take(SearchOptions, options),
        take(MessageOptions, options),
    )
    overrides, showing = take(OverrideOptions, options).read() or (), take(ReportOptions, options)
    gate = Gate(fail_under, fail_on, allow_provisional)
    wanted = outputs(formats, targets, given_order(context), showing.audio)
    return run_score(
        paths, rubric, wanted, gate, listening, finding, talking, overrides=overrides, min_calls=showing.min_calls
    )


def run_score(
    paths: tuple[Path, ...],
    rubric_name: str,
    wanted: Sequence[Output],
    gate: Gate,
    listening: ListeningOptions,
    finding: SearchOptions,
    talking: MessageOptions,
    *,
    download: bool = True,
    overrides: Sequence[Override] = (),
    min_calls: int = MIN_CALLS_TO_COMPARE,
) -> int:
    """Score, report, and return the exit status. `download` False never fetches a model."""
    from callqa.cli.finish import deliver
    from callqa.cli.session import Session, utf8_output
    from callqa.cli.unusable import failed_ones
    from callqa.core.durations import spell
    from callqa.core.stage_timer import added
    from callqa.execution.tasks import ScoreTask
    from callqa.reports.wording import how
    from callqa.results.overrides import apply_overrides
    from callqa.results.rubric_snapshot import snapshot_of
    from callqa.results.summary import summarise
    from callqa.rubrics.loader import load_rubric

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
    applied = apply_overrides(calls, overrides, snapshot_of(rubric))
    for note in applied.notes:
        session.note(f"Note: {note}")
    run = summarise(rubric, applied.calls, skipped=found.skipped, not_reached=outcomes.not_reached)
    status = deliver(replace(run, min_calls=min_calls), wanted, gate, session)
    cached = sum(call.cached for call in run.calls)
    if cached:
        session.detail(f"{cached} transcripts came from the cache {listening.cache}")
    stages = added(call.took for call in run.calls)
    if stages:
        session.detail("Work: " + ", ".join(f"{stage} {spell(seconds)}" for stage, seconds in stages.items()))
    for call in run.calls:
        session.detail(f"{call.path}: {how(call)}")
        for line in call.notes:
            session.detail(f"{call.path}: {line}")
    if run.coverage.failed or run.coverage.unscorable:
        status = Status.INCOMPLETE
    return Status.INTERRUPTED if run.interrupted else status
