"""What Whisper can be asked for, whatever computes it: languages, devices, threads."""

from __future__ import annotations

import re

from callqa.engines.whisper_common import weights
from callqa.errors import UsageError
from callqa.settings import EngineSettings

_DEVICE = re.compile(r"cpu|cuda(:\d+)?")


def check_settings(settings: EngineSettings, model: str) -> None:
    """Refuse settings Whisper cannot meet with this model. Raises UsageError."""
    if settings.language not in (*weights.LANGUAGES, "auto"):
        raise UsageError(
            f"Whisper knows no language {settings.language!r}; write a code such as en, es or de, or auto to have it "
            "found out"
        )
    if model in weights.OFFICIAL_MODELS and model.endswith(".en"):
        _refuse_language(settings.language, f"the model {model}", weights.multilingual(model))
    if settings.device is not None and not _DEVICE.fullmatch(settings.device):
        raise UsageError(f"Whisper cannot run on {settings.device!r}; the device is cpu, cuda or cuda:NUMBER")
    if settings.threads is not None and settings.threads < 1:
        raise UsageError(f"{settings.threads} threads are too few; it takes at least 1")


def check_language(language: str, model: str, known: int) -> None:
    """Refuse a language that a loaded model with so many languages, 0 being English alone, does not know.

    Raises UsageError.
    """
    from whisper.tokenizer import LANGUAGES

    if not known:
        _refuse_language(language, f"the checkpoint {model}", "base")
    elif language != "auto" and language not in list(LANGUAGES)[:known]:
        raise UsageError(f"the model {model} does not know the language {language}; take large-v3 or turbo")


def _refuse_language(language: str, what: str, instead: str) -> None:
    if language != "en":
        raise UsageError(f"{what} knows English only; for the language {language} take the model {instead}")
