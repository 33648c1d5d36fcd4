"""`callqa doctor`: what is installed, what would run, where files are kept."""

from __future__ import annotations

import json
import os
import platform
import shutil
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import click

from callqa import __version__
from callqa.cli.boundary import Status
from callqa.cli.config import NAME, find_upwards
from callqa.cli.options import Listening, Talking, listening_options, option, take, talking_options

PACKAGES = ("openai-whisper", "torch", "pocketsphinx", "silero-vad", "av", "numpy", "google-re2", "pydantic", "rich")


@click.command()
@option("-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--speed", is_flag=True, help="Measure recognition on a sample call; takes up to a minute.")
@listening_options
@talking_options
def doctor(form: str, speed: bool, **options: Any) -> int:
    """Say what is installed and what would listen.

    Takes the options of `callqa score`, so that you can see what they would come to.

    \b
    callqa doctor
    callqa doctor --speed
    """
    from callqa.cli.session import utf8_output
    from callqa.engines.choice import check_choice, choose

    utf8_output()
    listening, _ = take(Listening, options), take(Talking, options)
    check_choice(listening.engine_settings)
    choice = choose(listening.engine_settings, download=False) if listening.engine != "whisper" else None
    report: dict[str, Any] = {
        "callqa": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "packages": {name: _version(name) for name in PACKAGES},
        "engine": choice.settings.engine if choice else "whisper",
        "provisional": choice.provisional if choice else False,
        **_whisper(listening),
        **_places(listening),
    }
    if speed:
        report["speed"] = _speed(listening)
    if form == "json":
        click.echo(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        _print(report)
    return Status.WRONG_USE if None in report["packages"].values() else Status.DONE


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _whisper(listening: Listening) -> dict[str, Any]:
    from callqa.engines import whisper_weights

    model = whisper_weights.model_name(listening.model, listening.language)
    return {
        "whisper_model": model,
        "whisper_model_file": str(whisper_weights.weights_path(model)),
        "whisper_model_on_disk": whisper_weights.on_disk(model),
    }


def _places(listening: Listening) -> dict[str, Any]:
    from platformdirs import user_log_path

    from callqa.rubric_files import shipped_folder

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


def _speed(listening: Listening) -> dict[str, Any]:
    """Recognise one sample call, as `score` would, and time it."""
    from callqa.demo import demo_folder
    from callqa.engines import make_engine
    from callqa.engines.choice import choose
    from callqa.listening import listen

    sample = sorted(path for path in demo_folder().rglob("*") if path.suffix in (".ogg", ".mp3", ".wav", ".opus"))[0]
    choice = choose(listening.engine_settings, download=False)
    engine = make_engine(choice.settings)
    engine.prepare()
    began = time.perf_counter()
    heard = listen(sample, engine)
    seconds = time.perf_counter() - began
    duration = heard.duration or 0.0
    return {"engine": heard.engine, "model": heard.model, "times_real_time": round(duration / seconds, 1)}


def _print(report: dict[str, Any]) -> None:
    from rich.filesize import decimal

    lines = [
        ("callqa", f"{report['callqa']} on Python {report['python']}, {report['cores']} cores"),
        ("packages", ", ".join(f"{name} {version or 'MISSING'}" for name, version in report["packages"].items())),
        ("would listen with", f"{report['engine']}{' (provisional: too poor to rely on)' * report['provisional']}"),
        (
            "Whisper model",
            f"{report['whisper_model']}, "
            + ("on disk: " if report["whisper_model_on_disk"] else "not on disk; it would be: ")
            + report["whisper_model_file"],
        ),
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
    if "speed" in report:
        speed = report["speed"]
        lines.append(("speed", f"{speed['times_real_time']} times real time with {speed['engine']} on a sample call"))
    else:
        lines.append(("speed", "callqa doctor --speed measures it on a sample call"))
    for name, value in lines:
        click.echo(f"{name + ':':<19}{value}")
    if not report["whisper_model_on_disk"]:
        click.echo(
            "\nTo hear with Whisper: callqa score … --engine whisper fetches the model once; without a connection,"
            "\nput the file there from another machine, or name a checkpoint with --model."
        )
