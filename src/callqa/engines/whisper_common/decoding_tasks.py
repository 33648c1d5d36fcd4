"""Windows on their way through a decoder, and the limits and random seeds of decoding them.

An engine's decoder is a function of type `Decode`: it takes tasks from a `NextTask` as it has room for them, and yields
each task when all of its window is decoded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from callqa.engines.base import SAMPLE_RATE
from callqa.engines.whisper_common.spectrograms import FRAMES_PER_SECOND, WINDOW_FRAMES
from callqa.engines.whisper_common.windows import Window

TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Temperatures to decode a window at until the text is good enough: greedily first, then by sampling. openai-whisper's
own values."""

SPOKEN_TOKENS, SPARE_TOKENS = 10, 24
"""Tokens that a text may have for each second of audio, and in addition. People say three or four a second, six when
they hurry; a longer text is a repetition loop. openai-whisper stops at 224, which this limit reaches at 20 seconds."""

LEAST_STEP = 100
"""Frames that decoding advances at least, if a text ended too early: it may end after 0.02 s again and again, and each
time costs as much as a whole window."""


@dataclass
class DecodingTask:
    """A window that is being decoded.

    `recording` is the index of the recording it belongs to, and `number` its place in that recording. A `language` of
    None is set by the decoder when it has detected the language. `segments` receives the result, in the form of
    `whisper.transcribe`. `seek` is the frame from which decoding continues. `spectrogram` belongs to the decoder.
    """

    recording: int
    number: int
    window: Window
    language: str | None
    segments: list[dict[str, Any]] = field(default_factory=list)
    seek: int = 0
    spectrogram: Any = None

    @property
    def frames_left(self) -> int:
        """Frames of the spectrogram that hold audio and are still to be decoded."""
        return int(len(self.window.samples) // (SAMPLE_RATE // FRAMES_PER_SECOND)) - self.seek

    @property
    def part_frames(self) -> int:
        """Frames that the encoder takes in next, without padding."""
        return min(self.frames_left, WINDOW_FRAMES)

    @property
    def part(self) -> Any:
        """The part of the spectrogram that the encoder takes in next, without padding: (mels, frames)."""
        return self.spectrogram[:, self.seek : self.seek + WINDOW_FRAMES]

    def most_tokens(self, limit: int) -> int:
        """Return the number of tokens that the next text may have, at most `limit`."""
        return min(limit, round(self.frames_left / FRAMES_PER_SECOND * SPOKEN_TOKENS) + SPARE_TOKENS)

    def seed(self, salt: str, bits: int) -> int:
        """Return a random seed that depends only on the samples and `salt`: the first `bits` of their SHA-256."""
        digest = hashlib.sha256(self.window.samples.tobytes())
        digest.update(salt.encode())
        return int.from_bytes(digest.digest()) >> (digest.digest_size * 8 - bits)


NextTask = Callable[[bool], DecodingTask | None]
"""Returns the next task. If there is none at the moment, it waits for one if called with True, and returns None if
called with False. Called with True, None means that there are no more tasks."""

Decode = Callable[[NextTask], Generator[DecodingTask, None, None]]
"""Takes tasks until there are no more, and yields each when it is decoded, in any order."""


class ChannelLanguages:
    """The language of each channel of each recording, detected in the channel's first window."""

    def __init__(self) -> None:
        self._languages: dict[tuple[int, int], str] = {}

    def clear(self) -> None:
        """Forget all languages."""
        self._languages.clear()

    def language_of(self, task: DecodingTask, detect: Callable[[], str]) -> str:
        """Return a task's language, setting it first if it is None; `detect` is called for a new channel only."""
        if task.language is None:
            channel = task.recording, task.window.channel
            task.language = self._languages.get(channel) or detect()
            self._languages[channel] = task.language
        return task.language
