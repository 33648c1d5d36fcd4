"""Models of the voices of a call: their spectrum and their pitch."""

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
"""Least standard deviation of a voice's log pitch: people's pitch varies more than that of a synthetic voice."""

PITCHED_FRAMES = 40
"""Least number of frames with a pitch for a voice's own pitch to be known."""

PITCH_OUTLIERS = 0.2
"""Share of pitches that say nothing about the voice, because they are an octave off or spoken in excitement."""

INDEPENDENCE = 0.1
"""Weight of each frame's log likelihood: frames 20 ms apart carry nearly the same information."""


@dataclass(frozen=True)
class Voice:
    """The model of one voice: its spectrum, and the mean and standard deviation of its log pitch, None if unknown."""

    spectrum: Mixture
    pitch: tuple[float, float] | None


@dataclass(frozen=True)
class Voices:
    """The models of the voices of a call; `scale` divides cepstra as in the training of the models.

    `distinct` if they differ so much that they cannot be a single voice that was split.
    """

    voices: tuple[Voice, ...]
    scale: NDArray[np.float64]
    distinct: bool

    def scores(self, frames: Frames) -> NDArray[np.float64]:
        """Return weakened log likelihoods of each voice in each block of BLOCK frames: shape (blocks, voices)."""
        import numpy as np

        each = log_likelihoods(self.voices, frames.cepstra / self.scale, frames.pitch)
        each = np.where(frames.speech[:, np.newaxis], each * INDEPENDENCE, 0.0)
        return np.add.reduceat(each, np.arange(0, len(each), BLOCK), axis=0) if len(each) else each


def model_voices(
    frames: Frames, rows: NDArray[np.float64], labels: NDArray[np.intp], background: Mixture, groups: int, least: float
) -> tuple[Voice, ...] | None:
    """Model the voices whose speech is labelled 0 to groups - 1; None if one has less than `least` seconds."""
    voices = []
    for group in range(groups):
        own = (labels == group) & frames.speech
        if own.sum() * FRAME_SECONDS < least:
            return None
        voices.append(Voice(adapt(background, rows[own]), _pitch(frames.pitch[own])))
    return tuple(voices)


def log_likelihoods(
    voices: Sequence[Voice], rows: NDArray[np.float64], pitches: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return the log likelihood of each frame in each voice: shape (frames, voices)."""
    import numpy as np

    columns = []
    everywhere = math.log(PITCHES[1] / PITCHES[0])
    with_pitch = all(voice.pitch is not None for voice in voices)
    for voice in voices:
        likelihood = voice.spectrum.log_likelihood(rows)
        if with_pitch and voice.pitch is not None:
            mean, spread = voice.pitch
            density = np.exp(-0.5 * ((pitches - mean) / spread) ** 2) / (spread * np.sqrt(2 * np.pi))
            logarithm = np.log((1 - PITCH_OUTLIERS) * density + PITCH_OUTLIERS / everywhere)
            likelihood += np.where(np.isfinite(pitches), logarithm, 0.0)
        columns.append(likelihood)
    return np.stack(columns, axis=1)


def _pitch(pitches: NDArray[np.float32]) -> tuple[float, float] | None:
    import numpy as np

    known = pitches[np.isfinite(pitches)]
    if len(known) < PITCHED_FRAMES:
        return None
    median = float(np.median(known))
    return median, max(PITCH_SPREAD, 1.4826 * float(np.median(np.abs(known - median))))
