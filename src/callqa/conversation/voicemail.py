"""Recognising calls nobody answered: answering machines and the network's announcements."""

from __future__ import annotations

from dataclasses import dataclass

from callqa.language.normalization import NormalizedText
from callqa.language.phrases import PhraseSet
from callqa.transcripts.transcript import Transcript, turn_numbers

MOST_TURNS = 4
"""Turns a call with a machine has at most; in a conversation somebody may well talk about voicemail."""


@dataclass(frozen=True)
class Voicemail:
    """Phrases machines say."""

    phrases: PhraseSet

    def answers(self, transcript: Transcript) -> bool:
        """Whether a machine, and nobody else, is at the other end."""
        utterances = transcript.utterances
        if not utterances or turn_numbers(utterances)[-1] >= MOST_TURNS:
            return False
        return any(self.phrases.find(NormalizedText(utterance.text)) for utterance in utterances)
