"""Whisper models in CTranslate2's form, as faster-whisper keeps them: their names, their folders, and loading them.

A model is a folder. Official ones lie where faster-whisper's own library keeps them, or under the folder named in its
place; that library fetches them from its hub. No tokenizer is read from the folder: Whisper's own is the same for all.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callqa.core.optional_imports import require
from callqa.engines.whisper_common.device_errors import device_failure
from callqa.engines.whisper_common.weights import MEGABYTES, OFFICIAL_MODELS
from callqa.errors import EngineError, ModelUnavailable, UsageError

NAMES = (*OFFICIAL_MODELS, "distil-small.en", "distil-medium.en", "distil-large-v2", "distil-large-v3")
"""The models faster-whisper knows by name; kept here so that a name is checked without loading it."""

FILES = ("model.bin", "config.json")
"""What makes a folder a model, besides its vocabulary."""

PRECISIONS = {"cpu": ("int8", "float32"), "cuda": ("float16", "float32")}
"""The precisions for a kind of device, the first of which it can do efficiently is taken."""

LANGUAGES = (99, 100)
"""How many languages a model's vocabulary has room for: the models before large-v3, and since."""


@dataclass(frozen=True)
class Loader:
    """Loads the model of a folder; `device` is `cpu` or `cuda`, `index` which of its kind."""

    folder: Path
    device: str
    index: int
    precision: str
    threads: int

    def load(self) -> Any:
        """A `ctranslate2.models.Whisper` with a worker of its own.

        Raises ModelUnavailable for a folder that is not what it should be, EngineError where the memory is too small
        or the device does not take it.
        """
        ctranslate2 = _ctranslate2()
        try:
            model = ctranslate2.models.Whisper(
                str(self.folder),
                device=self.device,
                device_index=self.index,
                compute_type=self.precision,
                intra_threads=self.threads,
            )
        except (RuntimeError, ValueError, TypeError, MemoryError) as error:
            why = device_failure(error)
            if why is not None:
                raise EngineError(why) from error
            reason = str(error).partition("\n")[0]
            raise ModelUnavailable(
                f"{self.folder} cannot be read as a Whisper model of CTranslate2: it is damaged, or something else "
                f"({reason}); name another folder"
            ) from error
        if model.num_languages not in LANGUAGES:
            raise ModelUnavailable(f"{self.folder} does not have Whisper's vocabulary; name another folder")
        return model


def installed() -> bool:
    """Whether faster-whisper is there; it is not loaded."""
    return importlib.util.find_spec("faster_whisper") is not None


def check_model(model: str) -> None:
    """Refuse anything that is neither a known name nor a model's folder. Raises UsageError."""
    path = Path(model).expanduser()
    if model in NAMES or _whole(path):
        return
    if path.is_dir():
        raise UsageError(f"{model} holds no CTranslate2 model: a folder with {' and '.join(FILES)} is needed")
    if path.is_file():
        raise UsageError(f"{model} is a file; faster-whisper takes a folder with a CTranslate2 model")
    if os.sep in model:
        raise UsageError(f"there is no folder {model}; check the path")
    near = difflib.get_close_matches(model.lower(), NAMES, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise UsageError(
        f"faster-whisper has no model {model!r}.{hint} Its models are {', '.join(NAMES)}; "
        "a path to a folder with a CTranslate2 model will do as well"
    )


def find(model: str, cache: Path | None = None) -> Path | None:
    """The folder of a model, None where an official one is not on this machine. The network is never asked."""
    if model not in NAMES:
        return Path(model).expanduser()
    try:
        folder = Path(_library().download_model(model, local_files_only=True, cache_dir=_text(cache)))
    except OSError:
        return None
    return folder if _whole(folder) else None


def fetch(model: str, cache: Path | None = None, *, offline: bool = False) -> Path:
    """The folder of an official model, fetched with faster-whisper's own library unless `offline`.

    Raises ModelUnavailable, which says why and what else can be done.
    """
    problem = "--offline forbids fetching it"
    if not offline:
        try:
            folder = Path(_library().download_model(model, cache_dir=_text(cache)))
        except Exception as error:  # what breaks off a transfer is raised as the hub's web client has it
            problem = str(error).partition("\n")[0].strip().rstrip(".") or type(error).__name__
        else:
            if _whole(folder):
                return folder
            problem = "files of it are missing"
    size = f" ({MEGABYTES[model]} MB)" if model in MEGABYTES else ""
    raise ModelUnavailable(
        f"the faster-whisper model {model}{size} could not be fetched: {problem}. Try again with a connection; or name "
        "a folder with a CTranslate2 model with --model /path/to/folder; or take --engine whisper."
    )


def checksum(folder: Path) -> str:
    """What tells this model from others: the SHA-256 of its files, in hexadecimal. Raises OSError."""
    digest = hashlib.sha256()
    for name in FILES:
        with (folder / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def devices() -> int:
    """How many CUDA devices CTranslate2 finds."""
    count: int = _ctranslate2().get_cuda_device_count()
    return count


def precision(device: str) -> str:
    """The precision to compute in on `cpu` or `cuda`."""
    there = _ctranslate2().get_supported_compute_types(device)
    return next((wanted for wanted in PRECISIONS[device] if wanted in there), "float32")


def _whole(folder: Path) -> bool:
    return all((folder / name).is_file() for name in FILES)


def _text(cache: Path | None) -> str | None:
    return None if cache is None else str(cache)


def _ctranslate2() -> Any:
    return require("ctranslate2", package="faster-whisper", why="the faster-whisper engine")


def _library() -> Any:
    return require("faster_whisper.utils", package="faster-whisper", why="the faster-whisper engine")
