"""The fingerprint of an engine that runs a Whisper model: everything that affects the recognised words."""

from __future__ import annotations

from collections.abc import Mapping

from callqa.engines.whisper_common.decoding_tasks import LEAST_STEP, SPARE_TOKENS, SPOKEN_TOKENS, TEMPERATURES
from callqa.engines.whisper_common.postprocessing import COMPRESSION_LIMIT, LOGPROB_LIMIT, NO_SPEECH_LIMIT
from callqa.engines.whisper_common.windows import JOIN_SECONDS, WINDOW_SECONDS
from callqa.settings import EngineSettings


def whisper_fingerprint(
    settings: EngineSettings, versions: Mapping[str, str], weights: str, precision: str, method: int
) -> str:
    """Return the fingerprint of an engine with these settings.

    `versions` are those of the packages that compute; `weights` is a checksum, or `official`. `method` is a number that
    the engine increases when its decoding changes in a way that no other part of the fingerprint shows.
    """
    parts: dict[str, object] = {
        **versions,
        "language": settings.language,
        "device": (settings.device or "auto").partition(":")[0],
        "weights": weights,
        "precision": precision,
        "window": (WINDOW_SECONDS, JOIN_SECONDS),
        "temperature": TEMPERATURES,
        "compression_ratio_threshold": COMPRESSION_LIMIT,
        "logprob_threshold": LOGPROB_LIMIT,
        "no_speech_threshold": NO_SPEECH_LIMIT,
        "longest": (SPOKEN_TOKENS, SPARE_TOKENS),
        "step": LEAST_STEP,
        "method": method,
    }
    return " ".join(f"{key}={value}" for key, value in parts.items())
