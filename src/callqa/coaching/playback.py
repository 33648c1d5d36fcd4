"""Playing a short sound through the system's player. Knows nothing of calls."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import wave
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PLAYERS: tuple[tuple[str, ...], ...] = (
    ("afplay",),
    ("paplay",),
    ("pw-play",),
    ("aplay", "-q"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet"),
    ("mpv", "--no-video", "--really-quiet"),
    ("play", "-q"),
)
"""Commands that play a WAV file and then exit; those that come with an operating system first."""


def player() -> tuple[str, ...] | None:
    """Return the first of PLAYERS that is installed, None if none is. Windows needs none."""
    if sys.platform == "win32":
        return ("winsound",)
    return next((command for command in PLAYERS if shutil.which(command[0])), None)


def play(samples: NDArray[np.float32], rate: int, command: tuple[str, ...]) -> bool:
    """Play mono samples in [-1, 1] at `rate` Hz to the end; return False if the player failed."""
    import numpy as np

    with tempfile.TemporaryDirectory(prefix="callqa-") as folder:
        file = Path(folder) / "moment.wav"
        with wave.open(str(file), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(rate)
            sound.writeframes((np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes())
        if sys.platform == "win32":
            import winsound

            winsound.PlaySound(str(file), winsound.SND_FILENAME)
            return True
        # The command is one of PLAYERS, the file one of our own.
        done = subprocess.run([*command, str(file)], stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S603
        return done.returncode == 0
