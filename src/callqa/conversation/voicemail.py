"""Recognising calls nobody answered: answering machines and the network's announcements."""

from __future__ import annotations

from dataclasses import dataclass

from callqa.conversation.analysed_call import AnalysedCall
from callqa.language.phrases import PhraseSet
from callqa.transcripts.transcript import turn_numbers

MOST_TURNS = 4
"""Most turns in a call with a machine; in a longer conversation somebody may well talk about voicemail."""


@dataclass(frozen=True)
class Voicemail:
    """Detects answering machines by phrases they say."""

    phrases: PhraseSet

    def answers(self, call: AnalysedCall) -> bool:
        """Return True if a machine answers, and nobody else."""
        utterances = call.utterances
        if not utterances or turn_numbers(utterances)[-1] >= MOST_TURNS:
            return False
        return any(self.phrases.find(text) for text in call.texts)
