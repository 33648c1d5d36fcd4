"""`callqa detect`: every behavior and event in calls, with its rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from callqa.cli.options import (
    listening_options,
    message_options,
    option,
    output_option,
    paths_argument,
    search_options,
    text_or_json_option,
)


@click.command()
@paths_argument
@option(
    "--rubric",
    default="support",
    show_default=True,
    help="Rubric whose behaviors to find: the name of a shipped one, or a YAML file.",
)
@text_or_json_option
@output_option
@listening_options
@search_options
@message_options
def detect(paths: tuple[Path, ...], rubric: str, form: str, target: str, **options: Any) -> int:
    """Show every behavior and event in calls, with the rule that found it.

    \b
    callqa detect calls/tom/0413.wav
    callqa detect calls/ -f json -o detections.json
    """
    from callqa.cli.listening import ListeningSession
    from callqa.execution.tasks import DetectTask
    from callqa.reports.detection_report import detections_json, detections_text
    from callqa.reports.output import check_target, write_text
    from callqa.rubrics.loader import load_rubric

    loaded = load_rubric(rubric)
    check_target(target)
    session = ListeningSession.from_options(options)
    found = session.find(paths)
    outcomes = session.run(DetectTask, found, loaded)
    results = outcomes.results
    write_text(detections_json(results) if form == "json" else detections_text(results), target)
    return session.status(outcomes)
