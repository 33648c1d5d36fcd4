"""The engine that a run uses: the one asked for or, for `auto`, the best that is available.

`auto` chooses Whisper, with a model from an installed package if there is one. It runs on faster-whisper if that is
installed, has the model on disk and is faster than openai-whisper, which it is on processors without units for
bfloat16. Otherwise, and whenever a model must be downloaded, it runs on openai-whisper. If the weights are not on disk
and cannot be downloaded, `auto` falls back to the built-in engine, whose transcripts are all provisional.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from callqa.engines import AUDIO_ENGINES, ENGINES, make_engine
from callqa.engines.base import BatchEngine, DownloadProgress
from callqa.errors import ModelUnavailable, UsageError
from callqa.settings import EngineSettings

ENGINE_OPTIONS = ("auto", *AUDIO_ENGINES)
"""The values of `--engine`."""

PROVISIONAL_ENGINE = "pocketsphinx"
"""The built-in engine: it needs no download, but too few of the words it recognises are right to rely on."""


@dataclass(frozen=True)
class EngineSelection:
    """The settings of the selected engine, whether its transcripts are provisional, and a note for the user."""

    settings: EngineSettings
    provisional: bool
    note: str | None = None


def check_engine(settings: EngineSettings) -> None:
    """Refuse unknown engines and models before anything else is done. Raises UsageError."""
    from callqa.engines.faster_whisper import ct2_models

    name = settings.engine
    if name == "auto":
        name = "faster-whisper" if _is_folder(settings.model) and ct2_models.installed() else "whisper"
    if name not in ENGINES:
        raise UsageError(f"no engine is called {settings.engine!r}; choose one of {', '.join(ENGINE_OPTIONS)}")
    _ = make_engine(replace(settings, engine=name)).info


def select_engine(
    settings: EngineSettings, *, download: bool = True, progress: DownloadProgress | None = None
) -> EngineSelection:
    """Select an engine, downloading Whisper's weights if that is needed and allowed.

    Raises ModelUnavailable if Whisper was asked for by name and is not available, UsageError for an unknown name.
    """
    if settings.engine == PROVISIONAL_ENGINE:
        note = "pocketsphinx is not accurate enough to rely on: all its transcripts are provisional."
        return EngineSelection(settings, provisional=True, note=note)
    if settings.engine == "auto" and _prefers_faster_whisper(settings):
        settings = replace(settings, engine="faster-whisper")
    if settings.engine == "faster-whisper" and not download:
        return EngineSelection(replace(settings, offline=True), provisional=False)
    if settings.engine not in ("auto", "whisper"):
        return EngineSelection(settings, provisional=False)
    try:
        _provide_weights(settings, download, progress)
    except ModelUnavailable as error:
        if settings.engine == "whisper":
            raise
        return _fall_back(settings, error)
    return EngineSelection(replace(settings, engine="whisper"), provisional=False)


def runs_on_gpu(settings: EngineSettings) -> bool:
    """Return True if the engine computes on a GPU. Raises EngineError if the GPU asked for does not exist."""
    engine = make_engine(settings)
    return isinstance(engine, BatchEngine) and engine.uses_gpu


def _provide_weights(settings: EngineSettings, download: bool, progress: DownloadProgress | None) -> None:
    """Make sure that openai-whisper's weights are on disk. Raises ModelUnavailable if they are not."""
    from callqa.engines.openai_whisper import weights
    from callqa.engines.whisper_common.model_names import model_name

    model = model_name(settings.model, settings.language)
    if weights.on_disk(model, settings.model_dir):
        return
    if not download:
        raise ModelUnavailable(f"the Whisper model {model} is not on this machine")
    weights.fetch(model, progress, folder=settings.model_dir, offline=settings.offline)


def _fall_back(settings: EngineSettings, error: ModelUnavailable) -> EngineSelection:
    """Select the built-in engine instead of Whisper. Raises UsageError for a language other than English."""
    if settings.language != "en":
        raise UsageError(f"{str(error).rstrip('.')}. The built-in engine supports only English.") from error
    fallback = replace(settings, engine=PROVISIONAL_ENGINE, model=None)
    reason = str(error).partition(". Try again")[0].rstrip(".")
    instead = f"{PROVISIONAL_ENGINE} is used instead, too inaccurate to judge anyone by; callqa doctor says what to do"
    return EngineSelection(fallback, provisional=True, note=f"{reason[:1].upper()}{reason[1:]}. {instead}.")


def _prefers_faster_whisper(settings: EngineSettings) -> bool:
    """Return True if `auto` means faster-whisper: for a model in its form, or if it is ready and faster here."""
    from callqa.engines.faster_whisper import ct2_models
    from callqa.engines.openai_whisper.precision import expected_precision
    from callqa.engines.packaged_models import find_packaged
    from callqa.engines.whisper_common.model_names import model_name

    if not ct2_models.installed() or settings.device not in (None, "cpu"):
        return False
    if _is_folder(settings.model):
        return True
    model = model_name(settings.model, settings.language)
    packaged = find_packaged(model)
    if packaged is None and model not in ct2_models.NAMES:
        return False
    if expected_precision("cpu") == "bfloat16" or (settings.device is None and ct2_models.device_count()):
        return False
    return packaged is not None or ct2_models.find(model, settings.model_dir) is not None


def _is_folder(model: str | None) -> bool:
    return model is not None and Path(model).expanduser().is_dir()
