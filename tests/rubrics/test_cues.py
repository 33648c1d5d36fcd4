from __future__ import annotations

from callqa.language.normalization import NormalizedText
from callqa.rubrics.cues import load_cues


def test_the_shipped_cues_tell_parties_and_machines() -> None:
    cues, voicemail = load_cues()
    assert cues.agent.phrases
    assert cues.customer.phrases
    assert voicemail.phrases.find(NormalizedText("Please leave a message after the tone."))
