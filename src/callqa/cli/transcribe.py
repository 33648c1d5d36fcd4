"""`callqa transcribe`: transcripts only."""

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
@option("-f", "--format", "form", type=click.Choice(["txt", "json", "srt", "vtt"]), default="txt", show_default=True)
@option(
    "-o",
    "--output",
    "target",
    default="-",
    help="Folder for one file per recording or, for a single recording, a file.  [default: stdout]",
)
@listening_options
@finding_options
@talking_options
def transcribe(paths: tuple[Path, ...], form: str, target: str, **options: Any) -> int:
    """Write down what was said, by whom and when.

    \b
    callqa transcribe calls/tom/0413.wav
    callqa transcribe calls/ -f json -o transcripts/
    """
    from callqa.cli.session import Session, utf8_output
    from callqa.cli.transcript_target import TranscriptTarget
    from callqa.cli.unusable import failed_ones
    from callqa.execution.tasks import DetectTask
    from callqa.rubrics.loader import load_rubric

    utf8_output()
    listening, finding, talking = (
        take(ListeningOptions, options),
        take(SearchOptions, options),
        take(MessageOptions, options),
    )
    session = Session(listening, talking)
    found = find(paths, finding)
    for note in found.notes:
        session.note(note)
    written = TranscriptTarget(target, form, many=len(found.recordings) + len(found.unusable) > 1)
    choice = session.choose_engine(found.recordings)
    # Who speaks is worked out from behaviors, whatever rubric they will be judged by.
    outcomes = session.run(DetectTask, found, choice, load_rubric("support"))
    results = (*outcomes.results, *failed_ones(found))
    failures = session.report_failures(results) + written.write(results, session.note)
    if outcomes.not_reached:
        return Status.INTERRUPTED
    return Status.INCOMPLETE if failures else Status.DONE
