"""A miniature Whisper model and windows for its decoder: what the tests of decoding share."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Sequence
from typing import Any

import torch
from whisper.tokenizer import get_tokenizer

from callqa.core.timeline import Span
from callqa.engines.openai_whisper.decoder import Decoder, Task
from callqa.engines.openai_whisper.network import Network
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
"""What the miniature says: words, and timestamps in steps of 0.02 s."""


@functools.cache
def english() -> Any:
    with warnings.catch_warnings(action="ignore"):
        return get_tokenizer(False, num_languages=99, language="en", task="transcribe")


@functools.cache
def miniature(said: str, sure: float = SURE) -> Any:
    script = [
        token
        for mark in SCRIPTS[said].split()
        for token in ([english().timestamp_begin + int(mark)] if mark.isdigit() else english().encode(" " + mark))
    ]
    return build("", sure=sure, language=None, script=script)


@functools.cache
def network(said: str = "one segment", sure: float = SURE, dtype: torch.dtype = torch.float32) -> Network:
    return Network(miniature(said, sure), dtype)


def windows() -> list[Window]:
    return [window(seconds, number) for number, seconds in enumerate(LENGTHS)]


def window(seconds: float, number: int) -> Window:
    span = Span(0.0, seconds)
    return Window(number % 2, (Piece(span, span),), noise(seconds, -20 - number))


def decoded(
    decoder: Decoder, made: Sequence[Window], language: str | None = "en", most: int | None = None
) -> list[list[dict[str, Any]]]:
    """What is found in each window, in their order; of `most` windows under way at a time."""
    waiting = [Task(number, 0, window, language) for number, window in enumerate(made)][::-1]
    under_way: set[int] = set()

    def take(wait: bool) -> Task | None:
        if not waiting or (most is not None and len(under_way) >= most):
            assert not (wait and waiting)
            return None
        under_way.add(waiting[-1].owner)
        return waiting.pop()

    found: dict[int, list[dict[str, Any]]] = {}
    for task in decoder.run(take):
        under_way.discard(task.owner)
        found[task.owner] = task.found
    return [found[number] for number in range(len(made))]
