"""`callqa schema`: the JSON Schemas of callqa's file formats."""

from __future__ import annotations

import click


@click.command()
@click.argument("name", type=click.Choice(["score", "detect", "transcript", "rubric"]))
def schema(name: str) -> None:
    """Print the JSON Schema of a file format.

    \b
    callqa schema score > score.schema.json
    """
    from callqa.reports.schemas import published

    click.echo(published(name), nl=False)
