"""`callqa models`: the Whisper models on this machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from callqa.cli.boundary import Status
from callqa.cli.options import MessageOptions, message_options, option, pop_options, text_or_json_option
from callqa.errors import ModelUnavailable, UsageError

folder_option: Callable[[Any], Any] = option(
    "--model-dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder with the Whisper models.  [default: openai-whisper's own folder]",
)


@click.group()
def models() -> None:
    """List, download and verify Whisper models."""


@models.command("list")
@text_or_json_option
@folder_option
def list_models(form: str, folder: Path | None) -> None:
    """List the official models, with their sizes.

    The models on this machine are marked.

    \b
    callqa models list
    """
    from callqa.engines.openai_whisper import weights
    from callqa.engines.whisper_common.model_names import MEGABYTES

    rows = [
        {
            "model": model,
            "megabytes": megabytes,
            "languages": "English" if model.endswith(".en") else "many",
            "file": str(weights.weights_path(model, folder)),
            "on_disk": weights.on_disk(model, folder),
        }
        for model, megabytes in MEGABYTES.items()
    ]
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        mark = "on disk" if row["on_disk"] else ""
        click.echo(f"{row['model']:<15} {row['megabytes']:>5} MB  {row['languages']:<8} {mark}".rstrip())
    click.echo(f"\nThe models are kept in {folder or weights.default_folder()}.")


@models.command()
@click.argument("model")
@folder_option
@option("--offline", is_flag=True, help="Download nothing; only check that the model is on disk.")
@message_options
def pull(model: str, folder: Path | None, offline: bool, **options: Any) -> None:
    """Download an official model.

    A model that is already complete is kept, and an interrupted download is resumed.

    \b
    callqa models pull base.en
    callqa models pull turbo --model-dir /srv/whisper
    """
    from rich.console import Console

    from callqa.cli.progress import download_progress
    from callqa.engines.openai_whisper import weights

    messages = pop_options(MessageOptions, options)
    _check_official(model)
    shown = not (messages.quiet or messages.no_progress)
    with download_progress(Console(stderr=True, highlight=False, emoji=False), shown=shown) as progress:
        weights.fetch(model, progress, folder=folder, offline=offline)
    click.echo(weights.weights_path(model, folder))


@models.command()
@click.argument("names", nargs=-1, metavar="[MODEL]...")
@folder_option
def verify(names: tuple[str, ...], folder: Path | None) -> int:
    """Verify the checksums of models.

    Without names, all official models on this machine are checked. The exit status is 3 if a model is damaged or
    missing.

    \b
    callqa models verify
    """
    from callqa.engines.openai_whisper import weights
    from callqa.engines.whisper_common.model_names import OFFICIAL_MODELS

    for name in names:
        _check_official(name)
    chosen = names or [name for name in OFFICIAL_MODELS if weights.on_disk(name, folder)]
    if not chosen:
        raise UsageError(
            f"no official model found in {folder or weights.default_folder()}; callqa models pull MODEL downloads one"
        )
    states = {name: _state(name, folder) for name in chosen}
    for name, state in states.items():
        click.echo(f"{name:<15} {state}")
    return Status.DONE if all(state == "whole" for state in states.values()) else Status.INCOMPLETE


@models.command()
@click.argument("model")
@folder_option
def path(model: str, folder: Path | None) -> int:
    """Print the path of a model's file.

    The exit status is 3 if the file does not exist.

    \b
    callqa models path base.en
    """
    from callqa.engines.openai_whisper import weights

    weights.check_model(model)
    click.echo(weights.weights_path(model, folder))
    return Status.DONE if weights.on_disk(model, folder) else Status.INCOMPLETE


def _state(model: str, folder: Path | None) -> str:
    from callqa.engines.openai_whisper import weights

    file = weights.weights_path(model, folder)
    if not weights.on_disk(model, folder):
        return f"not on this machine; callqa models pull {model} downloads it"
    try:
        whole = weights.is_intact(model, folder)
    except OSError as error:
        return f"{file} cannot be read ({error.strerror})"
    return "whole" if whole else f"damaged: {file}; callqa models pull {model} downloads it again"


def _check_official(model: str) -> None:
    """Raise UsageError for an unknown model, and ModelUnavailable for the user's own checkpoint."""
    from callqa.engines.openai_whisper import weights
    from callqa.engines.whisper_common.model_names import OFFICIAL_MODELS

    weights.check_model(model)
    if model not in OFFICIAL_MODELS:
        raise ModelUnavailable(f"{model} is your own checkpoint; only official models can be downloaded and verified")
