"""Settings of a run, as frozen values that pickle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MIN_CALLS_TO_COMPARE = 10
"""Scored calls an agent needs before anyone should compare scores: with fewer, 70 and 90 cannot be distinguished."""

PREFERRED_MODEL = "base.en"
"""The Whisper model used by default: the smallest that is useful on telephone speech, on any machine."""


@dataclass(frozen=True)
class EngineSettings:
    """Settings of the engine that recognises speech.

    `model` None is the engine's default; `device` None lets the engine choose; `threads` None leaves the number of
    threads to the engine's library. `model_dir` is the folder of model files, None the usual one; with `offline` no
    model is ever downloaded.
    """

    engine: str
    model: str | None = None
    language: str = "en"
    device: str | None = None
    threads: int | None = None
    model_dir: Path | None = None
    offline: bool = False


@dataclass(frozen=True)
class ListenSettings:
    """Settings of transcription: the engine, whether its transcripts are provisional, and the cache."""

    engine: EngineSettings
    provisional: bool = False
    cache: Path | None = None
    """Folder of cached transcripts; None for no cache."""
    agent_channel: int | None = None
    """The agent's channel, counted from 0; None works it out from the words."""
    readers: int | None = None
    """Processes that read recordings for an engine on a GPU; None chooses by the machine."""


def default_cache() -> Path:
    """Return the folder where transcripts are cached unless another one is given."""
    from platformdirs import user_cache_path

    return user_cache_path("callqa") / "transcripts"
