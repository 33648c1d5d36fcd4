"""Named behaviors: what a speaker does in words, found in utterances by phrases, exceptions, context and a model.

A behavior is a YAML file (`behavior_schema`): phrases that show it, exceptions that cancel the hits they overlap,
doubts that leave a hit to a person, and examples that test the file. Shipped files are in `rubrics/behaviors/`, a
team's own in the folder of its rubrics. If nobody can list all the phrases, a model (`utterance_model`) finds more, and
it weighs what shipped phrases find (`detection`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from callqa.behaviors.behavior_schema import BehaviorFile, PartyOrAny, PhraseRule
from callqa.behaviors.classifier.utterance_model import Finding, LearnedModel, UtteranceModel
from callqa.behaviors.context import Context
from callqa.language.normalization import NormalizedText, SpanSet
from callqa.language.phrases import Match, Phrase, PhraseSet
from callqa.language.quotes import sentence_span
from callqa.transcripts.transcript import Speaker

SURE = 0.6
"""Confidence below which a person must judge a hit."""

DOUBTFUL = 0.5
"""Confidence below which a finding is not worth a person's time."""

REVIEW_CONFIDENCE = 0.5
"""Confidence of a hit that a person must judge, however certain its wording is by itself."""


@dataclass(frozen=True)
class Hit:
    """One occurrence of a behavior: characters [start, end) of an utterance, and the phrase that found it.

    `learned` is true if a model found it and no phrase did; `rule` then names the words with the largest weights.
    `phrase` and `model` are its two witnesses: how certain the phrase is by itself, and how certain the model is in the
    light of the call, without the phrase. Each is None if there is none.
    """

    behavior: str
    utterance: int
    speaker: Speaker
    start: int
    end: int
    confidence: float
    rule: str
    learned: bool = False
    phrase: float | None = None
    model: float | None = None

    @property
    def sure(self) -> bool:
        """True if it counts without a person's judgement."""
        return self.confidence >= SURE


class Behavior:
    """A behavior ready to search with."""

    def __init__(self, file: BehaviorFile, extended: Behavior | None = None, model: UtteranceModel | None = None):
        self.name = file.behavior
        self.title: str = file.title or (extended.title if extended else file.behavior.replace("_", " ").capitalize())
        self.about: str = file.about or (extended.about if extended else "")
        inherits = "speaker" not in file.model_fields_set
        self.speaker: PartyOrAny = extended.speaker if extended and inherits else file.speaker
        self.examples = file.examples
        self.model: UtteranceModel | None = model or (extended.model if extended else None)
        self.model_after: str | None = file.model_after or (extended.model_after if extended else None)
        self.excludes: tuple[str, ...] = tuple(file.excludes or (extended.excludes if extended else ()))
        self.learned: LearnedModel | None = None
        self.own = False
        """True if its file is a team's own, not a shipped one."""
        self._inherited = len(extended.rules) if extended else 0
        self.rules: tuple[PhraseRule, ...] = (*(extended.rules if extended else ()), *file.phrases)
        self.exceptions: tuple[str, ...] = (*(extended.exceptions if extended else ()), *file.exceptions)
        self.doubts: tuple[str, ...] = (*(extended.doubts if extended else ()), *file.doubts)
        self._owner = [rule for rule in self.rules for _ in rule.say]
        self._phrases = PhraseSet([phrase for rule in self.rules for phrase in rule.say])
        self._exceptions = PhraseSet(self.exceptions)
        self._doubts = PhraseSet(self.doubts)
        self._conditions = {
            phrases: PhraseSet(phrases) for rule in self.rules for phrases in map(_key, _conditions(rule)) if phrases
        }

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """The phrases that can show the behavior."""
        return self._phrases.phrases

    @property
    def models(self) -> tuple[UtteranceModel, ...]:
        """The models that judge it: the one that came with it, and the one learned from its examples."""
        return tuple(model for model in (self.model, self.learned and self.learned.model) if model)

    def find(self, spoken: NormalizedText, context: Context | None = None) -> list[tuple[Match, PhraseRule, Phrase]]:
        """Find where an utterance shows the behavior; of matches that overlap, the most certain counts."""
        matches = self._phrases.find(spoken)
        if not matches:
            return []
        excepted = SpanSet((e.start, e.end) for e in self._exceptions.find(spoken))
        found = [
            (match, self._owner[match.phrase], self._phrases.phrases[match.phrase])
            for match in matches
            if not excepted.overlaps(match.start, match.end)
            and self._allowed(self._owner[match.phrase], spoken, context)
        ]
        found.sort(
            key=lambda item: (item[1].with_model, -item[1].confidence, -(item[0].end - item[0].start), item[0].start)
        )
        kept: list[tuple[Match, PhraseRule, Phrase]] = []
        taken = SpanSet()
        for item in found:
            if not taken.overlaps(item[0].start, item[0].end):
                taken.add(item[0].start, item[0].end)
                kept.append(item)
        return sorted(kept, key=lambda item: item[0].start)

    def judge(self, spoken: NormalizedText, in_call: float | None = None) -> Finding | None:
        """Return the most certain finding of the behavior's models in an utterance; None if an exception overlaps it.

        `in_call` is the confidence of the model that came with it in the light of the call; if it is None, that model
        judges the utterance by itself, as one learned from examples always does.
        """
        findings = [
            finding
            for model in self.models
            if (finding := model.judge(self.name, spoken, in_call if model is self.model else None))
        ]
        finding = max(findings, key=lambda one: one.confidence, default=None)
        if finding is None:
            return None
        excepted = self._exceptions.find(spoken)
        return None if any(finding.start < e.end and e.start < finding.end for e in excepted) else finding

    def counts_alone(self, rule: PhraseRule) -> bool:
        """Return True if a phrase rule needs no model: it says so, or it is a team's own.

        The shipped model has never seen the words of a team.
        """
        own = self.own and not any(rule is inherited for inherited in self.rules[: self._inherited])
        return not rule.with_model and (own or rule.without_model)

    def excepts(self, spoken: NormalizedText) -> bool:
        """Return True if an exception occurs anywhere in an utterance."""
        return bool(self._exceptions.find(spoken))

    def in_doubt(self, spoken: NormalizedText, start: int, end: int) -> bool:
        """Return True if the sentence around the characters [start, end) contains one of `doubts`."""
        if not self.doubts:
            return False
        first, last = sentence_span(spoken.text, start, end)
        return any(match.start < last and first < match.end for match in self._doubts.find(spoken))

    def _allowed(self, rule: PhraseRule, spoken: NormalizedText, context: Context | None) -> bool:
        if rule.unless and self._conditions[_key(rule.unless)].find(spoken):
            return False
        if context is None:
            return True
        if rule.first_turns is not None and context.turn >= rule.first_turns:
            return False
        if rule.last_turns is not None and context.turns - context.turn > rule.last_turns:
            return False
        if rule.later_in_turn and context.opens:
            return False
        if rule.unless_said_again and context.repeated_in_answer:
            return False
        wanted = ((rule.after, context.before), (rule.answered, context.answer))
        unwanted = (
            (rule.not_after, context.before),
            (rule.not_after_own, context.own_before),
            (rule.not_before_own, context.own_after),
        )
        return all(self._any(phrases, lines) for phrases, lines in wanted if phrases) and not any(
            self._any(phrases, lines) for phrases, lines in unwanted if phrases
        )

    def _any(self, phrases: list[str], lines: Iterable[NormalizedText]) -> bool:
        wanted = self._conditions[_key(phrases)]
        return any(wanted.find(line) for line in lines)


def _conditions(rule: PhraseRule) -> tuple[list[str] | None, ...]:
    return (rule.unless, rule.after, rule.not_after, rule.not_after_own, rule.not_before_own, rule.answered)


def _key(phrases: list[str] | None) -> tuple[str, ...]:
    return tuple(phrases or ())


def in_role(hit: Hit, behavior: Behavior) -> bool:
    """Return True if the hit's speaker may show the behavior; an unknown speaker may be either party."""
    return behavior.speaker == "any" or hit.speaker in (behavior.speaker, "unknown")
