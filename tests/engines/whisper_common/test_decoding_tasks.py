from __future__ import annotations

import hashlib

import numpy as np

from callqa.core.timeline import Span
from callqa.engines.whisper_common.decoding_tasks import ChannelLanguages, DecodingTask
from callqa.engines.whisper_common.windows import Piece, Window

SECONDS = 2.0


def task(recording: int = 0, number: int = 0, language: str | None = "en") -> DecodingTask:
    samples = np.full(round(SECONDS * 16_000), 0.5, np.float32)
    span = Span(0, SECONDS)
    return DecodingTask(recording, number, Window(0, (Piece(span, span),), samples), language)


def test_frames_and_tokens_shrink_as_decoding_advances() -> None:
    one = task()
    assert (one.frames_left, one.part_frames, one.most_tokens(1000)) == (200, 200, 44)
    one.seek = 150
    assert (one.frames_left, one.part_frames, one.most_tokens(1000), one.most_tokens(20)) == (50, 50, 29, 20)


def test_seeds_are_the_first_bits_of_a_checksum() -> None:
    one = task()
    digest = hashlib.sha256(one.window.samples.tobytes() + b"0 0.2").digest()
    assert one.seed("0 0.2", 56) == int.from_bytes(digest[:7])
    assert one.seed("0 0.2", 31) == int.from_bytes(digest[:4]) >> 1
    assert one.seed("0 0.4", 56) != one.seed("0 0.2", 56) == task(recording=3).seed("0 0.2", 56)


def test_a_language_is_detected_once_for_each_channel_of_a_recording() -> None:
    languages = ChannelLanguages()
    detected = iter(["de", "fr"])
    tasks = [task(0, 0, None), task(0, 1, None), task(1, 0, None), task(1, 1, "en")]
    found = [languages.language_of(one, lambda: next(detected)) for one in tasks]
    assert found == [one.language for one in tasks] == ["de", "de", "fr", "en"]
