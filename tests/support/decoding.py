"""A miniature Whisper model and windows for its decoder, shared by the tests of decoding."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Sequence
from typing import Any

import torch
from whisper.tokenizer import get_tokenizer

from callqa.core.timeline import Span
from callqa.engines.openai_whisper.decoder import Decoder
from callqa.engines.openai_whisper.network import Network
from callqa.engines.whisper_common.decoding_tasks import DecodingTask
from callqa.engines.whisper_common.windows import Piece, Window
from support.audio_files import noise
from support.miniature_whisper import SURE, build

LENGTHS = (2.0, 6.5, 0.004, 8.0, 4.0)
"""Seconds of the windows that are decoded."""

SCRIPTS = {
    "one segment": "0 hello this is 300",
    "no end": "0 hello this is",
    "two segments": "0 hello this 50 50 is fine 90",
    "broken off": "0 hello this 100 100 is",
    "broken off at a pair": "0 hello this 80 90 is fine 150 150",
}
"""Texts of the miniature: words, and timestamps in steps of 0.02 s."""


@functools.cache
def english() -> Any:
    """Return the tokenizer of English."""
    with warnings.catch_warnings(action="ignore"):
        return get_tokenizer(False, num_languages=99, language="en", task="transcribe")


@functools.cache
def miniature(script: str, sure: float = SURE) -> Any:
    """Return a model that says one of the SCRIPTS in every window."""
    tokens = [
        token
        for mark in SCRIPTS[script].split()
        for token in ([english().timestamp_begin + int(mark)] if mark.isdigit() else english().encode(" " + mark))
    ]
    return build("", sure=sure, language=None, script=tokens)


@functools.cache
def network(script: str = "one segment", sure: float = SURE, dtype: torch.dtype = torch.float32) -> Network:
    """Return the network of a miniature."""
    return Network(miniature(script, sure), dtype)


def windows() -> list[Window]:
    """Return a window for each of the LENGTHS."""
    return [window(seconds, number) for number, seconds in enumerate(LENGTHS)]


def window(seconds: float, number: int) -> Window:
    """Return a window of noise, which is fainter the higher its number is."""
    span = Span(0.0, seconds)
    return Window(number % 2, (Piece(span, span),), noise(seconds, -20 - number))


def decode_windows(
    decoder: Decoder, windows: Sequence[Window], language: str | None = "en", most: int | None = None
) -> list[list[dict[str, Any]]]:
    """Return the segments of each window, with at most `most` windows in progress at a time."""
    waiting = [DecodingTask(number, 0, window, language) for number, window in enumerate(windows)][::-1]
    in_progress: set[int] = set()

    def next_task(wait: bool) -> DecodingTask | None:
        if not waiting or (most is not None and len(in_progress) >= most):
            assert not (wait and waiting)
            return None
        in_progress.add(waiting[-1].recording)
        return waiting.pop()

    found: dict[int, list[dict[str, Any]]] = {}
    for task in decoder.run(next_task):
        in_progress.discard(task.recording)
        found[task.recording] = task.segments
    return [found[number] for number in range(len(windows))]
