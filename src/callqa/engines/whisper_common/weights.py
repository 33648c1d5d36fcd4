"""Whisper's models: their names, where their weights are kept, and what to do where they are not there.

Unless another folder is named, weights lie where openai-whisper itself keeps them, so models it fetched before are
found. They are fetched here rather than by openai-whisper because that one writes a broken download in the place of the
model, begins anew after each break, holds the whole file in memory, and draws its own progress bar.
"""

from __future__ import annotations

import difflib
import hashlib
import os
from pathlib import Path

from callqa.core.optional_imports import require
from callqa.engines.base import DownloadProgress
from callqa.engines.downloads import download
from callqa.errors import ModelUnavailable, UsageError
from callqa.settings import PREFERRED_MODEL

MEGABYTES = {
    "tiny.en": 76,
    "tiny": 76,
    "base.en": 145,
    "base": 145,
    "small.en": 484,
    "small": 484,
    "medium.en": 1528,
    "medium": 1528,
    "large-v1": 3087,
    "large-v2": 3087,
    "large-v3": 3087,
    "large": 3087,
    "large-v3-turbo": 1618,
    "turbo": 1618,
}
"""Official model → megabytes to fetch, roughly: known before any connection is made."""

OFFICIAL_MODELS = tuple(MEGABYTES)
"""The names openai-whisper knows, in its order; kept here so that a name is checked without loading it."""

_CODES = """
en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi ml cy sk
te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am yi lo uz fo
ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su yue
"""

LANGUAGES = frozenset(_CODES.split())
"""The codes of the languages openai-whisper knows."""

_SAME_FILE = {"large": "large-v3", "turbo": "large-v3-turbo"}


def model_name(model: str | None, language: str = "en") -> str:
    """The model named or, where none is, PREFERRED_MODEL, in its multilingual form where the language needs it."""
    if model is not None:
        return model
    return PREFERRED_MODEL if language == "en" else multilingual(PREFERRED_MODEL)


def multilingual(model: str) -> str:
    """The official model of the same size that knows every language."""
    return model.removesuffix(".en")


def check_model(model: str) -> None:
    """Refuse anything that is neither an official name nor a checkpoint file. Raises UsageError."""
    if model in OFFICIAL_MODELS:
        return
    path = Path(model).expanduser()
    if path.is_file():
        return
    if path.is_dir():
        raise UsageError(f"{model} is a folder; name the Whisper checkpoint file in it")
    if os.sep in model or path.suffix in (".pt", ".pth", ".bin", ".ckpt"):
        raise UsageError(f"there is no Whisper checkpoint {model}; check the path")
    near = difflib.get_close_matches(model.lower(), OFFICIAL_MODELS, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise UsageError(
        f"Whisper has no model {model!r}.{hint} Its models are {', '.join(OFFICIAL_MODELS)}; "
        "a path to a checkpoint file will do as well"
    )


def default_folder() -> Path:
    """Where openai-whisper keeps its models."""
    default = os.path.join(os.path.expanduser("~"), ".cache")
    return Path(os.getenv("XDG_CACHE_HOME", default), "whisper")


def weights_path(model: str, folder: Path | None = None) -> Path:
    """Where the weights of an official model belong, whether or not they are there; a checkpoint's own path."""
    if model in OFFICIAL_MODELS:
        return (folder or default_folder()) / f"{_SAME_FILE.get(model, model)}.pt"
    return Path(model).expanduser()


def on_disk(model: str, folder: Path | None = None) -> bool:
    """Whether the weights are there. They are not read: that takes seconds for the large models."""
    path = weights_path(model, folder)
    return path.is_file() and path.stat().st_size > 0


def is_whole(model: str, folder: Path | None = None) -> bool:
    """Whether the file of an official model is the one openai-whisper lists, by its checksum; it is read as a whole.

    Raises OSError where it cannot be read.
    """
    path = weights_path(model, folder)
    return path.is_file() and sha256(path) == _listed(model)[1]


def fetch(
    model: str, progress: DownloadProgress | None = None, *, folder: Path | None = None, offline: bool = False
) -> None:
    """Download the weights of an official model, unless what is there is whole; `progress` hears of every megabyte.

    Only the address openai-whisper lists is asked, and only bytes with the checksum it lists are kept. What a broken
    download left is resumed. With `offline` nothing is asked of the network. Raises ModelUnavailable, which says why
    and what else can be done.
    """
    if model not in OFFICIAL_MODELS:
        raise ModelUnavailable(f"{model} is no official Whisper model, so it cannot be fetched; put the file there")
    path = weights_path(model, folder)
    damaged = path.is_file()
    if damaged and is_whole(model, folder):
        return
    problem = "--offline forbids fetching it" if offline else download(*_listed(model), path, progress)
    if problem is not None:
        raise ModelUnavailable(_unavailable(model, path, problem, damaged))


def sha256(path: Path) -> str:
    """The checksum of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def official_with(checksum: str) -> str | None:
    """The official model whose weights have this checksum, if there is one."""
    return next((model for model in OFFICIAL_MODELS if _listed(model)[1] == checksum), None)


def _listed(model: str) -> tuple[str, str]:
    """The address and the checksum openai-whisper lists; the checksum is the last folder of the address."""
    whisper = require("whisper", package="openai-whisper", why="the whisper engine")
    url: str = whisper._MODELS[model]
    return url, url.split("/")[-2]


def _unavailable(model: str, path: Path, problem: str, damaged: bool) -> str:
    found = f"the file in {path.parent} is damaged, and " if damaged else ""
    return (
        f"the Whisper model {model} ({MEGABYTES[model]} MB) could not be fetched: {found}{problem}. "
        f"Try again with a connection; or put {path.name} from another machine into {path.parent}; "
        "or name a checkpoint with --model /path/to/model.pt; or take --engine pocketsphinx, whose results are "
        "provisional; or score transcripts made elsewhere."
    )
