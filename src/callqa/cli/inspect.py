"""`callqa inspect`: the properties of recordings, without speech recognition."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from callqa.cli.boundary import Status
from callqa.cli.options import (
    MessageOptions,
    SearchOptions,
    find_inputs,
    message_options,
    output_option,
    paths_argument,
    pop_options,
    search_options,
    text_or_json_option,
)

if TYPE_CHECKING:
    from callqa.inspection import Inspection
    from callqa.scoring.scorecard import CallResult


@click.command()
@paths_argument
@text_or_json_option
@output_option
@search_options
@message_options
def inspect(paths: tuple[Path, ...], form: str, target: str, **options: Any) -> int:
    """Inspect recordings without transcribing them.

    Shows channels, levels, clipping, length, and whether a call is likely to be voicemail.

    \b
    callqa inspect calls/
    callqa inspect calls/ -f json
    """
    from callqa.core.text import plural
    from callqa.errors import RecordingError
    from callqa.inspection import inspect_recording
    from callqa.pipeline import failed, unusable_results
    from callqa.reports.inspection_report import inspections_json, inspections_text
    from callqa.reports.output import check_target, write_text

    check_target(target)
    search, messages = pop_options(SearchOptions, options), pop_options(MessageOptions, options)
    found = find_inputs(paths, search)
    recordings = [recording for recording in found.recordings if recording.transcript != recording.path]
    inspections: list[Inspection] = []
    failures: list[CallResult] = []
    for recording in recordings:
        try:
            inspections.append(inspect_recording(recording))
        except RecordingError as error:
            failures.append(failed(recording, str(error)))
    failures += unusable_results(found)
    results: list[Inspection | CallResult] = [*inspections, *failures]
    write_text(inspections_json(results) if form == "json" else inspections_text(results), target)
    transcripts = len(found.recordings) - len(recordings)
    if transcripts and not messages.quiet:
        click.echo(f"Skipped {plural(transcripts, 'transcript')}: there is no audio to inspect", err=True)
    return Status.INCOMPLETE if failures else Status.DONE
