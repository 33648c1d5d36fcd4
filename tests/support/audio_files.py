"""Makes sound for tests: signals with numpy, files in any container and codec with PyAV, and the committed voice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from callqa import audio
from callqa.core.timeline import Span
from callqa.demo_calls import demo_folder

Samples = NDArray[np.float32]

VOICE = Path(__file__).parents[1] / "data" / "speech_rms.ogg"
VOICE_SECONDS = 4.23
"""Length of the committed voice: speech from beginning to end."""


def tone(seconds: float, *hertz: float, rate: int = 16_000, amplitude: float = 0.3) -> Samples:
    """A sine on each of as many channels as frequencies: shape (channels, samples)."""
    at = np.arange(round(seconds * rate)) / rate
    return np.stack([amplitude * np.sin(2 * np.pi * frequency * at) for frequency in hertz]).astype(np.float32)


def chord(seconds: float, *hertz: float, rate: int = 16_000, amplitude: float = 0.2) -> Samples:
    """Several sines at once, as telephone signals are: one-dimensional."""
    return tone(seconds, *hertz, rate=rate, amplitude=amplitude).sum(axis=0)


def silence(seconds: float, rate: int = 16_000) -> Samples:
    """Digital silence: one-dimensional."""
    return np.zeros(round(seconds * rate), np.float32)


def noise(seconds: float, dbfs: float, seed: int = 1, rate: int = 16_000) -> Samples:
    """White noise of an RMS level: one-dimensional."""
    values = np.random.default_rng(seed).standard_normal(round(seconds * rate))
    return (values * 10 ** (dbfs / 20)).astype(np.float32)


def voice() -> Samples:
    """Two spoken sentences at 16 kHz: one-dimensional, VOICE_SECONDS long."""
    return np.concatenate(list(audio.blocks(VOICE)), axis=1)[0]


def write(
    path: Path,
    samples: Samples,
    *,
    rate: int = 16_000,
    codec: str = "pcm_s16le",
    container: str | None = None,
    sample_format: str | None = None,
    container_options: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
    drop: tuple[float, float] = (0.0, 0.0),
) -> Path:
    """Write samples of shape (channels, samples) or (samples,), leaving out packets that begin within `drop`."""
    channels = np.atleast_2d(samples)
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[len(channels)]
    with av.open(str(path), "w", format=container, container_options=dict(container_options or {})) as file:
        stream = file.add_stream(codec, rate=rate, layout=layout, options=dict(options or {}))
        if sample_format:
            stream.codec_context.format = sample_format
        for frame in [*_frames(channels, layout, rate), None]:
            for packet in stream.encode(frame):
                at = float(packet.pts * packet.time_base) if packet.pts is not None else 0.0
                if not drop[0] <= at < drop[1]:
                    file.mux(packet)
    return path


def write_video(path: Path, samples: Samples, *, rate: int = 48_000, seconds: float = 1.0) -> Path:
    """Write an MP4 with a grey picture and samples of shape (channels, samples)."""
    with av.open(str(path), "w") as file:
        picture = file.add_stream("mpeg4", rate=10)
        picture.width, picture.height, picture.pix_fmt = 64, 64, "yuv420p"
        sound = file.add_stream("aac", rate=rate, layout="stereo")
        for number in range(round(seconds * 10)):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 128, np.uint8), format="rgb24")
            frame.pts = number
            file.mux(picture.encode(frame))
        file.mux(picture.encode(None))
        for heard in _frames(np.atleast_2d(samples), "stereo", rate):
            file.mux(sound.encode(heard))
        file.mux(sound.encode(None))
    return path


def _frames(channels: Samples, layout: str, rate: int) -> list[av.AudioFrame]:
    frames = []
    for at in range(0, channels.shape[1], 960):
        part = np.ascontiguousarray(channels[:, at : at + 960], np.float32)
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=layout)
        frame.sample_rate, frame.pts = rate, at
        frames.append(frame)
    return frames


def read(path: Path) -> Samples:
    """All of a file at 16 kHz: shape (channels, samples)."""
    return np.concatenate(list(audio.blocks(path)), axis=1)


def pitches(samples: Samples, rate: int = 16_000) -> Sequence[float]:
    """The loudest frequency of each channel, in Hz, leaving out the edges, where codecs fade in."""
    middle = samples[:, samples.shape[1] // 5 : -samples.shape[1] // 5]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(middle.shape[1])))
    return [float(index) * rate / middle.shape[1] for index in spectrum.argmax(axis=1)]


_SAYINGS = ((0, 0.6, 4.42), (0, 11.5, 13.95), (0, 34.7, 37.8), (1, 6.8, 9.35), (1, 16.7, 18.6), (1, 32.4, 34.4))
"""Channel, begin and end, in seconds, of whole sentences in a sample call, with some quiet around them."""


def sayings() -> list[Samples]:
    """Three things an agent says and three a customer says, at 8 kHz, cut where they begin and end to be audible.

    All have a peak of 0.5. What is softer than 6 % of it would drown in the noise that tests add.
    """
    call = demo_folder() / "tom" / "1045-heating.wav"
    sound = np.concatenate(list(audio.blocks(call, 8_000)), axis=1)
    return [_trimmed(sound[channel, round(begin * 8_000) : round(end * 8_000)]) for channel, begin, end in _SAYINGS]


def _trimmed(sound: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(sound) > 0.06 * np.abs(sound).max())
    return sound[loud[0] : loud[-1] + 1] * np.float32(0.5 / np.abs(sound).max())


def telephone_call(
    path: Path, said: Sequence[tuple[int, float, Samples]], seconds: float, noise_dbfs: float | None = None
) -> list[list[Span]]:
    """Write a dual-channel call at 8 kHz of what is said: channel, second, sound. Returns when each channel speaks."""
    channels = np.zeros((2, round(seconds * 8_000)), np.float32)
    spoken: list[list[Span]] = [[], []]
    for channel, start, sound in sorted(said, key=lambda one: one[1]):
        at = round(start * 8_000)
        channels[channel, at : at + len(sound)] += sound
        spoken[channel].append(Span(at / 8_000, (at + len(sound)) / 8_000))
    if noise_dbfs is not None:
        channels += np.stack([noise(seconds, noise_dbfs, seed, 8_000) for seed in (1, 2)])
    write(path, channels, rate=8_000)
    return spoken
