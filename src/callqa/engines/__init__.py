"""The table of speech engines. A new engine is a module in this package and an entry in ENGINES."""

from __future__ import annotations

import importlib
from typing import cast

from callqa.engines.base import Engine
from callqa.errors import UsageError
from callqa.settings import EngineSettings

ENGINES: dict[str, str] = {
    "whisper": "callqa.engines.openai_whisper.engine:WhisperEngine",
    "faster-whisper": "callqa.engines.faster_whisper.engine:FasterWhisperEngine",
    "pocketsphinx": "callqa.engines.pocketsphinx_engine:PocketsphinxEngine",
    "transcript": "callqa.engines.transcript_file:TranscriptFileEngine",
    "scripted": "callqa.engines.scripted_engine:ScriptedEngine",
}
"""The name of each engine and its class, as `module:class`. A module is imported when its engine is first made."""

AUDIO_ENGINES = ("whisper", "faster-whisper", "pocketsphinx")
"""The engines that recognise speech in audio: those that a user can choose."""

BATCH_ENGINES = ("whisper", "faster-whisper")
"""The engines that are faster when they are given several recordings at a time."""


def make_engine(settings: EngineSettings) -> Engine:
    """Make the engine named in the settings; no model is loaded yet.

    Raises UsageError for an unknown engine, and for settings that the engine does not support.
    """
    target = ENGINES.get(settings.engine)
    if target is None:
        raise UsageError(f"no engine is called {settings.engine!r}; choose one of {', '.join(ENGINES)}")
    module, _, name = target.partition(":")
    return cast(Engine, getattr(importlib.import_module(module), name)(settings))
