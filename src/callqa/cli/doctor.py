"""`callqa doctor`: what is installed, what would run, where files are kept."""

from __future__ import annotations

import json
import os
import platform
import shutil
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import click

from callqa import __version__
from callqa.cli.boundary import Status
from callqa.cli.config import NAME, find_upwards
from callqa.cli.options import ListeningOptions, MessageOptions, listening_options, message_options, option, take
from callqa.errors import EngineError, UsageError

PACKAGES = ("openai-whisper", "torch", "pocketsphinx", "silero-vad", "av", "numpy", "google-re2", "pydantic", "rich")
EXTRAS = ("faster-whisper", "ctranslate2")
"""Packages of optional engines."""

NOTHING = "nothing"
"""What Whisper works on where the device asked for is not there."""


@click.command()
@option("-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--listen", "hear", is_flag=True, help="Hear a sample call: how many words are wrong, how fast it goes.")
@listening_options
@message_options
def doctor(form: str, hear: bool, **options: Any) -> int:
    """Say what is installed and what would listen.

    Takes the options of `callqa score`, so that you can see what they would come to.

    \b
    callqa doctor
    callqa doctor --listen
    callqa doctor --listen --engine whisper --model small.en
    """
    from callqa.engines.selection import check_choice, choose

    listening, _ = take(ListeningOptions, options), take(MessageOptions, options)
    check_choice(listening.engine_settings)
    choice = choose(listening.engine_settings, download=False) if listening.engine != "whisper" else None
    engine = choice.settings.engine if choice else "whisper"
    report: dict[str, Any] = {
        "callqa": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "packages": {name: _version(name) for name in PACKAGES},
        "extras": {name: _version(name) for name in EXTRAS},
        "engine": engine,
        "provisional": choice.provisional if choice else False,
        **(_faster_whisper(listening) if engine == "faster-whisper" else _whisper(listening)),
        "whisper_computes_on": _computes_on(listening, "faster-whisper" if engine == "faster-whisper" else "whisper"),
        **_places(listening),
    }
    if hear:
        report["heard"] = _hear(listening)
    if form == "json":
        click.echo(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        _print(report)
    unfit = None in report["packages"].values() or str(report["whisper_computes_on"]).startswith(NOTHING)
    return Status.WRONG_USE if unfit else Status.DONE


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _whisper(listening: ListeningOptions) -> dict[str, Any]:
    from callqa.engines.whisper_common import weights

    model = weights.model_name(listening.model, listening.language)
    return {
        "whisper_model": model,
        "whisper_model_file": str(weights.weights_path(model, listening.model_dir)),
        "whisper_model_on_disk": weights.on_disk(model, listening.model_dir),
    }


def _faster_whisper(listening: ListeningOptions) -> dict[str, Any]:
    from callqa.engines.faster_whisper import ct2_models
    from callqa.engines.whisper_common import weights

    model = weights.model_name(listening.model, listening.language)
    folder = ct2_models.find(model, listening.model_dir)
    return {
        "whisper_model": model,
        "whisper_model_file": None if folder is None else str(folder),
        "whisper_model_on_disk": folder is not None,
    }


def _computes_on(listening: ListeningOptions, engine: str) -> str:
    """Where Whisper computes and how precisely; or why it cannot."""
    from callqa.engines import make_engine

    made: Any = make_engine(replace(listening.engine_settings, engine=engine))
    try:
        return str(made.place)
    except EngineError as error:
        return f"{NOTHING}: {error}"


def _places(listening: ListeningOptions) -> dict[str, Any]:
    from platformdirs import user_log_path

    from callqa.rubrics.loader import shipped_folder

    cache = listening.cache
    entries = list(cache.glob("*/*.json")) if cache and cache.is_dir() else []
    folder = next((place for place in (cache, *(cache.parents if cache else ())) if place and place.is_dir()), Path())
    return {
        "transcript_cache": str(cache) if cache else None,
        "transcript_cache_entries": len(entries),
        "transcript_cache_bytes": sum(entry.stat().st_size for entry in entries),
        "disk_free_bytes": shutil.disk_usage(folder).free,
        "logs": str(user_log_path("callqa")),
        "rubrics": str(shipped_folder()),
        "config": str(find_upwards(NAME, Path.cwd()) or "") or None,
    }


def _hear(listening: ListeningOptions) -> dict[str, Any]:
    """Let what `score` would listen with hear the sample call."""
    from callqa.engines import make_engine
    from callqa.engines.selection import choose
    from callqa.evaluation.recognition_check import check_recognition

    if listening.language not in ("en", "auto"):
        raise UsageError("the sample call of --listen is in English; leave --language away")
    choice = choose(listening.engine_settings, download=False)
    check = check_recognition(make_engine(choice.settings))
    return {
        "engine": check.engine,
        "model": check.model,
        "words": check.words,
        "errors": check.errors,
        "word_error_rate": round(check.word_error_rate, 4),
        "seconds_of_audio": round(check.duration, 1),
        "seconds_taken": round(check.took, 1),
        "times_real_time": round(check.times_real_time, 1),
    }


def _print(report: dict[str, Any]) -> None:
    from rich.filesize import decimal

    lines = [
        ("callqa", f"{report['callqa']} on Python {report['python']}, {report['cores']} cores"),
        ("packages", ", ".join(f"{name} {version or 'MISSING'}" for name, version in report["packages"].items())),
        ("optional", ", ".join(f"{name} {version or 'not installed'}" for name, version in report["extras"].items())),
        ("would listen with", f"{report['engine']}{' (provisional: too poor to rely on)' * report['provisional']}"),
        ("Whisper model", f"{report['whisper_model']}, {_where(report)}"),
        ("Whisper works on", report["whisper_computes_on"]),
        (
            "transcript cache",
            f"{report['transcript_cache'] or 'none'} "
            f"({report['transcript_cache_entries']} entries, {decimal(report['transcript_cache_bytes'])})",
        ),
        ("disk free", decimal(report["disk_free_bytes"])),
        ("logs", report["logs"]),
        ("rubrics", report["rubrics"]),
        ("configuration", report["config"] or "no callqa.toml here or above"),
    ]
    if heard := report.get("heard"):
        engine = f"{heard['engine']} {heard['model'] or ''}".rstrip()
        right = f"{heard['word_error_rate']:.0%} of {heard['words']} words wrong"
        lines.append(
            ("hearing", f"{right} with {engine}, on an easy sample (clear synthetic voices); real calls are harder")
        )
        audio, took = f"{heard['seconds_of_audio']:.0f} s of audio", f"{heard['seconds_taken']:.1f} s"
        lines.append(("speed", f"{heard['times_real_time']:.1f} × real time ({audio} in {took})"))
    else:
        lines.append(("hearing", "callqa doctor --listen lets it hear a sample call"))
    for name, value in lines:
        click.echo(f"{name + ':':<19}{value}")
    if report["whisper_model_on_disk"]:
        return
    if report["engine"] == "faster-whisper":
        click.echo(
            "\nTo hear with faster-whisper: scoring with --engine faster-whisper fetches the model once; without a"
            "\nconnection, name a folder with a CTranslate2 model with --model."
        )
    else:
        click.echo(
            f"\nTo hear with Whisper: callqa models pull {report['whisper_model']} fetches the model once; without a"
            "\nconnection, put the file there from another machine, or name a checkpoint with --model."
        )


def _where(report: dict[str, Any]) -> str:
    if report["whisper_model_on_disk"]:
        return f"on disk: {report['whisper_model_file']}"
    return (
        f"not on disk; it would be: {report['whisper_model_file']}" if report["whisper_model_file"] else "not on disk"
    )
