"""`callqa models`: Whisper's models on this machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from callqa.cli.boundary import Status
from callqa.cli.options import MessageOptions, message_options, option, take
from callqa.errors import ModelUnavailable, UsageError

folder_option: Callable[[Any], Any] = option(
    "--model-dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the Whisper models.  [default: where openai-whisper keeps them]",
)


@click.group()
def models() -> None:
    """List, fetch and check Whisper's models."""


@models.command("list")
@option("-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@folder_option
def list_models(form: str, folder: Path | None) -> None:
    """Name the official models, how large they are, and which are on this machine.

    \b
    callqa models list
    """
    from callqa.engines.whisper_common import weights

    rows = [
        {
            "model": model,
            "megabytes": megabytes,
            "languages": "English" if model.endswith(".en") else "many",
            "file": str(weights.weights_path(model, folder)),
            "on_disk": weights.on_disk(model, folder),
        }
        for model, megabytes in weights.MEGABYTES.items()
    ]
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        there = "on disk" if row["on_disk"] else ""
        click.echo(f"{row['model']:<15} {row['megabytes']:>5} MB  {row['languages']:<8} {there}".rstrip())
    click.echo(f"\nThey are kept in {folder or weights.default_folder()}.")


@models.command()
@click.argument("model")
@folder_option
@option("--offline", is_flag=True, help="Fetch nothing: only see whether it is there.")
@message_options
def pull(model: str, folder: Path | None, offline: bool, **options: Any) -> None:
    """Fetch an official model, unless it is there whole; a download that broke off is resumed.

    \b
    callqa models pull base.en
    callqa models pull turbo --model-dir /srv/whisper
    """
    from rich.console import Console

    from callqa.cli.progress import download_progress
    from callqa.engines.whisper_common import weights

    talking = take(MessageOptions, options)
    _official(model)
    shown = not (talking.quiet or talking.no_progress)
    with download_progress(Console(stderr=True, highlight=False, emoji=False), shown=shown) as progress:
        weights.fetch(model, progress, folder=folder, offline=offline)
    click.echo(weights.weights_path(model, folder))


@models.command()
@click.argument("names", nargs=-1, metavar="[MODEL]...")
@folder_option
def verify(names: tuple[str, ...], folder: Path | None) -> int:
    """Compare models with their checksums: those named, or all that are on this machine.

    A model that is damaged or missing gives status 3.

    \b
    callqa models verify
    """
    from callqa.engines.whisper_common import weights

    for name in names:
        _official(name)
    chosen = names or [name for name in weights.OFFICIAL_MODELS if weights.on_disk(name, folder)]
    if not chosen:
        raise UsageError(
            f"there is no official model in {folder or weights.default_folder()}; callqa models pull MODEL fetches one"
        )
    states = {name: _state(name, folder) for name in chosen}
    for name, state in states.items():
        click.echo(f"{name:<15} {state}")
    return Status.DONE if all(state == "whole" for state in states.values()) else Status.INCOMPLETE


@models.command()
@click.argument("model")
@folder_option
def path(model: str, folder: Path | None) -> int:
    """Print where a model belongs; status 3 where it is not there.

    \b
    callqa models path base.en
    """
    from callqa.engines.whisper_common import weights

    weights.check_model(model)
    click.echo(weights.weights_path(model, folder))
    return Status.DONE if weights.on_disk(model, folder) else Status.INCOMPLETE


def _state(model: str, folder: Path | None) -> str:
    from callqa.engines.whisper_common import weights

    place = weights.weights_path(model, folder)
    if not weights.on_disk(model, folder):
        return f"not on this machine; callqa models pull {model} fetches it"
    try:
        whole = weights.is_whole(model, folder)
    except OSError as error:
        return f"{place} cannot be read ({error.strerror})"
    return "whole" if whole else f"damaged: {place}; callqa models pull {model} fetches it again"


def _official(model: str) -> None:
    """Raises UsageError for a name nobody knows, ModelUnavailable for a checkpoint of one's own."""
    from callqa.engines.whisper_common import weights

    weights.check_model(model)
    if model not in weights.OFFICIAL_MODELS:
        raise ModelUnavailable(f"{model} is a checkpoint of your own; only official models can be fetched and compared")
