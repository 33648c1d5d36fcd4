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
    """List the official models and those in packages, with their sizes.

    The models on this machine are marked, and so is where they come from.

    \b
    callqa models list
    """
    from callqa.engines.openai_whisper import weights
    from callqa.engines.packaged_models import find_packaged, installed_models
    from callqa.engines.whisper_common.model_names import MEGABYTES

    sizes = dict(MEGABYTES) | {model.name: round(model.size / 1e6) for model in installed_models()}
    rows, sources = [], []
    for model, megabytes in sizes.items():
        packaged = None if weights.has_file(model, folder) else find_packaged(model)
        many = packaged.languages == "many" if packaged else not model.endswith(".en")
        row = {
            "model": model,
            "megabytes": megabytes,
            "languages": "many" if many else "English",
            "file": str(packaged.folder if packaged else weights.weights_path(model, folder)),
            "on_disk": weights.on_disk(model, folder),
            "packages": list(packaged.packages) if packaged else [],
            "source": packaged.source if packaged else None,
        }
        rows.append(row)
        if packaged:
            sources.append(f"{model}: {packaged.source}; from {' and '.join(packaged.packages)}")
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        mark = "in a package" if row["packages"] else "on disk" if row["on_disk"] else ""
        click.echo(f"{row['model']:<15} {row['megabytes']:>5} MB  {row['languages']:<8} {mark}".rstrip())
    click.echo("".join(f"\n{source}." for source in sources) + ("\n" if sources else ""), nl=False)
    click.echo(f"\nThe models are kept in {folder or weights.default_folder()}.")


@models.command()
@click.argument("model")
@folder_option
@option("--offline", is_flag=True, help="Download nothing; only check that the model is on disk.")
@message_options
def pull(model: str, folder: Path | None, offline: bool, **options: Any) -> None:
    """Download an official model.

    A model that is already complete is kept, and an interrupted download is resumed. A model that comes in an installed
    package is not downloaded.

    \b
    callqa models pull base.en
    callqa models pull turbo --model-dir /srv/whisper
    """
    from rich.console import Console

    from callqa.cli.progress import download_progress
    from callqa.engines.openai_whisper import weights
    from callqa.engines.packaged_models import find_packaged

    messages = pop_options(MessageOptions, options)
    _check_known(model)
    if find_packaged(model) and not weights.has_file(model, folder):
        click.echo(weights.find(model, folder))
        return
    shown = not (messages.quiet or messages.no_progress)
    with download_progress(Console(stderr=True, highlight=False, emoji=False), shown=shown) as progress:
        weights.fetch(model, progress, folder=folder, offline=offline)
    click.echo(weights.weights_path(model, folder))


@models.command()
@click.argument("names", nargs=-1, metavar="[MODEL]...")
@folder_option
def verify(names: tuple[str, ...], folder: Path | None) -> int:
    """Verify the checksums of models.

    Without names, all models with a known checksum on this machine are checked. The exit status is 3 if a model is
    damaged or missing.

    \b
    callqa models verify
    """
    from callqa.engines.openai_whisper import weights
    from callqa.engines.packaged_models import installed_models
    from callqa.engines.whisper_common.model_names import OFFICIAL_MODELS

    for name in names:
        _check_known(name)
    known = dict.fromkeys((*OFFICIAL_MODELS, *(model.name for model in installed_models())))
    chosen = names or [name for name in known if weights.on_disk(name, folder)]
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
    """Print the path of a model's file or folder.

    The exit status is 3 if it does not exist.

    \b
    callqa models path base.en
    """
    from callqa.engines.openai_whisper import weights

    weights.check_model(model)
    found = weights.find(model, folder)
    click.echo(found or weights.weights_path(model, folder))
    return Status.DONE if found else Status.INCOMPLETE


def _state(model: str, folder: Path | None) -> str:
    from callqa.engines.openai_whisper import weights
    from callqa.engines.packaged_models import find_packaged

    if not weights.on_disk(model, folder):
        return f"not on this machine; callqa models pull {model} downloads it"
    packaged = None if weights.has_file(model, folder) else find_packaged(model)
    try:
        if packaged is not None:
            file = packaged.unpack()
            remedy = "delete that folder, and callqa makes it again from the package"
            whole = packaged.is_intact()
        else:
            file = weights.weights_path(model, folder)
            remedy = f"callqa models pull {model} downloads it again"
            whole = weights.is_intact(model, folder)
    except OSError as error:
        return f"{error.filename} cannot be read ({error.strerror})"
    except ModelUnavailable as error:
        return f"damaged: {error}"
    return "whole" if whole else f"damaged: {file}; {remedy}"


def _check_known(model: str) -> None:
    """Raise UsageError for an unknown model, and ModelUnavailable for one whose checksum nobody published."""
    from callqa.engines.openai_whisper import weights
    from callqa.engines.packaged_models import find_packaged
    from callqa.engines.whisper_common.model_names import OFFICIAL_MODELS

    weights.check_model(model)
    if model not in OFFICIAL_MODELS and not find_packaged(model):
        raise ModelUnavailable(f"{model} is your own checkpoint; only official models can be downloaded and verified")
