"""Diarization of one channel by voice: on the CPU, without a trained model and without a download.

`features` measures the sound; `gmm` and `voice_models` describe voices; `clustering` groups pieces of speech as first
guesses; `voice_learning` learns the voices of a call from the call itself; `turns` converts the likelihoods of the
voices to turns; `diarize` combines them and is what other packages use.
"""

from callqa.speech.diarization.diarize import FINGERPRINT, OTHER_VOICE, Diarization, diarize_recording
from callqa.speech.diarization.turns import Turn

__all__ = ["FINGERPRINT", "OTHER_VOICE", "Diarization", "Turn", "diarize_recording"]
