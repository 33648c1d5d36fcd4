"""What each voice of a call sounds like: its spectrum and its pitch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from callqa.speech.diarization.features import FRAME_SECONDS, PITCHES, Frames
from callqa.speech.diarization.gmm import Mixture, adapt
from callqa.speech.diarization.turns import BLOCK

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PITCH_SPREAD = 0.15
"""Least standard deviation of a voice's log pitch: people go up and down, more than a synthetic voice does."""

PITCHED_FRAMES = 40
"""Frames with a pitch from which on a voice's own pitch is known."""

PITCH_OUTLIERS = 0.2
"""Share of pitches that say nothing of the voice, being measured an octave off or spoken in excitement."""

INDEPENDENCE = 0.1
"""Share of its log likelihood by which each frame counts: frames 20 ms apart tell nearly the same."""


@dataclass(frozen=True)
class Voice:
    """The model of one voice: its sound, and its pitch as mean and standard deviation, None where it has none."""

    sound: Mixture
    pitch: tuple[float, float] | None


@dataclass(frozen=True)
class Voices:
    """The models of the voices of a call; `scale` brings cepstra to the size they were learned in.

    `clear` says whether they lie so far apart that they cannot be one voice cut in pieces.
    """

    voices: tuple[Voice, ...]
    scale: NDArray[np.float64]
    clear: bool

    def scores(self, frames: Frames) -> NDArray[np.float64]:
        """How likely each voice is in each block of BLOCK frames: weakened log likelihoods, shape (blocks, voices)."""
        import numpy as np

        each = likelihoods_of(self.voices, frames.cepstra / self.scale, frames.pitch)
        each = np.where(frames.speech[:, np.newaxis], each * INDEPENDENCE, 0.0)
        return np.add.reduceat(each, np.arange(0, len(each), BLOCK), axis=0) if len(each) else each


def modelled(
    frames: Frames, rows: NDArray[np.float64], labels: NDArray[np.intp], everybody: Mixture, groups: int, least: float
) -> tuple[Voice, ...] | None:
    """The voices whose speech is labelled from 0 to groups - 1; None where one has less than `least` seconds."""
    voices = []
    for group in range(groups):
        own = (labels == group) & frames.speech
        if own.sum() * FRAME_SECONDS < least:
            return None
        voices.append(Voice(adapt(everybody, rows[own]), _pitch(frames.pitch[own])))
    return tuple(voices)


def likelihoods_of(
    voices: Sequence[Voice], rows: NDArray[np.float64], pitches: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Log likelihood of each frame in each voice: shape (frames, voices)."""
    import numpy as np

    columns = []
    everywhere = math.log(PITCHES[1] / PITCHES[0])
    with_pitch = all(voice.pitch is not None for voice in voices)
    for voice in voices:
        likelihood = voice.sound.log_likelihood(rows)
        if with_pitch and voice.pitch is not None:
            middle, spread = voice.pitch
            density = np.exp(-0.5 * ((pitches - middle) / spread) ** 2) / (spread * np.sqrt(2 * np.pi))
            logarithm = np.log((1 - PITCH_OUTLIERS) * density + PITCH_OUTLIERS / everywhere)
            likelihood += np.where(np.isfinite(pitches), logarithm, 0.0)
        columns.append(likelihood)
    return np.stack(columns, axis=1)


def _pitch(pitches: NDArray[np.float32]) -> tuple[float, float] | None:
    import numpy as np

    known = pitches[np.isfinite(pitches)]
    if len(known) < PITCHED_FRAMES:
        return None
    middle = float(np.median(known))
    return middle, max(PITCH_SPREAD, 1.4826 * float(np.median(np.abs(known - middle))))
