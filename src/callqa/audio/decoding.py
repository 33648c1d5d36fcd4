"""Decoding of sound files in any format FFmpeg knows, as a stream of float32 samples per channel.

No recording is held in memory as a whole: a two-hour stereo file takes no more than a two-minute one. Only the bytes of
the file itself are decoded; addresses in a playlist or a link are never followed, so nothing is ever downloaded.

Every function raises RecordingError if the file cannot be used, with one sentence that says what to do.
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
"""Hz of the samples unless another rate is asked for: the rate speech models work at."""

BLOCK_SECONDS = 1.0
"""Length of the shortest block, except the last one."""

CONTAINERS = (
    "wav,w64,mp3,flac,ogg,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,aac,loas,amr,amrnb,amrwb,aiff,au,caf,asf,avi,ac3,eac3,"
    "mpeg,mpegts,flv,gsm,g722,g729,sln,voc,dss,wv,ape,tta,rm,nistsphere"
)
"""FFmpeg's names of the containers that are read. Playlists and lists of files (hls, concat, dash, sdp …) are excluded:
a text file named .wav must not make callqa open other files or addresses."""

MAX_GAP = 3600.0
"""Seconds. A longer jump in the timestamps means that a clock was set, not that silence was left out."""

MIN_GAP = 0.1
"""Seconds. Shorter jumps in the timestamps are rounding of the container's clock."""

MAX_OVERLAP = 1.0
"""Seconds. Timestamps that go back further belong to another recording appended to the first in one file."""


MAX_CHANNELS = 8
"""7.1 surround. A file with more is not a recording of a call, and PyAV reads past the samples of such frames."""

RATES = range(2_000, 384_001)
"""Hz. A header with another rate is damaged, and resampling from it would take minutes and gigabytes."""


@dataclass(frozen=True)
class AudioHeader:
    """The header of a sound file: `sample_rate` in Hz, `duration` in seconds, None if the file does not say."""

    container: str
    codec: str
    sample_rate: int
    channels: int
    duration: float | None


@dataclass(frozen=True)
class OpenedAudio:
    """An open sound file: its bytes, PyAV's container, and the best audio stream in it."""

    file: BinaryIO
    container: Any
    stream: Any


def probe(path: Path) -> AudioHeader:
    """Read the header of a file without decoding its sound."""
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

    Yields blocks of shape (channels, samples) in [-1, 1], each of BLOCK_SECONDS or slightly more and the last one
    shorter. Mono and stereo keep their channels; more channels are mixed into one. Pauses that were left out of the
    file, as browsers and muted lines do, are restored as silence, so that times are those of a player.

    If the file ends before its header says, the error is raised after everything in it was yielded.
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
    """Decode a file and yield spans of its channels, in the order they begin, then by channel.

    Each comes with its channel and its float32 samples at `rate` Hz, cut to the sample and shorter than the span only
    if the recording ends before it. Holds no more samples than the longest run of overlapping spans needs.
    """
    import numpy as np

    wanted = [(span, channel) for channel, spans in spans_per_channel.items() for span in spans]
    wanted.sort(key=lambda item: (item[0].start, item[1]))
    if not wanted:
        return
    held: NDArray[np.float32] | None = None
    begin = 0  # index in the recording of the first sample in `held`
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
    """Open a file with its container and its best audio stream. Raises RecordingError."""
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
        return "is cut off: the index at its end is missing; copy it again from the recorder"
    return "is not an audio file, whatever its name says; check that it plays, or export it again as WAV or MP3"


def _pieces(path: Path, rate: int) -> Iterator[NDArray[np.float32]]:
    """Yield the recording in pieces as the decoder returns them; raise errors about its end after the last piece."""
    with opened_audio(path) as opened:
        promised = promised_duration(opened.file, opened.container, opened.stream)
        tally, track = Tally(), Track(rate)
        for frame, at in frames(opened, tally):
            yield from track.add(frame, at)
        yield from track.flush()
        tally.seconds = track.seconds
        refuse_incomplete(opened.file, promised, tally)


def frames(opened: OpenedAudio, tally: Tally) -> Iterator[tuple[Any, float | None]]:
    """Yield the decoded frames with the second at which each begins, None if unknown; bad packets are left out."""
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
    """A sequence of decoded frames, joined and resampled, with silence where the timestamps leave a gap.

    `begin` is the second of the recording at which the first frame begins.
    """

    def __init__(self, rate: int, begin: float = 0.0):
        self.seconds = begin
        """Position reached in the recording, gaps included."""
        self._rate = rate
        self._samples_out = round(begin * rate)
        self._channels = 0
        self._input_format: tuple[str, str, int] | None = None
        self._pending: Any = None
        self._resampler: Any = None
        self._shift = 0.0

    def add(self, frame: Any, at: float | None) -> Iterator[NDArray[np.float32]]:
        """Take in the next frame, which begins at `at` seconds if known, and yield the samples that are ready."""
        import av

        _check_plausible(frame.layout.nb_channels, frame.sample_rate)
        if not self._channels:
            self._channels = 2 if frame.layout.nb_channels == 2 else 1
        if at is not None:
            yield from self._fill_gap(at)
        input_format = (frame.format.name, frame.layout.name, frame.sample_rate)
        if input_format != self._input_format:
            yield from self.flush()
            # The layout stays as it is: FFmpeg would mix the channels of a stereo file with unusual channel names.
            self._resampler = av.AudioResampler(format="fltp", rate=self._rate)
            # Frames are as short as 20 ms, and resampling each one separately takes longer than decoding it.
            self._pending = av.AudioFifo()
            self._input_format = input_format
        self.seconds += frame.samples / frame.sample_rate
        frame.pts = None
        self._pending.write(frame)
        if self._pending.samples >= BLOCK_SECONDS * frame.sample_rate:
            yield from self._resampled(self._pending.read())

    def flush(self) -> Iterator[NDArray[np.float32]]:
        """Yield the samples that have not been resampled yet and those still inside the resampler."""
        if self._resampler is not None:
            rest = self._pending.read()
            if rest is not None:
                yield from self._resampled(rest)
            yield from self._resampled(None)
        self._resampler = self._pending = self._input_format = None

    def _resampled(self, frame: Any) -> Iterator[NDArray[np.float32]]:
        for resampled in self._resampler.resample(frame):
            if resampled is not None:  # a resampler with nothing to do passes on the end of the stream
                samples = _within_range(_with_channels(resampled.to_ndarray(), self._channels))
                self._samples_out += samples.shape[1]
                yield samples

    def _fill_gap(self, at: float) -> Iterator[NDArray[np.float32]]:
        import numpy as np

        gap = at + self._shift - self.seconds
        if not -MAX_OVERLAP <= gap <= MAX_GAP:
            self._shift -= gap
        elif gap > MIN_GAP:
            yield from self.flush()
            self.seconds += gap
            while (missing := round(self.seconds * self._rate) - self._samples_out) > 0:
                silence = np.zeros((self._channels, min(missing, self._rate)), np.float32)
                self._samples_out += silence.shape[1]
                yield silence


def _check_plausible(channels: int, rate: int) -> None:
    if channels > MAX_CHANNELS:
        raise RecordingError(f"has {channels} channels; name a recording of a call, which has one or two")
    if rate not in RATES:
        raise RecordingError(f"is damaged: its header says {rate} samples a second; copy it again from the recorder")


def _with_channels(samples: NDArray[np.float32], channels: int) -> NDArray[np.float32]:
    """Return the samples with as many channels as the recording began with, one or two."""
    import numpy as np

    if len(samples) == channels:
        return samples
    mixed = samples.mean(axis=0, keepdims=True, dtype=np.float32)
    return np.repeat(mixed, channels, axis=0)


def _within_range(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the samples within [-1, 1]: float recordings may contain any value, including not-a-number."""
    import numpy as np

    return np.clip(np.nan_to_num(samples, copy=False), -1.0, 1.0)
