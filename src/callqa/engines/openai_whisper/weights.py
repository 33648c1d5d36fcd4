"""The weights that the whisper engine runs on: where they are kept, downloading them, and checking them.

They are a checkpoint of openai-whisper, or a folder in CTranslate2's form, such as packages carry. Unless another
folder is given, checkpoints are kept where openai-whisper keeps them itself, so models it downloaded before are found.
callqa downloads them itself because openai-whisper writes an incomplete download to the model's own path, starts again
after each interruption, holds the whole file in memory, and draws its own progress bar.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from callqa.core.optional_imports import require
from callqa.engines.base import DownloadProgress
from callqa.engines.downloads import download
from callqa.engines.packaged_models import find_packaged
from callqa.engines.whisper_common.model_names import MEGABYTES, OFFICIAL_MODELS, spelling_hint
from callqa.errors import ModelUnavailable, UsageError

_SAME_FILE = {"large": "large-v3", "turbo": "large-v3-turbo"}
"""Official models that are kept under another model's name, because they are the same file."""


def check_model(model: str) -> None:
    """Refuse anything that is neither a known name, nor a checkpoint file, nor a CTranslate2 model's folder.

    Raises UsageError.
    """
    if model in OFFICIAL_MODELS or find_packaged(model):
        return
    path = Path(model).expanduser()
    if path.is_file() or (path / "model.bin").is_file():
        return
    if path.is_dir():
        raise UsageError(f"{model} is a folder without a model.bin; name a Whisper checkpoint file")
    if os.sep in model or path.suffix in (".pt", ".pth", ".bin", ".ckpt"):
        raise UsageError(f"there is no Whisper checkpoint {model}; check the path")
    raise UsageError(
        f"Whisper has no model {model!r}.{spelling_hint(model, OFFICIAL_MODELS)} Its models are "
        f"{', '.join(OFFICIAL_MODELS)}; a path to a checkpoint file can be given instead"
    )


def default_folder() -> Path:
    """Return the folder in which openai-whisper keeps its models."""
    default = os.path.join(os.path.expanduser("~"), ".cache")
    return Path(os.getenv("XDG_CACHE_HOME", default), "whisper")


def weights_path(model: str, folder: Path | None = None) -> Path:
    """Return the path of an official model's weights, whether or not the file exists, or of a checkpoint."""
    if model in OFFICIAL_MODELS:
        return (folder or default_folder()) / f"{_SAME_FILE.get(model, model)}.pt"
    return Path(model).expanduser()


def on_disk(model: str, folder: Path | None = None) -> bool:
    """Return True if the weights are on this machine, in a file, a folder or packages. They are not read.

    Reading them takes seconds for the large models.
    """
    return has_file(model, folder) or find_packaged(model) is not None


def has_file(model: str, folder: Path | None = None) -> bool:
    """Return True if the file or folder of `weights_path` exists."""
    path = weights_path(model, folder)
    return path.is_dir() or (path.is_file() and path.stat().st_size > 0)


def find(model: str, folder: Path | None = None) -> Path | None:
    """Return the file or folder to load the weights from, None if they must be fetched first.

    Raises ModelUnavailable if those in a package are not what they should be.
    """
    if has_file(model, folder):
        return weights_path(model, folder)
    packaged = find_packaged(model)
    return None if packaged is None else packaged.unpack()


def is_official(model: str, folder: Path | None = None) -> bool:
    """Return True if the weights are those that OpenAI published under this name, wherever they come from."""
    packaged = find_packaged(model)
    return model in OFFICIAL_MODELS and (packaged is None or packaged.official or has_file(model, folder))


def is_intact(model: str, folder: Path | None = None) -> bool:
    """Return True if the file of an official model has the checksum that openai-whisper lists. Reads the whole file.

    Raises OSError if it cannot be read.
    """
    path = weights_path(model, folder)
    return path.is_file() and sha256(path) == _listed(model)[1]


def fetch(
    model: str, progress: DownloadProgress | None = None, *, folder: Path | None = None, offline: bool = False
) -> None:
    """Download the weights of an official model, unless an intact file exists; `progress` is called every megabyte.

    The download comes from the address that openai-whisper lists and is kept only if it has the checksum listed there.
    A download that was interrupted is resumed. With `offline` the network is not used. Raises ModelUnavailable, which
    says why and what else can be done.
    """
    if model not in OFFICIAL_MODELS:
        raise ModelUnavailable(
            f"{model} is not an official Whisper model, so it cannot be fetched; copy the file to that path"
        )
    path = weights_path(model, folder)
    damaged = path.is_file()
    if damaged and is_intact(model, folder):
        return
    problem = "--offline forbids fetching it" if offline else download(*_listed(model), path, progress)
    if problem is not None:
        raise ModelUnavailable(_unavailable(model, path, problem, damaged))


def sha256(path: Path) -> str:
    """Return the SHA-256 checksum of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def official_with(checksum: str) -> str | None:
    """Return the official model whose weights have this SHA-256 checksum, None if there is none."""
    return next((model for model in OFFICIAL_MODELS if _listed(model)[1] == checksum), None)


def _listed(model: str) -> tuple[str, str]:
    """Return the address and the checksum that openai-whisper lists; the checksum is the address's last folder."""
    whisper = require("whisper", package="openai-whisper", why="the whisper engine")
    url: str = whisper._MODELS[model]
    return url, url.split("/")[-2]


def _unavailable(model: str, path: Path, problem: str, damaged: bool) -> str:
    found = f"the file in {path.parent} is damaged, and " if damaged else ""
    return (
        f"the Whisper model {model} ({MEGABYTES[model]} MB) could not be fetched: {found}{problem}. "
        f"Try again with a connection; or put {path.name} from another machine into {path.parent}; "
        "or name a checkpoint with --model /path/to/model.pt; or choose --engine pocketsphinx, whose results are "
        "provisional; or score transcripts made elsewhere."
    )
