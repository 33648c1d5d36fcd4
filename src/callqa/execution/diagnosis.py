"""A diagnosis of an installation: what is installed, which engine would run, and where files are kept."""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

from callqa import __version__
from callqa.engines import make_engine
from callqa.engines.selection import check_engine, select_engine
from callqa.errors import EngineError
from callqa.rubrics.folders import shipped_folder
from callqa.settings import EngineSettings

REQUIRED = ("openai-whisper", "torch", "pocketsphinx", "silero-vad", "av", "numpy", "google-re2", "pydantic", "rich")
"""Packages that callqa needs."""

OPTIONAL = ("faster-whisper", "ctranslate2")
"""Packages of optional engines."""

NO_DEVICE = "nothing"
"""How `whisper_computes_on` begins if the device asked for does not exist."""


@dataclass(frozen=True)
class Diagnosis:
    """An installation as a run with some settings would use it. The fields are the keys of `callqa doctor -f json`.

    Packages are versions by name; None is a package that is not installed. `whisper_computes_on` is a device and a
    precision, in words, or the reason why there is none. `whisper_model_packages` are the packages that the model comes
    in, none if it is a file of its own.
    """

    callqa: str
    python: str
    platform: str
    cores: int | None
    packages: dict[str, str | None]
    extras: dict[str, str | None]
    engine: str
    provisional: bool
    whisper_model: str
    whisper_model_file: str | None
    whisper_model_on_disk: bool
    whisper_model_packages: tuple[str, ...]
    whisper_computes_on: str
    transcript_cache: str | None
    transcript_cache_entries: int
    transcript_cache_bytes: int
    disk_free_bytes: int
    logs: str
    rubrics: str
    config: str | None

    @property
    def usable(self) -> bool:
        """True if no required package is missing, and Whisper has a device to run on."""
        return None not in self.packages.values() and not self.whisper_computes_on.startswith(NO_DEVICE)


def diagnose(settings: EngineSettings, *, cache: Path | None, config: Path | None) -> Diagnosis:
    """Diagnose the installation, without downloading anything.

    `cache` is the folder of cached transcripts, and `config` the configuration file; None if there is none. Raises
    UsageError for an unknown engine or model.
    """
    check_engine(settings)
    engine, provisional = settings.engine, False
    if engine != "whisper":  # its choice is fixed, and would fail if the model is not on disk
        choice = select_engine(settings, download=False)
        engine, provisional = choice.settings.engine, choice.provisional
    whisper = "faster-whisper" if engine == "faster-whisper" else "whisper"
    model, file, packages = _whisper_model(settings, whisper)
    entries = list(cache.glob("*/*.json")) if cache and cache.is_dir() else []
    return Diagnosis(
        callqa=__version__,
        python=platform.python_version(),
        platform=platform.platform(),
        cores=os.cpu_count(),
        packages={name: _version(name) for name in REQUIRED},
        extras={name: _version(name) for name in OPTIONAL},
        engine=engine,
        provisional=provisional,
        whisper_model=model,
        whisper_model_file=None if file is None else str(file),
        whisper_model_on_disk=bool(packages) or (file is not None and file.exists()),
        whisper_model_packages=packages,
        whisper_computes_on=_device(settings, whisper),
        transcript_cache=str(cache) if cache else None,
        transcript_cache_entries=len(entries),
        transcript_cache_bytes=sum(entry.stat().st_size for entry in entries),
        disk_free_bytes=shutil.disk_usage(_existing_folder(cache)).free,
        logs=_log_folder(),
        rubrics=str(shipped_folder()),
        config=str(config) if config else None,
    )


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _whisper_model(settings: EngineSettings, engine: str) -> tuple[str, Path | None, tuple[str, ...]]:
    """Return the name of the Whisper model, its file or folder (None if not known), and the packages it comes in."""
    from callqa.engines.faster_whisper import ct2_models
    from callqa.engines.openai_whisper import weights
    from callqa.engines.packaged_models import find_packaged
    from callqa.engines.whisper_common.model_names import model_name

    model, folder = model_name(settings.model, settings.language), settings.model_dir
    packaged = find_packaged(model)
    if packaged is not None and not (engine == "whisper" and weights.has_file(model, folder)):
        return model, packaged.folder, packaged.packages
    if engine == "faster-whisper":
        return model, ct2_models.find(model, folder), ()
    return model, weights.weights_path(model, folder), ()


def _device(settings: EngineSettings, engine: str) -> str:
    """Return the device and precision a Whisper engine would use, or the reason why it cannot run."""
    whisper: Any = make_engine(replace(settings, engine=engine))
    try:
        return str(whisper.device_description)
    except EngineError as error:
        return f"{NO_DEVICE}: {error}"


def _existing_folder(path: Path | None) -> Path:
    """Return the folder itself or the nearest parent that exists; the working folder if there is none."""
    candidates = (path, *path.parents) if path else ()
    return next((folder for folder in candidates if folder.is_dir()), Path())


def _log_folder() -> str:
    from platformdirs import user_log_path

    return str(user_log_path("callqa"))
