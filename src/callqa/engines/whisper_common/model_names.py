"""The official Whisper models and the languages they know."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from callqa.engines.packaged_models import preferred_packaged
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
"""The approximate size of each official model's download, in megabytes: known before any connection is made."""

OFFICIAL_MODELS = tuple(MEGABYTES)
"""The models that openai-whisper knows by name, in its order; listed here to check a name without loading it."""

_CODES = """
en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi ml cy sk
te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am yi lo uz fo
ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su yue
"""

LANGUAGES = frozenset(_CODES.split())
"""The codes of the languages that openai-whisper knows."""


def model_name(model: str | None, language: str = "en") -> str:
    """Return the given model or, if it is None, the default for the language.

    That is the largest model in an installed package; without one, the preferred official model.
    """
    if model is not None:
        return model
    packaged = preferred_packaged(language)
    if packaged is not None:
        return packaged.name
    return PREFERRED_MODEL if language == "en" else multilingual_model(PREFERRED_MODEL)


def multilingual_model(model: str) -> str:
    """Return the official model of the same size that knows every language."""
    return model.removesuffix(".en")


def spelling_hint(model: str, known: Iterable[str]) -> str:
    """Return a question with the most similar known name, after a space; empty if no name is similar.

    >>> spelling_hint("bas.en", OFFICIAL_MODELS)
    ' Did you mean base.en?'
    """
    similar = difflib.get_close_matches(model.lower(), known, n=1)
    return f" Did you mean {similar[0]}?" if similar else ""
