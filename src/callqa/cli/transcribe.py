"""`callqa transcribe`: transcripts alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from callqa.cli.options import (
    listening_options,
    message_options,
    option,
    paths_argument,
    search_options,
)


@click.command()
@paths_argument
@option(
    "-f",
    "--format",
    "form",
    type=click.Choice(["txt", "json", "srt", "vtt"]),
    default="txt",
    show_default=True,
    help="Format of the transcripts.",
)
@option(
    "-o",
    "--output",
    "target",
    default="-",
    help="Folder for one file per recording; for a single recording, a file.  [default: standard output]",
)
@listening_options
@search_options
@message_options
def transcribe(paths: tuple[Path, ...], form: str, target: str, **options: Any) -> int:
    """Transcribe calls: what was said, by whom and when.

    \b
    callqa transcribe calls/tom/0413.wav
    callqa transcribe calls/ -f json -o transcripts/
    """
    from callqa.cli.listening import ListeningSession
    from callqa.cli.transcript_target import TranscriptTarget
    from callqa.execution.tasks import DetectTask
    from callqa.rubrics.loader import load_rubric

    session = ListeningSession.from_options(options)
    found = session.find(paths)
    transcripts = TranscriptTarget(target, form, many=len(found.recordings) + len(found.unusable) > 1)
    # The agent is recognised by behaviors; those of any rubric will do.
    outcomes = session.run(DetectTask, found, load_rubric("support"))
    unwritten = transcripts.write(outcomes.results, session.messages.note)
    return session.status(outcomes, failures=unwritten)
