"""The search for the phrases of behaviors in the utterances of a call, made once for everything that reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from callqa.behaviors.behavior import REVIEW_CONFIDENCE, SURE, Behavior
from callqa.behaviors.context import Context, contexts
from callqa.language.normalization import NormalizedText
from callqa.transcripts.transcript import Utterance

WITH_MODEL = 5 / 6
"""How certain a phrase `with_model` is by itself: it multiplies the model's odds by 5.

Whole calls were judged about equally well with 3, 5 and 8, by models trained without them; single utterances best with
5.
"""

MOST_CERTAIN = 0.99
"""How certain a phrase can be by itself: it multiplies the model's odds by 99 at most, so that the model can still
object. In ordinary talk any phrase is said some time by somebody who means no harm."""


@dataclass(frozen=True)
class PhraseMatch:
    """A phrase of a behavior found in an utterance, at the characters [start, end) of its text."""

    start: int
    end: int
    confidence: float
    rule: str
    with_model: bool
    """True if the match is certain only if the behavior's model agrees."""
    alone: bool
    """True if the phrase counts whatever a model says."""

    @property
    def certainty(self) -> float:
        """The certainty of the phrase by itself, where a model judges too."""
        weak = self.with_model or self.confidence < SURE
        return WITH_MODEL if weak else min(self.confidence, MOST_CERTAIN)


class PhraseSearch:
    """The utterances of one call, normalised once, and the phrases of behaviors found in them.

    Which phrases count depends on how the utterances form turns, not on what their speakers are called. So the search
    made to name the agent among known parties also serves the detection that follows.
    """

    def __init__(self, texts: Sequence[NormalizedText], behaviors: Mapping[str, Behavior]):
        self.texts = tuple(texts)
        self.behaviors = behaviors
        self._parties: tuple[int, ...] | None = None
        self._found: list[dict[str, list[PhraseMatch]]] = []

    @classmethod
    def of(cls, utterances: Sequence[Utterance], behaviors: Mapping[str, Behavior]) -> PhraseSearch:
        """Return the search in these utterances, whoever their speakers are."""
        return cls([NormalizedText(utterance.text) for utterance in utterances], behaviors)

    def among(self, places: Sequence[int]) -> PhraseSearch:
        """Return the search in some of the utterances, given by their indices; this very one if they are all."""
        if len(places) == len(self.texts):
            return self
        return PhraseSearch([self.texts[place] for place in places], self.behaviors)

    def find(self, utterances: Sequence[Utterance]) -> list[dict[str, list[PhraseMatch]]]:
        """Return the matches in each utterance, by behavior. `utterances` name who said each of the texts."""
        numbers: dict[str, int] = {}
        parties = tuple(numbers.setdefault(utterance.speaker, len(numbers)) for utterance in utterances)
        if parties != self._parties:
            in_context = zip(self.texts, contexts(utterances, self.texts), strict=True)
            self._found = [
                {name: _matches(behavior, text, context) for name, behavior in self.behaviors.items()}
                for text, context in in_context
            ]
            self._parties = parties
        return self._found


def _matches(behavior: Behavior, text: NormalizedText, context: Context) -> list[PhraseMatch]:
    return [
        PhraseMatch(
            match.start,
            match.end,
            _unless_in_doubt(rule.confidence, behavior, text, match.start, match.end),
            phrase.source,
            rule.with_model,
            behavior.counts_alone(rule),
        )
        for match, rule, phrase in behavior.find(text, context)
    ]


def _unless_in_doubt(confidence: float, behavior: Behavior, text: NormalizedText, start: int, end: int) -> float:
    """Return the confidence of a hit, lowered if its sentence contains one of the behavior's `doubts`."""
    in_doubt = confidence > REVIEW_CONFIDENCE and behavior.in_doubt(text, start, end)
    return REVIEW_CONFIDENCE if in_doubt else confidence
