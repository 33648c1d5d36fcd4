"""What a run was asked to do, as frozen values that pickle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MIN_CALLS_TO_COMPARE = 10
"""Scored calls an agent needs before anyone should compare scores: fewer cannot tell 70 from 90."""

PREFERRED_MODEL = "base.en"
"""The Whisper model used where none is named: the smallest that is useful on telephone speech, on any machine."""


@dataclass(frozen=True)
class EngineSettings:
    """Which engine recognises speech, and how.

    `model` None means the engine's own default; `device` None means the engine chooses; `threads` None leaves
    the number of threads to the engine's library. `model_dir` is the folder of the model files, None the usual one;
    with `offline` no model is ever fetched.
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
    """How a recording becomes a transcript: the engine, whether it is provisional, and the cache."""

    engine: EngineSettings
    provisional: bool = False
    cache: Path | None = None
    """Folder of cached transcripts; None keeps none."""
    agent_channel: int | None = None
    """The agent's channel, counted from 0; None works it out from the words."""
    readers: int | None = None
    """Processes that read recordings for an engine that computes on a GPU; None leaves their number to the machine."""


def default_cache() -> Path:
    """Return the folder where transcripts are cached unless another one is given."""
    from platformdirs import user_cache_path

    return user_cache_path("callqa") / "transcripts"
