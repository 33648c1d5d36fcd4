"""The log-mel spectrogram of a window, as Whisper's encoder takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

FRAMES_PER_SECOND = 100
"""Frames of a spectrogram per second."""

WINDOW_FRAMES = 3000
"""Frames that the encoder takes in at once, 30 seconds."""

PADDING = 400
"""Samples of silence after a window, so that the last frame of its spectrogram is not its mirror image."""


def log_mel_spectrogram(samples: NDArray[np.float32], mels: int, frames: int, device: Any) -> Tensor:
    """Return the first `frames` frames of the spectrogram of samples on a device of PyTorch, (mels, frames)."""
    import whisper

    mel: Tensor = whisper.log_mel_spectrogram(samples, mels, padding=PADDING, device=device)
    return mel[:, :frames]
