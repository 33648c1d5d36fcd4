"""Short stretches of a long recording, without decoding what lies between them where the file allows it."""

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
"""Containers in which FFmpeg finds a second exactly. In an MP3 it estimates, and a raw stream holds no times at all."""

PREROLL = 0.5
"""Seconds decoded before an excerpt: Opus asks for 80 ms to settle after a seek (RFC 7845, section 4.6), and MP4 lands
on the packet before."""

SAME_LENGTH = 1.0
"""Seconds by which a header may differ from the length the recording is known to have. Where it differs by more, the
clock in the file jumps, and its timestamps do not lead to the seconds of a player."""


def excerpts(
    path: Path, spans: Sequence[Span], rate: int = RATE, *, length: float | None = None
) -> Iterator[tuple[Span, NDArray[np.float32]]]:
    """Cut spans out of a recording, in the order given.

    Each comes with samples of shape (channels, samples) at `rate` Hz, shorter only where the recording ends before the
    span does, and exact to some milliseconds where a codec has to settle first. `length` is how many seconds the
    recording is known to have; without it, the file is read from its beginning. Raises RecordingError.
    """
    cut = None if length is None else _by_seeking(path, spans, rate, length)
    yield from zip(spans, cut if cut is not None else _by_reading(path, spans, rate), strict=True)


def _by_seeking(path: Path, spans: Sequence[Span], rate: int, length: float) -> list[NDArray[np.float32]] | None:
    """The samples of the spans; None where the file does not let its seconds be found."""
    header = probe(path)
    if header.container not in SEEKABLE or header.duration is None or abs(header.duration - length) > SAME_LENGTH:
        return None
    cut = []
    with opened_audio(path) as opened:
        if opened.container.start_time is None:
            return None
        for span in spans:
            samples = _at(opened, span, rate)
            if samples is None:
                return None
            cut.append(samples)
    return cut


def _at(opened: OpenedAudio, span: Span, rate: int) -> NDArray[np.float32] | None:
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
    """The samples of the spans, from the beginning of the file to the end of the last of them."""
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
