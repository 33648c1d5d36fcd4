"""Sound files of any format FFmpeg decodes, as channels of float32 samples, streamed.

Nothing here holds a whole recording: a two-hour stereo file takes no more memory than a two-minute one. Files
are opened by their bytes and never by a playlist's or a link's address, so nothing is ever fetched.

Every function raises RecordingError where the file cannot be used, in one sentence that says what to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from callqa.audio import container_headers
from callqa.audio.length import Tally, promised_duration, refuse_incomplete
from callqa.audio.opening import opened_file
from callqa.core.timeline import Span
from callqa.errors import RecordingError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 16_000
"""Hz of the samples given where nothing else is asked for: what speech models work on."""

BLOCK_SECONDS = 1.0
"""The shortest block given, but for the last one."""

CONTAINERS = (
    "wav,w64,mp3,flac,ogg,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,aac,loas,amr,amrnb,amrwb,aiff,au,caf,asf,avi,ac3,eac3,"
    "mpeg,mpegts,flv,gsm,g722,g729,sln,voc,dss,wv,ape,tta,rm,nistsphere"
)
"""FFmpeg's names of the containers that are read. Playlists and lists of files (hls, concat, dash, sdp …) are not among
them: a text file named .wav must not make callqa open other files or addresses."""

MAX_GAP = 3600.0
"""Seconds. A longer jump in the timestamps is a clock that was set, not silence that was left out."""

MIN_GAP = 0.1
"""Seconds. Shorter jumps in the timestamps are rounding of the container's clock."""

MAX_OVERLAP = 1.0
"""Seconds. Timestamps that go back further belong to another recording put behind the first in one file."""


MAX_CHANNELS = 8
"""7.1 surround. With more, a file is no recording of a call, and PyAV reads past the samples of such frames."""

RATES = range(2_000, 384_001)
"""Hz. Outside of these a header is damaged, and resampling by it would take minutes and gigabytes."""


@dataclass(frozen=True)
class AudioHeader:
    """What a sound file says about itself: `sample_rate` in Hz, `duration` in seconds, None where it says none."""

    container: str
    codec: str
    sample_rate: int
    channels: int
    duration: float | None


@dataclass(frozen=True)
class OpenedAudio:
    """A sound file that is open: its bytes, PyAV's container, and the best audio stream in it."""

    file: BinaryIO
    container: Any
    stream: Any


def probe(path: Path) -> AudioHeader:
    """Read a file's header, decoding nothing."""
    with opened_audio(path) as opened:
        codec = opened.stream.codec_context
        duration = promised_duration(opened.file, opened.container, opened.stream)
        if duration is None and opened.container.duration is not None:
            duration = opened.container.duration / 1_000_000
        return AudioHeader(
            container=opened.container.format.name.partition(",")[0],
            codec=codec.codec.canonical_name,
            sample_rate=codec.sample_rate,
            channels=codec.channels,
            duration=duration,
        )


def blocks(path: Path, rate: int = RATE) -> Iterator[NDArray[np.float32]]:
    """Decode the best audio stream of a file, resampled to `rate` Hz.

    Yields blocks of shape (channels, samples) in [-1, 1], each of BLOCK_SECONDS or little more and the last one
    shorter. Mono and stereo keep their channels; more channels are mixed into one. Pauses left out of the file, as
    browsers and muted lines leave them, are given back as silence, so that times are those of a player.

    The error for a file that ends before its header says it does comes when all there is was read.
    """
    import numpy as np

    waiting: list[NDArray[np.float32]] = []
    samples = 0
    for piece in _pieces(path, rate):
        waiting.append(piece)
        samples += piece.shape[1]
        if samples >= BLOCK_SECONDS * rate:
            yield np.concatenate(waiting, axis=1)
            waiting, samples = [], 0
    if samples:
        yield np.concatenate(waiting, axis=1)


def clips_of(
    path: Path, spans_per_channel: Mapping[int, Sequence[Span]], rate: int = RATE
) -> Iterator[tuple[int, Span, NDArray[np.float32]]]:
    """Decode the file again and cut out spans of its channels, in the order they begin, then by channel.

    Each comes with its channel and its float32 samples at `rate` Hz, cut to the sample and shorter only where the
    recording ends before the span does. Holds no more samples than the longest overlapping run of spans needs.
    """
    import numpy as np

    wanted = [(span, channel) for channel, spans in spans_per_channel.items() for span in spans]
    wanted.sort(key=lambda item: (item[0].start, item[1]))
    if not wanted:
        return
    held: NDArray[np.float32] | None = None
    begin = 0  # sample of the recording that `held` starts with
    for block in blocks(path, rate):
        held = block if held is None else np.concatenate([held, block], axis=1)
        while round(wanted[0][0].end * rate) <= begin + held.shape[1]:
            yield _cut(held, begin, *wanted.pop(0), rate)
            if not wanted:
                return
        unneeded = min(max(0, round(wanted[0][0].start * rate) - begin), held.shape[1])
        held = held[:, unneeded:]
        begin += unneeded
    if held is not None:
        for span, channel in wanted:
            yield _cut(held, begin, span, channel, rate)


def _cut(
    held: NDArray[np.float32], begin: int, span: Span, channel: int, rate: int
) -> tuple[int, Span, NDArray[np.float32]]:
    first, last = round(span.start * rate) - begin, round(span.end * rate) - begin
    return channel, span, held[channel, first:last].copy()


@contextmanager
def opened_audio(path: Path) -> Iterator[OpenedAudio]:
    """The file with its container and its best audio stream. Raises RecordingError."""
    import av

    with opened_file(path) as file:
        try:
            container = av.open(file, options={"format_whitelist": CONTAINERS}, metadata_errors="replace")
        except av.error.FFmpegError:
            raise RecordingError(_not_audio(file)) from None
        with container:
            stream = container.streams.best("audio")
            if stream is None:
                raise RecordingError("has no audio in it; name a recording with sound")
            if stream.codec_context is None:
                raise RecordingError("has audio in a format FFmpeg cannot decode; export it again as WAV or MP3")
            yield OpenedAudio(file, container, stream)


def _not_audio(file: BinaryIO) -> str:
    if container_headers.is_mp4(file):
        return "is cut off, for the index at its end is missing; copy it again from the recorder"
    return "is not an audio file, whatever its name says; check that it plays, or export it again as WAV or MP3"


def _pieces(path: Path, rate: int) -> Iterator[NDArray[np.float32]]:
    """The recording in the sizes the decoder gives; the errors of its end come when all of it was given."""
    with opened_audio(path) as opened:
        promised = promised_duration(opened.file, opened.container, opened.stream)
        tally, track = Tally(), Track(rate)
        for frame, at in frames(opened, tally):
            yield from track.add(frame, at)
        yield from track.flush()
        tally.seconds = track.seconds
        refuse_incomplete(opened.file, promised, tally)


def frames(opened: OpenedAudio, tally: Tally) -> Iterator[tuple[Any, float | None]]:
    """The decoded frames with the second each begins at, where its container says; bad packets are left out."""
    import av

    packets = opened.container.demux(opened.stream)
    start = None if opened.container.start_time is None else opened.container.start_time / 1_000_000
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:
            tally.stopped = True
            return
        if packet is None:
            return
        tally.packets += 1
        try:
            decoded = packet.decode()
        except av.error.FFmpegError:
            tally.bad += 1
            continue
        for frame in decoded:
            at = frame.time
            if at is not None:
                start = at if start is None else start
                at -= start
            yield frame, at


class Track:
    """Puts decoded frames one after the other, resampled, with silence where the timestamps leave a gap.

    `begin` is the second of the recording the first frame belongs to.
    """

    def __init__(self, rate: int, begin: float = 0.0):
        self.seconds = begin
        """How far into the recording it has come, gaps included."""
        self._rate = rate
        self._given = round(begin * rate)
        self._channels = 0
        self._source: tuple[str, str, int] | None = None
        self._waiting: Any = None
        self._resampler: Any = None
        self._shift = 0.0

    def add(self, frame: Any, at: float | None) -> Iterator[NDArray[np.float32]]:
        """Resample the next frame, which begins `at` seconds, as far as is known."""
        import av

        _refuse_absurd(frame.layout.nb_channels, frame.sample_rate)
        if not self._channels:
            self._channels = 2 if frame.layout.nb_channels == 2 else 1
        if at is not None:
            yield from self._fill_gap(at)
        source = (frame.format.name, frame.layout.name, frame.sample_rate)
        if source != self._source:
            yield from self.flush()
            # The layout is left as it is: FFmpeg would mix the channels of a stereo file that names them oddly.
            self._resampler = av.AudioResampler(format="fltp", rate=self._rate)
            # Frames are as short as 20 ms; resampling each by itself takes longer than decoding it.
            self._waiting = av.AudioFifo()
            self._source = source
        self.seconds += frame.samples / frame.sample_rate
        frame.pts = None
        self._waiting.write(frame)
        if self._waiting.samples >= BLOCK_SECONDS * frame.sample_rate:
            yield from self._resampled(self._waiting.read())

    def flush(self) -> Iterator[NDArray[np.float32]]:
        """What waits to be resampled, and what the resampler still holds."""
        if self._resampler is not None:
            rest = self._waiting.read()
            if rest is not None:
                yield from self._resampled(rest)
            yield from self._resampled(None)
        self._resampler = self._waiting = self._source = None

    def _resampled(self, frame: Any) -> Iterator[NDArray[np.float32]]:
        for resampled in self._resampler.resample(frame):
            if resampled is not None:  # a resampler with nothing to do gives the end of the stream back
                samples = _sound(_with_channels(resampled.to_ndarray(), self._channels))
                self._given += samples.shape[1]
                yield samples

    def _fill_gap(self, at: float) -> Iterator[NDArray[np.float32]]:
        import numpy as np

        gap = at + self._shift - self.seconds
        if not -MAX_OVERLAP <= gap <= MAX_GAP:
            self._shift -= gap
        elif gap > MIN_GAP:
            yield from self.flush()
            self.seconds += gap
            while (missing := round(self.seconds * self._rate) - self._given) > 0:
                silence = np.zeros((self._channels, min(missing, self._rate)), np.float32)
                self._given += silence.shape[1]
                yield silence


def _refuse_absurd(channels: int, rate: int) -> None:
    if channels > MAX_CHANNELS:
        raise RecordingError(f"has {channels} channels; name a recording of a call, which has one or two")
    if rate not in RATES:
        raise RecordingError(
            f"is damaged, for its header says {rate} samples a second; copy it again from the recorder"
        )


def _with_channels(samples: NDArray[np.float32], channels: int) -> NDArray[np.float32]:
    """The samples with as many channels as the recording began with, one or two."""
    import numpy as np

    if len(samples) == channels:
        return samples
    mixed = samples.mean(axis=0, keepdims=True, dtype=np.float32)
    return np.repeat(mixed, channels, axis=0)


def _sound(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The samples within [-1, 1]: float recordings may hold anything, not-a-number included."""
    import numpy as np

    return np.clip(np.nan_to_num(samples, copy=False), -1.0, 1.0)
