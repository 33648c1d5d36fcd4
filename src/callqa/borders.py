"""Exactly where a stretch of speech begins and ends, by its short-time energy.

A speech detector that judges frames tells that there is speech, not when it begins: Silero finds beginnings up to
150 ms late where a consonant is soft, and ends some 60 ms late. So its borders are moved to where the
sound rises above the background and falls back into it, in any of a few bands of frequency: an "s" stands out of line
noise at the top, a soft vowel at the bottom (the energy criterion of Rabiner and Sambur, "An Algorithm for Determining
the Endpoints of Isolated Utterances", 1975, in bands instead of with zero crossings).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from callqa.timeline import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HOP = 128
"""Samples from one measurement to the next: 8 ms at 16 kHz."""

RATE = 16_000
"""Hz of the samples."""

_BINS = ((2, 10), (10, 24), (24, 42), (42, 62), (66, 120))
"""The bands as bins of a spectrum of 2 × HOP samples, 62.5 Hz apart: 125-600 Hz, to 1500, to 2600, to 3900 (a telephone
line ends at 3400), and 4.1-7.5 kHz. What lies below is hum."""

ABOVE = 3.0
"""How many times the background's median power a band must hold to be speech: steady noise hardly ever does. With 2.5,
borders began to wander into noise; with 4, more soft consonants were lost in it."""

ABOVE_LOUDEST = 1.5
"""The same for the loudest twentieth of the background, where that is unsteady."""

BELOW_PEAK = 1e-4
"""Power, as a share of the loudest moment of the stretch, below which sound is no part of it (-40 dB), however quiet
the line is: what is left there is echo and breath."""

SMOOTH = 3
"""Measurements averaged before they are compared: 24 ms."""

BACKGROUND = 1.5
"""Seconds of background that are compared with, the nearest before a beginning and after an end."""

MARGIN = 0.25
"""Seconds on both sides of a stretch that are not taken for background, and within which its border may move."""

CLOSURE = 0.06
"""Seconds of quiet that do not end a sound: the closure before the burst of a "t" or a "k" lasts about this long."""

FLOOR = 1e-9
"""Power (-90 dBFS) below which nothing is audible."""


FINGERPRINT = f"borders 1:{HOP}:{ABOVE}:{ABOVE_LOUDEST}:{BELOW_PEAK}:{SMOOTH}:{BACKGROUND}:{MARGIN}:{CLOSURE}"
"""Everything that shapes the borders."""


class Energy:
    """Measures the level of one channel in each band, every HOP samples."""

    def __init__(self) -> None:
        self._before: NDArray[np.float32] | None = None
        self._levels: list[NDArray[np.float16]] = []

    def feed(self, samples: NDArray[np.float32]) -> None:
        """Take in the next samples: float32 mono at RATE, whole hops of them."""
        import numpy as np

        before = np.zeros(HOP, np.float32) if self._before is None else self._before
        windows = np.lib.stride_tricks.sliding_window_view(np.concatenate([before, samples]), 2 * HOP)[::HOP]
        spectrum = np.fft.rfft(windows * _hann())
        power = (spectrum.real**2 + spectrum.imag**2) / (HOP * HOP * 0.75)
        bands = np.stack([power[:, first:end].sum(axis=1) for first, end in _BINS], axis=1)
        # Ten hours of a channel are kept: as half-precision decibels they take 45 MB.
        self._levels.append((10 * np.log10(np.maximum(bands, FLOOR))).astype(np.float16))
        self._before = samples[-HOP:].copy()

    def levels(self) -> NDArray[np.float16]:
        """Decibels in each band, shape (measurements, bands); measurement n is centred on sample n * HOP."""
        import numpy as np

        return np.concatenate(self._levels) if self._levels else np.zeros((0, len(_BINS)), np.float16)


@functools.cache
def _hann() -> NDArray[np.float32]:
    import numpy as np

    return np.hanning(2 * HOP + 1)[:-1].astype(np.float32)


def refine(stretches: Sequence[Span], levels: NDArray[np.float16], duration: float) -> list[Span]:
    """Move the borders of stretches of speech to where the sound begins and ends.

    `stretches` are sorted and apart, and so is what is returned; a border moves by MARGIN at most outwards, never into
    another stretch. A stretch that does not stand out of its background stays as it was.
    """
    import numpy as np

    background = np.ones(len(levels), bool)
    for span in stretches:
        background[max(0, _index(span.start - MARGIN)) : _index(span.end + MARGIN) + 1] = False
    quiet = np.flatnonzero(background)
    refined: list[Span] = []
    for number, span in enumerate(stretches):
        lower = refined[-1].end if refined else 0.0
        upper = stretches[number + 1].start if number + 1 < len(stretches) else duration
        within = Span(max(lower, span.start - MARGIN), min(upper, span.end + MARGIN))
        refined.append(_refined(span, within, levels, quiet))
    return refined


def _refined(span: Span, within: Span, levels: NDArray[np.float16], quiet: NDArray[np.int64]) -> Span:
    first, last = _index(within.start), min(_index(within.end), len(levels) - 1)
    begin, stop = max(first, _index(span.start)), min(last, _index(span.end))
    if begin >= stop:
        return span
    part = _power(levels[first : last + 1])
    at = int(quiet.searchsorted(begin))
    several = round(BACKGROUND * RATE / HOP)
    before, after = levels[quiet[max(0, at - several) : at]], levels[quiet[at : at + several]]
    opening = _active(part, before if len(before) else after)
    closing = _active(part, after if len(after) else before)
    start = _outward(opening, begin - first)
    end = _outward(closing[::-1], last - stop)
    if start is None or end is None or first + start >= last - end:
        return span
    return Span(max(within.start, _seconds(first + start)), min(within.end, _seconds(last - end + 1)))


def _power(levels: NDArray[np.float16]) -> NDArray[np.float64]:
    """Power from decibels, averaged over SMOOTH measurements."""
    import numpy as np

    power = 10 ** (levels.astype(np.float64) / 10)
    padded = np.pad(power, ((SMOOTH // 2, SMOOTH // 2), (0, 0)), mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, SMOOTH, axis=0).mean(axis=-1))


def _active(part: NDArray[np.float64], background: NDArray[np.float16]) -> NDArray[np.bool_]:
    """At which measurements some band stands out of the background, single ones left out."""
    import numpy as np

    threshold = np.full(part.shape[1], 2 * FLOOR)
    if len(background):
        power = _power(background)
        least = ABOVE * np.median(power, axis=0), ABOVE_LOUDEST * np.percentile(power, 95, axis=0)
        threshold = np.maximum(threshold, np.maximum(*least))
    whole = part.sum(axis=1)
    active = (part > threshold).any(axis=1) & (whole > BELOW_PEAK * whole.max())
    padded = np.pad(active, 1).astype(int)
    return np.asarray(padded[:-2] + padded[1:-1] + padded[2:] >= 2)


def _outward(active: NDArray[np.bool_], begin: int) -> int | None:
    """The first measurement of the sound at or behind `begin`, followed back over closures; None where all is quiet."""
    import numpy as np

    behind = np.flatnonzero(active[begin:])
    if not len(behind):
        return None
    if behind[0] * HOP / RATE > CLOSURE:
        return begin + int(behind[0])
    start = begin + int(behind[0])
    for index in np.flatnonzero(active[:start])[::-1]:
        if (start - index) * HOP / RATE > CLOSURE:
            break
        start = int(index)
    return start


def _index(seconds: float) -> int:
    return max(0, round(seconds * RATE / HOP))


def _seconds(index: int) -> float:
    return index * HOP / RATE
