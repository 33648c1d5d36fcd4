"""Check that a recording is complete, by comparing the length in its header with what was decoded.

FFmpeg decodes a file that was cut off, or damaged in transit, without a warning. A call judged without its end is
judged wrongly, so such a file is refused. MP3 files without a frame count, AMR and raw AAC promise no length, so it
cannot be detected that they were cut off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

from callqa.audio import container_headers
from callqa.errors import RecordingError

MISSING_SHARE = 0.05
MISSING_MIN, MISSING_MAX = 0.5, 2.0
"""A file is cut off if more than this share of the promised length is missing, but never if less than MIN seconds are
(codec delay: 0.3 s in an 8 kHz MP3) and always if more than MAX seconds are (a closing takes no longer)."""

BAD_PACKETS = 3
BAD_SHARE = 0.02
"""A file is damaged if more packets than both this number and this share cannot be decoded; fewer are a glitch on the
line and become silence."""


@dataclass
class Tally:
    """A count of the packets read from a file, of those that could not be decoded, and of the seconds of sound.

    `stopped` if the container could not be read to its end.
    """

    packets: int = 0
    bad: int = 0
    seconds: float = 0.0
    stopped: bool = False


def promised_duration(file: BinaryIO, container: Any, stream: Any) -> float | None:
    """Return the seconds of sound the file's header promises; None if it gives no length or FFmpeg only guesses it."""
    position = file.tell()
    try:
        match container.format.name.partition(",")[0]:
            case "wav":
                return container_headers.missing_wav_data(file)
            case "mp3":
                return _mp3_duration(file, stream.codec_context.sample_rate)
            case "matroska":
                return _matroska_duration(container, stream)
            case "caf" if stream.codec_context.name.startswith("pcm_"):
                return float(stream.frames / stream.codec_context.sample_rate)
            case "flac" | "mov" | "aiff" | "au" if stream.duration is not None:
                return float(stream.duration * stream.time_base)
        return None
    finally:
        file.seek(position)  # FFmpeg continues reading from its own position


def _mp3_duration(file: BinaryIO, rate: int) -> float | None:
    frames = container_headers.mp3_frames(file)
    samples = 1152 if rate >= 32_000 else 576  # a frame of MPEG-1 layer III, and of MPEG-2 and 2.5
    return frames * samples / rate if frames and rate else None


def _matroska_duration(container: Any, stream: Any) -> float | None:
    """Return the length of the audio track if it is given, else that of the file if it holds nothing but audio."""
    if tagged := stream.metadata.get("DURATION"):
        hours, _, rest = tagged.partition(":")
        minutes, _, seconds = rest.partition(":")
        try:
            return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
        except ValueError:
            return None
    if container.duration is None or len(container.streams) > 1:
        return None
    return float(container.duration / 1_000_000)


def refuse_incomplete(file: BinaryIO, promised: float | None, tally: Tally) -> None:
    """Raise RecordingError if less was decoded than was recorded, or nothing at all."""
    seconds = tally.seconds
    if promised is not None:
        tolerated = min(max(MISSING_SHARE * promised, MISSING_MIN), MISSING_MAX)
        if promised - seconds > tolerated:
            raise RecordingError(
                f"is cut off: {seconds:.1f} of {promised:.1f} seconds are present; copy it again from the recorder"
            )
    if container_headers.ogg_stops_mid_page(file):
        raise RecordingError(f"is cut off after {seconds:.1f} seconds; copy it again from the recorder")
    if tally.stopped:
        raise RecordingError(f"is damaged after {seconds:.1f} seconds; copy it again from the recorder")
    if tally.bad > max(BAD_PACKETS, BAD_SHARE * tally.packets):
        raise RecordingError(
            f"is damaged: {tally.bad} of {tally.packets} packets cannot be decoded; copy it again from the recorder"
        )
    if not seconds:
        raise RecordingError("has no audio in it; nothing was recorded, or the recording was not finished")
