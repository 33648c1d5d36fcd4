"""`callqa detect`: every behavior and event heard, with its rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from callqa.cli.boundary import Status
from callqa.cli.options import (
    ListeningOptions,
    MessageOptions,
    SearchOptions,
    find,
    finding_options,
    listening_options,
    option,
    paths_argument,
    take,
    talking_options,
)


@click.command()
@paths_argument
@option("--rubric", default="support", show_default=True, help="Whose behaviors to look for: a name or a YAML file.")
@option("-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@option("-o", "--output", "target", default="-", help="File to write.  [default: stdout]")
@listening_options
@finding_options
@talking_options
def detect(paths: tuple[Path, ...], rubric: str, form: str, target: str, **options: Any) -> int:
    """Show every behavior and event, with its rule.

    \b
    callqa detect calls/tom/0413.wav
    callqa detect calls/ -f json -o detections.json
    """
    from callqa.cli.session import Session, utf8_output
    from callqa.cli.unusable import failed_ones
    from callqa.execution.tasks import DetectTask
    from callqa.reports.detection_report import detections_json, detections_text
    from callqa.reports.output import check_target, write_text
    from callqa.rubrics.loader import load_rubric

    utf8_output()
    loaded = load_rubric(rubric)
    check_target(target)
    listening, finding, talking = (
        take(ListeningOptions, options),
        take(SearchOptions, options),
        take(MessageOptions, options),
    )
    session = Session(listening, talking)
    found = find(paths, finding)
    for note in found.notes:
        session.note(note)
    choice = session.choose_engine(found.recordings)
    outcomes = session.run(DetectTask, found, choice, loaded)
    results = (*outcomes.results, *failed_ones(found))
    write_text(detections_json(results) if form == "json" else detections_text(results), target)
    if outcomes.not_reached:
        return Status.INTERRUPTED
    return Status.INCOMPLETE if session.report_failures(results) else Status.DONE
