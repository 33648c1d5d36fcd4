"""`callqa demo`: scores sample calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from callqa.cli.boundary import Status
from callqa.cli.options import (
    ListeningOptions,
    MessageOptions,
    SearchOptions,
    listening_options,
    message_options,
    option,
    pop_options,
)

DEFAULT_FOLDER = "demo-calls"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=DEFAULT_FOLDER)
@option(
    "--rubric",
    default="support",
    show_default=True,
    help="Rubric to score with: the name of a shipped one, or a YAML file.",
)
@listening_options
@message_options
def demo(folder: Path, rubric: str, **options: Any) -> int:
    """Write sample calls into a folder and score them.

    The calls are transcribed with the Whisper model of an installed package, or one that was downloaded before; without
    either, by the small built-in engine. Only --engine whisper downloads a model. The exit status is 0, although one of
    the calls is too short to score.

    \b
    callqa demo
    callqa demo my-demo --engine whisper
    """
    from callqa.cli.listening import ListeningSession
    from callqa.cli.output_options import make_outputs
    from callqa.cli.score import run_score
    from callqa.demo_calls import write_demo_calls
    from callqa.results.gate import Gate
    from callqa.rubrics.loader import load_rubric

    listening, messages = pop_options(ListeningOptions, options), pop_options(MessageOptions, options)
    session = ListeningSession(listening, SearchOptions(), messages, download=listening.engine == "whisper")
    count = write_demo_calls(folder)
    if not messages.quiet:
        click.echo(f"Wrote {count} sample calls to {folder}. Scoring them: callqa score {folder}\n", err=True)
    status = run_score(session, (folder,), load_rubric(rubric), make_outputs((), ()), Gate())
    if not messages.quiet:
        click.echo(_NEXT.format(folder=folder) + ("" if _has_whisper(listening) else _WHISPER), err=True)
    return Status.DONE if status == Status.INCOMPLETE else status


def _has_whisper(listening: ListeningOptions) -> bool:
    """Return True if the calls were transcribed by Whisper."""
    from callqa.engines.selection import select_engine

    return not select_engine(listening.engine_settings, download=False).provisional


_NEXT = """
Next steps:
  listen to a call     open {folder}/tom/0932-parcel.ogg in any player; do you agree?
  report as a page     callqa score {folder} -f html -o report.html
  your own calls       callqa score YOUR-FOLDER
  what is installed    callqa doctor"""

_WHISPER = """
  hear with Whisper    pip install 'callqa[box]'   (brings a model; then score again)"""
