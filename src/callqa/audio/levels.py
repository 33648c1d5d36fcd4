"""The level of each channel of a recording, the layout of its channels, and the crosstalk between them.

All levels are dB relative to full scale (a square wave of amplitude 1 is 0 dBFS), never below FLOOR_DBFS.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from callqa.core.timeline import Span, overlap, union

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Layout = Literal["mono", "dual", "dual-mono", "one-silent", "silent"]
"""mono: one channel · dual: two channels that differ · dual-mono: two channels with the same sound · one-silent: one
of two channels is silent, or carries nothing but the other's crosstalk · silent: no audible sound at all."""

FLOOR_DBFS = -120.0
"""The level given to digital silence, which has none."""

WINDOW = 0.4
"""Seconds over which levels are compared: long enough for a syllable, short enough for a lone "yes" to stand out.
The gating block of ITU-R BS.1770-4."""

SILENT_DBFS = -60.0
"""A channel whose loudest window is below this is silent. Idle G.711 lines are near -72 dBFS, line hiss is at -65 to
-55, and speech on a badly set recorder still reaches -50."""

CLIPPED_AMPLITUDE = 0.97
"""Amplitude at which a sample counts as clipped. The largest values in G.711 are 0.980 (µ-law) and 0.984 (A-law)."""

ACTIVE_RANGE_DB = 30.0
"""Windows this far below the loudest do not show if two channels are alike: they contain the codecs' own noise."""

COHERENT_CORRELATION = 0.9
"""Two channels carry the same sound in a window if they correlate this much, in phase or in opposite phase. Two people
talking at once stay below 0.3; one sound encoded lossily twice stays above 0.95."""

COHERENT_GAIN_DB = 3.0
"""If both channels carry the same sound, the difference in level stays this close to its median. With crosstalk it
changes sign with the speaker."""

COHERENT_SHARE = 0.99
"""Share of the active windows that must be the same sound: one per cent is left for clicks and dropped packets."""

DUAL_MONO_GAIN_DB = 12.0
"""With a larger difference in level, the softer copy is crosstalk of the louder, not the same sound recorded twice."""

CROSSTALK_RISE_DB = 6.0
"""A channel that is this much louder than its expected crosstalk has a voice of its own."""

CROSSTALK_CORRELATION = 0.5
"""Least correlation of crosstalk with its source. It is lower the more of the line's own noise is added."""

CROSSTALK_SHARE = 0.5
"""Share of the windows in which the other channel is much louder that must correlate for it to be crosstalk. Without
crosstalk, almost none of them do."""

CROSSTALK_WINDOWS = 5
"""Least number of windows with crosstalk, two seconds: in one or two, any sounds may look alike."""

OWN_PAUSE = 1.0
"""Seconds for which a voice may be softer than the crosstalk without ending."""


CROSSTALK_FINGERPRINT = f"{CROSSTALK_RISE_DB}:{CROSSTALK_CORRELATION}:{CROSSTALK_SHARE}:{CROSSTALK_WINDOWS}:{OWN_PAUSE}"
"""Every constant that decides which sound is left out as crosstalk."""


@dataclass(frozen=True)
class ChannelLevel:
    """The level of one channel. `clipped_share` is the share of its samples at full scale, from 0 to 1."""

    peak_dbfs: float
    rms_dbfs: float
    loudest_dbfs: float
    """RMS level of the loudest window."""
    clipped_share: float


@dataclass(frozen=True)
class Crosstalk:
    """The other channel's sound in a channel."""

    gain_db: float
    """Level relative to the other channel, below 0."""
    own: tuple[Span, ...]
    """Spans in which the channel has sound of its own."""


@dataclass(frozen=True)
class AudioProfile:
    """A recording's length in seconds, the levels of its channels, their layout and their crosstalk."""

    duration: float
    channels: tuple[ChannelLevel, ...]
    layout: Layout
    silent_channel: int | None = None
    """The channel without sound of its own, counted from 0, if the layout is one-silent."""
    crosstalk: Mapping[int, Crosstalk] = field(default_factory=dict)
    """The crosstalk in each of two dual channels that carries the other one's sound as well as its own."""

    def without_crosstalk(self, channel: int, spans: Sequence[Span]) -> list[Span]:
        """Return the parts of a channel's spans in which there is more than crosstalk; spans must not overlap."""
        if channel not in self.crosstalk:
            return list(spans)
        found = []
        for span in spans:
            kept = union(overlap([span], self.crosstalk[channel].own), OWN_PAUSE)
            found += [piece for piece in kept if piece.duration >= min(WINDOW / 2, span.duration)]
        return found


class LevelMeter:
    """A meter that computes an AudioProfile from blocks of samples of any size, keeping five sums a window."""

    def __init__(self, rate: int = 16_000):
        self._rate = rate
        self._window = round(WINDOW * rate)
        self._samples = 0
        self._peak: NDArray[np.float64] | None = None
        self._clipped: NDArray[np.int64] | None = None
        self._rest: NDArray[np.float32] | None = None
        self._sums: list[NDArray[np.float64]] = []

    def add(self, block: NDArray[np.float32]) -> None:
        """Take in the next samples: float32, shape (channels, samples), always with the same number of channels."""
        import numpy as np

        size = np.abs(block)
        peak = size.max(axis=1, initial=0.0).astype(np.float64)
        clipped = (size >= CLIPPED_AMPLITUDE).sum(axis=1)
        self._peak = peak if self._peak is None else np.maximum(self._peak, peak)
        self._clipped = clipped if self._clipped is None else self._clipped + clipped
        self._samples += block.shape[1]
        waiting = block if self._rest is None else np.concatenate([self._rest, block], axis=1)
        whole = waiting.shape[1] // self._window
        used = whole * self._window
        if whole:
            self._sums.append(_window_sums(waiting[:, :used], whole))
        self._rest = waiting[:, used:].copy()

    def profile(self) -> AudioProfile:
        """Return the profile of the samples so far. A recording without samples is silent and has no channels."""
        import numpy as np

        if self._peak is None or self._clipped is None or not self._samples:
            return AudioProfile(0.0, (), "silent")
        sums = list(self._sums)
        if self._rest is not None and self._rest.shape[1]:
            sums.append(_window_sums(self._rest, 1))
        windows = np.concatenate(sums, axis=1)
        lengths, power, shared = windows[0], windows[1:-1], windows[-1]
        mean_power = (power * lengths).sum(axis=1) / lengths.sum()
        channels = tuple(
            ChannelLevel(
                peak_dbfs=_decibels(float(self._peak[index]) ** 2),
                rms_dbfs=_decibels(float(mean_power[index])),
                loudest_dbfs=_decibels(float(power[index].max())),
                clipped_share=float(self._clipped[index]) / self._samples,
            )
            for index in range(len(power))
        )
        layout, silent_channel = _layout(channels, power, shared)
        duration = self._samples / self._rate
        crosstalk = _crosstalk(power, shared, duration) if layout == "dual" else {}
        return AudioProfile(duration, channels, layout, silent_channel, crosstalk)


def _window_sums(samples: NDArray[np.float32], windows: int) -> NDArray[np.float64]:
    """Return the length of each window, each channel's power and the first two channels' covariance, without DC."""
    import numpy as np

    count = samples.shape[1] // windows
    cut = samples.reshape(len(samples), windows, count).astype(np.float64)
    cut -= cut.mean(axis=2, keepdims=True)
    power = (cut * cut).mean(axis=2)
    shared = (cut[0] * cut[-1]).mean(axis=1)
    return np.vstack([np.full(windows, float(count)), power, shared])


def _decibels(power: float) -> float:
    return max(FLOOR_DBFS, 10 * math.log10(power)) if power > 0 else FLOOR_DBFS


def _layout(
    channels: tuple[ChannelLevel, ...], power: NDArray[np.float64], shared: NDArray[np.float64]
) -> tuple[Layout, int | None]:
    """Return the layout, and the silent channel if exactly one is."""
    audible = [index for index, channel in enumerate(channels) if channel.loudest_dbfs >= SILENT_DBFS]
    if not audible:
        return "silent", None
    if len(channels) == 1:
        return "mono", None
    if len(audible) == 1:
        return "one-silent", 1 - audible[0]
    gain = _constant_gain(power, shared)
    if gain is None:
        return "dual", None
    if abs(gain) <= DUAL_MONO_GAIN_DB:
        return "dual-mono", None
    weak = 0 if gain < 0 else 1
    return ("dual", None) if _rises_above_crosstalk(power, weak, -abs(gain)) else ("one-silent", weak)


def _constant_gain(power: NDArray[np.float64], shared: NDArray[np.float64]) -> float | None:
    """Return by how many dB channel 0 is louder than channel 1 if both carry the same sound; None if they do not."""
    import numpy as np

    louder = power.max(axis=0)
    active = louder >= louder.max() * 10 ** (-ACTIVE_RANGE_DB / 10)
    both = active & (power.min(axis=0) > 0)  # a window with sound in only one channel is evidence against
    if not both.any():
        return None
    first, second = power[0][both], power[1][both]
    correlation = np.abs(shared[both]) / np.sqrt(first * second)
    gains = 10 * np.log10(first / second)
    median = float(np.median(gains))
    same = (correlation >= COHERENT_CORRELATION) & (np.abs(gains - median) <= COHERENT_GAIN_DB)
    return median if same.sum() >= COHERENT_SHARE * active.sum() else None


def _rises_above_crosstalk(power: NDArray[np.float64], weak: int, gain: float) -> bool:
    """Return True if the weaker channel is anywhere audible and louder than the other channel at `gain` dB."""
    expected = power[1 - weak] * 10 ** ((gain + CROSSTALK_RISE_DB) / 10)
    audible = 10 ** (SILENT_DBFS / 10)
    return bool(((power[weak] > expected) & (power[weak] > audible)).any())


def _crosstalk(power: NDArray[np.float64], shared: NDArray[np.float64], duration: float) -> dict[int, Crosstalk]:
    """Return the crosstalk in each of two channels, by channel; a channel without any is left out."""
    import numpy as np

    floor = 10 ** (FLOOR_DBFS / 10)
    correlation = np.abs(shared) / np.sqrt(np.maximum(power[0] * power[1], floor**2))
    found: dict[int, Crosstalk] = {}
    for channel in (0, 1):
        mine, other = np.maximum(power[channel], floor), np.maximum(power[1 - channel], floor)
        gains = 10 * np.log10(mine / other)
        active = other >= other.max() * 10 ** (-ACTIVE_RANGE_DB / 10)
        softer = active & (gains < -CROSSTALK_RISE_DB)
        leaked = softer & (correlation >= CROSSTALK_CORRELATION)
        if leaked.sum() < max(CROSSTALK_WINDOWS, CROSSTALK_SHARE * softer.sum()):
            continue
        gain = float(np.median(gains[leaked]))
        own = np.flatnonzero(gains > gain + CROSSTALK_RISE_DB)
        spans = [Span(index * WINDOW, min((index + 1) * WINDOW, duration)) for index in own.tolist()]
        found[channel] = Crosstalk(gain, tuple(union([span for span in spans if span.duration > 0])))
    return found
