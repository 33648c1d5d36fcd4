"""Short excerpts of a long recording, cut without decoding the rest if the format allows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from callqa.audio.decoding import RATE, OpenedAudio, Track, blocks, frames, opened_audio, probe
from callqa.audio.length import Tally
from callqa.core.timeline import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SEEKABLE = frozenset(["wav", "w64", "flac", "ogg", "mov", "matroska", "aiff", "au", "caf"])
"""Containers in which FFmpeg seeks to a second exactly. In an MP3 it estimates, and a raw stream has no times."""

PREROLL = 0.5
"""Seconds decoded before an excerpt: Opus needs 80 ms to settle after a seek (RFC 7845, section 4.6), and MP4 seeks to
the packet before."""

SAME_LENGTH = 1.0
"""Seconds by which the length in a header may differ from the known length of the recording. If it differs by more, the
clock in the file jumps, and its timestamps are not the seconds a player shows."""


def excerpts(
    path: Path, spans: Sequence[Span], rate: int = RATE, *, length: float | None = None
) -> Iterator[tuple[Span, NDArray[np.float32]]]:
    """Cut spans out of a recording and yield each with its samples, in the order given.

    The samples have the shape (channels, samples) at `rate` Hz; they are shorter than the span only if the recording
    ends before it, and exact to some milliseconds if the codec has to settle first. `length` is the known length of the
    recording in seconds; without it, the file is read from its beginning. Raises RecordingError.
    """
    cut = None if length is None else _by_seeking(path, spans, rate, length)
    yield from zip(spans, cut if cut is not None else _by_reading(path, spans, rate), strict=True)


def _by_seeking(path: Path, spans: Sequence[Span], rate: int, length: float) -> list[NDArray[np.float32]] | None:
    """Return the samples of the spans; None if the seconds of the file cannot be found by seeking."""
    header = probe(path)
    if header.container not in SEEKABLE or header.duration is None or abs(header.duration - length) > SAME_LENGTH:
        return None
    cut = []
    with opened_audio(path) as opened:
        if opened.container.start_time is None:
            return None
        for span in spans:
            samples = _seek_and_decode(opened, span, rate)
            if samples is None:
                return None
            cut.append(samples)
    return cut


def _seek_and_decode(opened: OpenedAudio, span: Span, rate: int) -> NDArray[np.float32] | None:
    """Return the samples of a span; None if the file cannot be searched or the seek ended behind the span's start."""
    import av
    import numpy as np

    wanted = opened.container.start_time + round(max(0.0, span.start - PREROLL) * 1_000_000)
    try:
        opened.container.seek(wanted)
    except av.error.FFmpegError:
        return None
    track: Track | None = None
    begin = 0.0
    pieces: list[NDArray[np.float32]] = []
    for frame, at in frames(opened, Tally()):
        if track is None:
            if at is None or at > max(span.start, 0.0) + 0.01:
                return None
            begin = max(0.0, at)
            track = Track(rate, begin)
        pieces += track.add(frame, at)
        if track.seconds >= span.end:
            break
    if track is None:
        return None
    pieces += track.flush()
    samples = np.concatenate(pieces, axis=1)
    skipped = round(begin * rate)
    return samples[:, max(0, round(span.start * rate) - skipped) : max(0, round(span.end * rate) - skipped)].copy()


def _by_reading(path: Path, spans: Sequence[Span], rate: int) -> list[NDArray[np.float32]]:
    """Return the samples of the spans, reading the file from its beginning to the end of the last span."""
    import numpy as np

    parts: list[list[NDArray[np.float32]]] = [[] for _ in spans]
    wanted = [(round(span.start * rate), round(span.end * rate)) for span in spans]
    last = max((end for _, end in wanted), default=0)
    at = channels = 0
    for block in blocks(path, rate):
        channels = len(block)
        for part, (start, end) in zip(parts, wanted, strict=True):
            part.append(block[:, max(0, start - at) : max(0, end - at)])
        at += block.shape[1]
        if at >= last:
            break
    return [np.concatenate([np.zeros((channels, 0), np.float32), *part], axis=1) for part in parts]
