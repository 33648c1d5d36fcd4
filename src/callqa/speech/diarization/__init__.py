"""Who speaks when in one channel, by voice: on the CPU, without a trained model and without a download.

`features` measures the sound; `mixtures`, `models` and `clustering` describe voices and make first guesses; `learning`
works out the voices of a call from the call itself; `sequence` makes turns of how likely each voice is; `apart` is what
others use.
"""

from callqa.speech.diarization.diarize import FINGERPRINT, OTHER, Diarization, voices_of
from callqa.speech.diarization.turns import Turn

__all__ = ["FINGERPRINT", "OTHER", "Diarization", "Turn", "voices_of"]
