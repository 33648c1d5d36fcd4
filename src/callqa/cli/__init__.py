"""The command line, the only package that uses click."""

from __future__ import annotations

import click

from callqa import __version__
from callqa.cli.boundary import STATUS_HELP, run
from callqa.cli.calibrate import calibrate
from callqa.cli.demo import demo
from callqa.cli.detect import detect
from callqa.cli.dispute import dispute
from callqa.cli.doctor import doctor
from callqa.cli.inspect import inspect
from callqa.cli.models import models
from callqa.cli.report import report
from callqa.cli.review import review
from callqa.cli.rubric import rubric
from callqa.cli.sample import sample
from callqa.cli.schema import schema
from callqa.cli.score import score
from callqa.cli.transcribe import transcribe


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=STATUS_HELP,
)
@click.version_option(__version__, prog_name="callqa")
def cli() -> None:
    """Score recorded support calls against a rubric, with evidence for every point.

    \b
    callqa demo              try everything on sample calls
    callqa score calls/      the main command: recordings in, a report per agent out
    """


for _command in (
    *(score, report, dispute, review, demo, detect, transcribe, inspect),
    *(rubric, sample, calibrate, models, doctor, schema),
):
    cli.add_command(_command)


def main() -> None:
    """Run the `callqa` command, and exit with one of the statuses in `boundary`."""
    run(cli)
