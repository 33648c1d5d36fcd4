"""Clips of speech packed into the 30-second windows that Whisper takes, and the way back to times of the recording.

Whisper spends as much time on two seconds as on thirty, so clips of one channel are joined, in order of time and with a
short silence between them, until a window is full. Channels are never mixed. A window remembers the place of each clip,
so that the time of a word in the window can be converted to a time of the recording.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from callqa.core.timeline import Span
from callqa.engines.base import SAMPLE_RATE, Clip

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WINDOW_SECONDS = 30.0
"""The most audio in one window: what Whisper's encoder takes in at once."""

JOIN_SECONDS = 0.2
"""Silence between two clips of a window, so that the last word of one and the first of the next stay apart."""


@dataclass(frozen=True)
class Piece:
    """The place of a clip: `inside` is its span in the window, `span` its span in the recording, in seconds."""

    inside: Span
    span: Span


@dataclass(frozen=True)
class Window:
    """Joined clips of one channel: float32 mono `samples` at SAMPLE_RATE, and the place of each clip."""

    channel: int
    pieces: tuple[Piece, ...]
    samples: NDArray[np.float32] = field(compare=False, repr=False)

    @property
    def seconds(self) -> float:
        """Length of the joined audio."""
        return self.pieces[-1].inside.end

    def piece_at(self, seconds: float) -> int:
        """Return the index of the clip at this time of the window; in a silence between two, of the nearest clip."""
        borders = [(left.inside.end + right.inside.start) / 2 for left, right in pairwise(self.pieces)]
        return bisect_right(borders, seconds)

    def in_recording(self, index: int, seconds: float) -> float:
        """Convert a time of the window to a time of the recording, kept inside the clip with this index."""
        piece = self.pieces[index]
        moment = round(piece.span.start + seconds - piece.inside.start, 3)
        return min(max(moment, piece.span.start), piece.span.end)


def pack(clips: Iterable[Clip], limit: float = WINDOW_SECONDS, join: float = JOIN_SECONDS) -> Iterator[Window]:
    """Join the clips of each channel into windows of at most `limit` seconds, with `join` seconds between two clips.

    The clips of a channel come in order of time. A window is yielded as soon as the next clip of its channel does not
    fit, so at most one window per channel is held. Longer clips are split; empty ones are left out.
    """
    waiting: dict[int, list[Clip]] = {}
    for clip in clips:
        for part in split(clip, limit):
            held = waiting.setdefault(part.channel, [])
            if held and _samples(join) * len(held) + sum(map(_length, held)) + _length(part) > _samples(limit):
                yield _window(held, join)
                held.clear()
            held.append(part)
    for held in waiting.values():
        yield _window(held, join)


def split(clip: Clip, limit: float) -> Iterator[Clip]:
    """Split a clip into equal parts of at most `limit` seconds; a clip without samples has no parts."""
    length = _length(clip)
    if not length:
        return
    step = math.ceil(length / math.ceil(length / _samples(limit)))
    for first in range(0, length, step):
        last = min(first + step, length)
        start = min(clip.span.start + first / SAMPLE_RATE, clip.span.end)
        end = clip.span.end if last == length else min(clip.span.start + last / SAMPLE_RATE, clip.span.end)
        yield Clip(clip.channel, Span(start, end), clip.samples[first:last])


def _window(clips: list[Clip], join: float) -> Window:
    import numpy as np

    silence = np.zeros(_samples(join), dtype=np.float32)
    parts: list[NDArray[np.float32]] = []
    pieces: list[Piece] = []
    at = 0
    for clip in clips:
        if parts:
            parts.append(silence)
            at += len(silence)
        parts.append(clip.samples)
        pieces.append(Piece(Span(at / SAMPLE_RATE, (at + _length(clip)) / SAMPLE_RATE), clip.span))
        at += _length(clip)
    return Window(clips[0].channel, tuple(pieces), np.concatenate(parts))


def _samples(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)


def _length(clip: Clip) -> int:
    return int(clip.samples.shape[0])
