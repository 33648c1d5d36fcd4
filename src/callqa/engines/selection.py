"""Which engine a run listens with: the one asked for or, for `auto`, the best there is.

`auto` takes Whisper: by faster-whisper where that is installed, has the model on disk and is the quicker one, on
processors without units for bfloat16; otherwise, and to fetch a model, by openai-whisper. Where weights are neither on
disk nor to be had, it falls back to the engine in the box, and everything that one produces is provisional.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from callqa.engines import ENGINES, LISTENING, make_engine
from callqa.engines.base import BatchEngine, DownloadProgress
from callqa.engines.openai_whisper import precision
from callqa.errors import ModelUnavailable, UsageError
from callqa.settings import EngineSettings

CHOICES = ("auto", *LISTENING)
"""What `--engine` takes."""

PROVISIONAL_ENGINE = "pocketsphinx"
"""The engine in the box: it hears real words, too few of them right to rely on."""


@dataclass(frozen=True)
class Choice:
    """The engine to listen with, whether its transcripts are provisional, and what to tell the user about it."""

    settings: EngineSettings
    provisional: bool
    note: str | None = None


def check_choice(settings: EngineSettings) -> None:
    """Refuse engines and models nobody knows, before anything else is done. Raises UsageError."""
    name = settings.engine
    if name == "auto":
        name = "faster-whisper" if _is_folder(settings.model) else "whisper"
    if name not in ENGINES:
        raise UsageError(f"no engine is called {settings.engine!r}; choose one of {', '.join(CHOICES)}")
    _ = make_engine(replace(settings, engine=name)).info


def choose(settings: EngineSettings, *, download: bool = True, progress: DownloadProgress | None = None) -> Choice:
    """Settle on an engine, fetching Whisper's weights where that is needed and allowed.

    Raises ModelUnavailable where Whisper was asked for by name and cannot be had, UsageError for an unknown name.
    """
    if settings.engine == PROVISIONAL_ENGINE:
        note = "pocketsphinx hears too little to rely on: whatever it gives is provisional."
        return Choice(settings, provisional=True, note=note)
    if settings.engine == "auto" and _faster(settings):
        settings = replace(settings, engine="faster-whisper")
    if settings.engine == "faster-whisper" and not download:
        return Choice(replace(settings, offline=True), provisional=False)
    if settings.engine not in ("auto", "whisper"):
        return Choice(settings, provisional=False)
    from callqa.engines.whisper_common import weights

    whisper = replace(settings, engine="whisper")
    model = weights.model_name(settings.model, settings.language)
    if weights.on_disk(model, settings.model_dir):
        return Choice(whisper, provisional=False)
    try:
        if not download:
            raise ModelUnavailable(f"the Whisper model {model} is not on this machine")
        weights.fetch(model, progress, folder=settings.model_dir, offline=settings.offline)
    except ModelUnavailable as error:
        if settings.engine == "whisper":
            raise
        if settings.language != "en":
            raise UsageError(f"{str(error).rstrip('.')}. The engine in the box knows English only.") from error
        fallback = replace(settings, engine=PROVISIONAL_ENGINE, model=None)
        reason = str(error).partition(". Try again")[0].rstrip(".")
        instead = f"{PROVISIONAL_ENGINE} listens instead, too poorly to judge anyone by; callqa doctor says what to do"
        return Choice(fallback, provisional=True, note=f"{reason[:1].upper()}{reason[1:]}. {instead}.")
    return Choice(whisper, provisional=False)


def on_gpu(settings: EngineSettings) -> bool:
    """Whether the engine computes on a GPU. Raises EngineError where the one asked for is not there."""
    engine = make_engine(settings)
    return isinstance(engine, BatchEngine) and engine.spares_processor


def _faster(settings: EngineSettings) -> bool:
    """Whether `auto` means faster-whisper: for its own models, and where it is quicker and everything is there."""
    from callqa.engines.faster_whisper import ct2_models
    from callqa.engines.whisper_common import weights

    if _is_folder(settings.model):
        return True
    model = weights.model_name(settings.model, settings.language)
    if settings.device not in (None, "cpu") or model not in ct2_models.NAMES or not ct2_models.installed():
        return False
    if precision.planned("cpu") == "bfloat16" or (settings.device is None and ct2_models.devices()):
        return False
    return ct2_models.find(model, settings.model_dir) is not None


def _is_folder(model: str | None) -> bool:
    return model is not None and Path(model).expanduser().is_dir()
