"""The speech engines by name. A new engine is one file here and one line in the table."""

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
"""Name → where it lives. Nothing is imported before its name is asked for."""

LISTENING = ("whisper", "faster-whisper", "pocketsphinx")
"""The engines a user may choose to hear audio with."""

BATCHING = ("whisper", "faster-whisper")
"""Those that are quicker with several recordings at a time."""


def make_engine(settings: EngineSettings) -> Engine:
    """Build the engine the settings name; no model is loaded yet.

    Raises UsageError for an unknown engine or a model the engine does not know.
    """
    place = ENGINES.get(settings.engine)
    if place is None:
        raise UsageError(f"no engine is called {settings.engine!r}; choose one of {', '.join(ENGINES)}")
    module, _, name = place.partition(":")
    return cast(Engine, getattr(importlib.import_module(module), name)(settings))
