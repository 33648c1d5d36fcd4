"""Checks of the settings that every Whisper engine has: language, device and number of threads."""

from __future__ import annotations

import re

from callqa.engines.whisper_common.model_names import LANGUAGES, OFFICIAL_MODELS, multilingual_model
from callqa.errors import EngineError, UsageError
from callqa.settings import EngineSettings

_DEVICE = re.compile(r"cpu|cuda(:\d+)?")


def check_settings(settings: EngineSettings, model: str) -> None:
    """Refuse settings that Whisper does not support with this model. Raises UsageError."""
    if settings.language not in (*LANGUAGES, "auto"):
        raise UsageError(
            f"Whisper does not know the language {settings.language!r}; give a code such as en, es or de, or auto to "
            "have it detected"
        )
    if model in OFFICIAL_MODELS and model.endswith(".en"):
        _require_english(settings.language, f"the model {model}", multilingual_model(model))
    if settings.device is not None and not _DEVICE.fullmatch(settings.device):
        raise UsageError(f"Whisper cannot run on {settings.device!r}; choose cpu, cuda or cuda:NUMBER")
    if settings.threads is not None and settings.threads < 1:
        raise UsageError(f"Whisper cannot run with {settings.threads} threads; it needs at least 1")


def check_language(language: str, model: str, languages: int) -> None:
    """Refuse a language that a loaded model does not know. Raises UsageError.

    `languages` is the number of languages the model knows, 0 for a model of English alone. Models know the languages of
    openai-whisper's list in its order.
    """
    from whisper.tokenizer import LANGUAGES as LISTED

    if not languages:
        _require_english(language, f"the checkpoint {model}", "base")
    elif language != "auto" and language not in list(LISTED)[:languages]:
        raise UsageError(f"the model {model} does not know the language {language}; choose large-v3 or turbo")


def choose_device(wanted: str | None, gpus: int, library: str) -> str:
    """Return the device to compute on: the one wanted or, if it is None, a GPU if there is any, else `cpu`.

    `gpus` is the number of CUDA devices the library finds. Raises EngineError for a GPU that does not exist.
    """
    if wanted is None:
        return "cuda" if gpus else "cpu"
    if wanted != "cpu" and int(wanted.partition(":")[2] or 0) >= gpus:
        raise EngineError(f"{library} finds {gpus or 'no'} CUDA devices here, so {wanted} cannot be used; choose cpu")
    return wanted


def _require_english(language: str, model: str, alternative: str) -> None:
    if language != "en":
        raise UsageError(f"{model} knows only English; for the language {language}, choose the model {alternative}")
