"""`callqa schema`: the JSON Schemas of callqa's file formats."""

from __future__ import annotations

import click

NAMES = ("behavior", "calibrate", "detect", "rubric", "rubric-audit", "rubric-diff", "score", "transcript")
"""The names in `reports.schemas`, repeated here so that --help need not load it."""


@click.command()
@click.argument("name", type=click.Choice(NAMES))
def schema(name: str) -> None:
    """Print the JSON Schema of a file format.

    \b
    callqa schema score > score.schema.json
    """
    print_schema(name)


def print_schema(name: str) -> None:
    """Print the schema of this name, one of NAMES."""
    from callqa.reports.schemas import published

    click.echo(published(name), nl=False)
