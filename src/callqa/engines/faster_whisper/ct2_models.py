"""Whisper models in CTranslate2's form, as faster-whisper keeps them: their names, their folders, and loading them.

A model is a folder. Models in packages are kept where callqa joins them; official ones where faster-whisper's own
library keeps them, or in the folder given instead; that library downloads them from its hub. No tokenizer is read from
the folder: Whisper's own is the same for all models.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callqa.core.optional_imports import require
from callqa.engines.packaged_models import find_packaged
from callqa.engines.whisper_common.device_errors import device_failure
from callqa.engines.whisper_common.model_names import MEGABYTES, OFFICIAL_MODELS, spelling_hint
from callqa.errors import EngineError, ModelUnavailable, UsageError

NAMES = (*OFFICIAL_MODELS, "distil-small.en", "distil-medium.en", "distil-large-v2", "distil-large-v3")
"""The models that faster-whisper knows by name; listed here so that a name is checked without loading it."""

FILES = ("model.bin", "config.json")
"""The files that every model's folder has, in addition to its vocabulary."""

PRECISIONS = {"cpu": ("int8", "float32"), "cuda": ("float16", "float32")}
"""The precisions for a kind of device; the first that it supports efficiently is used."""

LANGUAGES = (99, 100)
"""The numbers of languages that vocabularies have room for: in the models before large-v3, and since."""


@dataclass(frozen=True)
class ModelLoader:
    """Loads the model in a folder; `device` is `cpu` or `cuda`, `index` the number of the device of that kind."""

    folder: Path
    device: str
    index: int
    precision: str
    threads: int

    def load(self) -> Any:
        """Return a `ctranslate2.models.Whisper` with a worker of its own.

        Raises ModelUnavailable for a folder that is not a Whisper model, EngineError if the memory is too small or the
        device fails.
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
                f"{self.folder} cannot be read as a Whisper model of CTranslate2: it is damaged, or holds something "
                f"else ({reason}); name another folder"
            ) from error
        if model.num_languages not in LANGUAGES:
            raise ModelUnavailable(f"{self.folder} does not have Whisper's vocabulary; name another folder")
        return model


def installed() -> bool:
    """Return True if faster-whisper is installed; it is not loaded."""
    return importlib.util.find_spec("faster_whisper") is not None


def check_model(model: str) -> None:
    """Refuse anything that is neither a known name nor the folder of a model. Raises UsageError."""
    path = Path(model).expanduser()
    if model in NAMES or find_packaged(model) or _is_model(path):
        return
    if path.is_dir():
        raise UsageError(f"{model} holds no CTranslate2 model: a folder with {' and '.join(FILES)} is needed")
    if path.is_file():
        raise UsageError(f"{model} is a file; faster-whisper needs a folder with a CTranslate2 model")
    if os.sep in model:
        raise UsageError(f"there is no folder {model}; check the path")
    raise UsageError(
        f"faster-whisper has no model {model!r}.{spelling_hint(model, NAMES)} Its models are {', '.join(NAMES)}; "
        "a path to a folder with a CTranslate2 model can be given instead"
    )


def find(model: str, cache: Path | None = None) -> Path | None:
    """Return the folder of a model, None for an official one that is not on this machine. Never uses the network.

    Raises ModelUnavailable if the model in a package is not what it should be.
    """
    packaged = find_packaged(model)
    if packaged is not None:
        return packaged.unpack()
    if model not in NAMES:
        return Path(model).expanduser()
    try:
        folder = Path(_library().download_model(model, local_files_only=True, cache_dir=_text(cache)))
    except OSError:
        return None
    return folder if _is_model(folder) else None


def fetch(model: str, cache: Path | None = None, *, offline: bool = False) -> Path:
    """Download an official model with faster-whisper's own library, unless `offline`, and return its folder.

    Raises ModelUnavailable, which says why and what else can be done.
    """
    problem = "--offline forbids fetching it"
    if not offline:
        try:
            folder = Path(_library().download_model(model, cache_dir=_text(cache)))
        except Exception as error:  # an interrupted transfer raises whatever the hub's web client raises
            problem = str(error).partition("\n")[0].strip().rstrip(".") or type(error).__name__
        else:
            if _is_model(folder):
                return folder
            problem = "some of its files are missing"
    size = f" ({MEGABYTES[model]} MB)" if model in MEGABYTES else ""
    raise ModelUnavailable(
        f"the faster-whisper model {model}{size} could not be fetched: {problem}. Try again with a connection; or name "
        "a folder with a CTranslate2 model with --model /path/to/folder; or choose --engine whisper."
    )


def checksum(folder: Path) -> str:
    """Return the checksum that identifies a model: the SHA-256 of its files, in hexadecimal. Raises OSError."""
    digest = hashlib.sha256()
    for name in FILES:
        with (folder / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def device_count() -> int:
    """Return the number of CUDA devices that CTranslate2 finds."""
    count: int = _ctranslate2().get_cuda_device_count()
    return count


def best_precision(device: str) -> str:
    """Return the precision to compute in on `cpu` or `cuda`."""
    supported = _ctranslate2().get_supported_compute_types(device)
    return next((precision for precision in PRECISIONS[device] if precision in supported), "float32")


def _is_model(folder: Path) -> bool:
    return all((folder / name).is_file() for name in FILES)


def _text(cache: Path | None) -> str | None:
    return None if cache is None else str(cache)


def _ctranslate2() -> Any:
    return require("ctranslate2", package="faster-whisper", why="the faster-whisper engine")


def _library() -> Any:
    return require("faster_whisper.utils", package="faster-whisper", why="the faster-whisper engine")
