"""Features that distinguish voices, measured every 20 ms: the shape of the spectrum and the pitch.

Only the band of a telephone line is measured (200 to 3700 Hz), so that wideband and narrowband recordings are treated
alike. The mean of the spectrum is not removed: the line somebody speaks over is part of how they sound.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 16_000
"""Hz of the samples to measure."""

HOP = 320
"""Samples from one frame to the next: 20 ms."""

FRAME_SECONDS = HOP / RATE

PITCH_WINDOW = 640
"""Samples in which the pitch is searched for: 40 ms contain two and a half periods of the deepest voice."""

WINDOW = 512
"""Samples in the middle of them for which the spectrum is computed: 32 ms."""

BAND = (200.0, 3700.0)
"""Range of the mel filters in Hz: what a telephone line transmits, and a little more."""

FILTERS = 24
CEPSTRA = 19
"""Mel-frequency cepstral coefficients 1 to 19 of 24 filters, as in Reynolds, Quatieri and Dunn, "Speaker verification
using adapted Gaussian mixture models" (2000). The coefficient 0, the loudness, is left out."""

PITCHES = (65.0, 400.0)
"""Range of the pitch of speech in Hz."""

VOICED = 0.6
"""Least normalised autocorrelation of a frame that has a pitch."""

OCTAVE_COST = 0.03
"""Autocorrelation by which a deeper pitch must be stronger, per octave: every multiple of a period is also a period."""

STEADY = 3
"""Frames on either side over which the median of the pitch is taken, so that single octave errors disappear."""

BAND_RANGE = 1e-5
"""Least power of a band, as a share of the mean: codecs leave bands empty, which does not characterise a voice."""

SPEECH_RANGE = 30.0
"""dB below the loudest frame of a region at which a frame is a pause inside it and says nothing about the voice."""

SILENCE = -80.0
"""dBFS below which no frame is speech."""

QUIETEST = 2
"""Percentile of a region's frames at the level of the line's noise: regions have pauses at both ends."""

ABOVE_LINE = 6.0
"""dB above the line's noise that a frame needs to characterise a voice: softer frames sound alike for everybody. Of 42
noisy calls between people, a third more were separated with this limit than without; with 4 or 10 dB it was less."""

_POINTS = 2048  # of the transforms that compute the autocorrelation


@dataclass(frozen=True)
class Frames:
    """The frames of a piece of audio, one row each.

    `cepstra` is float16, shape (frames, CEPSTRA); all fields together take 150 kB per minute of speech. `energy` is in
    dB, `pitch` is the natural logarithm of Hz, not-a-number without a pitch; `speech` marks the frames that are loud
    enough to judge by.
    """

    cepstra: NDArray[np.float16]
    energy: NDArray[np.float32]
    pitch: NDArray[np.float32]
    speech: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.energy)


def measure_frames(samples: NDArray[np.float32]) -> Frames:
    """Measure the frames of a speech region: float32 mono samples at RATE. A region that is too short has none."""
    import numpy as np

    count = max(0, (len(samples) - PITCH_WINDOW) // HOP + 1)
    if not count:
        empty = np.zeros(0, np.float32)
        return Frames(np.zeros((0, CEPSTRA), np.float16), empty, empty, np.zeros(0, bool))
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64), PITCH_WINDOW)[::HOP][:count]
    margin = (PITCH_WINDOW - WINDOW) // 2
    middles = frames[:, margin : margin + WINDOW]
    energy = 10 * np.log10((middles**2).mean(axis=1) + 1e-10)
    line = float(np.percentile(energy, QUIETEST))
    return Frames(
        cepstra=_cepstra(middles).astype(np.float16),
        energy=energy.astype(np.float32),
        pitch=_pitch(frames),
        speech=energy > max(float(energy.max()) - SPEECH_RANGE, line + ABOVE_LINE, SILENCE),
    )


def concatenate(parts: list[Frames]) -> Frames:
    """Concatenate frames in order; at least one part is needed."""
    import numpy as np

    return Frames(
        np.concatenate([part.cepstra for part in parts]),
        np.concatenate([part.energy for part in parts]),
        np.concatenate([part.pitch for part in parts]),
        np.concatenate([part.speech for part in parts]),
    )


def _cepstra(windows: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    filters, cosines = _mel_filters()
    # The first difference raises the high bands, which are weak in speech, as pre-emphasis does.
    sharp = np.diff(windows, axis=1, prepend=windows[:, :1]) * np.hamming(WINDOW)
    power = np.abs(np.fft.rfft(sharp)) ** 2
    bands = power @ filters
    bands += BAND_RANGE * bands.mean(axis=1, keepdims=True) + 1e-12
    cepstra: NDArray[np.float64] = np.log(bands) @ cosines
    return cepstra


@functools.cache
def _mel_filters() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return triangular filters, shape (bins, FILTERS), and the cosine transform to cepstra, (FILTERS, CEPSTRA)."""
    import numpy as np

    low, high = (2595 * np.log10(1 + hertz / 700) for hertz in BAND)
    edges = 700 * (10 ** (np.linspace(low, high, FILTERS + 2) / 2595) - 1)
    bins = np.arange(WINDOW // 2 + 1)[:, np.newaxis] * RATE / WINDOW
    rising = (bins - edges[:-2]) / np.diff(edges[:-1])
    falling = (edges[2:] - bins) / np.diff(edges[1:])
    centres = np.arange(FILTERS)[:, np.newaxis] + 0.5
    cosines = np.cos(np.pi / FILTERS * centres * np.arange(1, CEPSTRA + 1)) * np.sqrt(2 / FILTERS)
    return np.maximum(0.0, np.minimum(rising, falling)), cosines


def _pitch(frames: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the pitch by the autocorrelation, corrected for the window (Boersma, 1993) and smoothed by a median."""
    import numpy as np

    first, last = round(RATE / PITCHES[1]), round(RATE / PITCHES[0])
    window = np.hanning(PITCH_WINDOW)
    lags = np.arange(first, last + 1)
    strength = np.empty((len(frames), len(lags)))
    for at in range(0, len(frames), 512):
        part = frames[at : at + 512]
        own = _autocorrelation((part - part.mean(axis=1, keepdims=True)) * window)[:, : last + 1]
        strength[at : at + 512] = (own / (own[:, :1] + 1e-12))[:, first:]
    whole = _autocorrelation(window[np.newaxis])[0, : last + 1]
    strength /= (whole / whole[0])[first:]
    best = (strength - OCTAVE_COST * np.log2(lags / first)).argmax(axis=1)
    voiced = strength[np.arange(len(frames)), best] > VOICED
    pitch = np.where(voiced, np.log(RATE / lags[best]), np.nan)
    padded = np.pad(pitch, STEADY, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * STEADY + 1)
    smoothed = np.full(len(pitch), np.nan)
    smoothed[voiced] = np.nanmedian(windows[voiced], axis=1)
    return smoothed.astype(np.float32)


def _autocorrelation(windows: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    return np.fft.irfft(np.abs(np.fft.rfft(windows, _POINTS)) ** 2)
