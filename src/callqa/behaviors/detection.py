"""Detection of behaviors in the utterances of a call, by their phrases and, if no phrase is certain, by their models.

A phrase that needs no model decides its utterance. If none does, the behavior's model judges the utterance in the light
of the call (`call_features`), and a phrase `with_model` makes the model more confident.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from callqa.behaviors.behavior import DOUBTFUL, REVIEW_CONFIDENCE, SURE, Behavior, Hit, in_role
from callqa.behaviors.classifier.call_features import HIGHEST, Scores, call_features, confidence
from callqa.behaviors.classifier.utterance_model import Finding, UtteranceModel
from callqa.behaviors.context import Context, contexts
from callqa.language.normalization import NormalizedText
from callqa.transcripts.transcript import Speaker, Utterance

PHRASE_ODDS = 5.0
"""Factor by which a phrase `with_model` multiplies the model's odds.

Whole calls were judged about equally well with 3, 5 and 8, by models trained without them; single utterances best with
5.
"""


@dataclass(frozen=True)
class PhraseMatch:
    """A phrase of a behavior found in an utterance, at the characters [start, end) of its text."""

    start: int
    end: int
    confidence: float
    rule: str
    with_model: bool
    """True if the match is certain only if the behavior's model agrees."""


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
        )
        for match, rule, phrase in behavior.find(text, context)
    ]


def detect(
    utterances: Sequence[Utterance],
    behaviors: Mapping[str, Behavior],
    *,
    search: PhraseSearch | None = None,
    phrases_only: bool = False,
) -> list[Hit]:
    """Return every occurrence of every behavior, whoever shows it, in the order of the transcript.

    The caller decides who may show a behavior (`in_role`): if it is not certain who speaks, a hit on the other side
    means something too. A model judges only the utterances of the party it was trained for, and only those in which no
    phrase is certain; `phrases_only` leaves models out, for when the parties are not known yet. `search` is the search
    in these utterances, if one was made before.
    """
    search = search or PhraseSearch.of(utterances, behaviors)
    hits: dict[str, list[list[Hit]]] = {name: [] for name in behaviors}
    unconfirmed: dict[str, dict[int, list[Hit]]] = {name: {} for name in behaviors}
    judged = {} if phrases_only else {name: _judged_speakers(behavior) for name, behavior in behaviors.items()}
    for index, (utterance, found) in enumerate(zip(utterances, search.find(utterances), strict=True)):
        for name in behaviors:
            certain: list[Hit] = []
            weak: list[Hit] = []
            has_model = utterance.speaker in judged.get(name, ())
            for match in found[name]:
                hit = Hit(name, index, utterance.speaker, match.start, match.end, match.confidence, match.rule)
                (weak if has_model and match.with_model else certain).append(hit)
            hits[name].append(certain)
            if weak:
                unconfirmed[name][index] = weak
    if not phrases_only:
        scored = _ScoredCall(utterances, search.texts)
        for name, behavior in sorted(behaviors.items(), key=lambda item: item[1].model_after is not None):
            if behavior.models:
                begin = _first_counted(behavior, behaviors, hits)
                _add_model_hits(behavior, scored, hits[name], unconfirmed[name], begin)
    return [hit for index in range(len(utterances)) for rows in hits.values() for hit in rows[index]]


def _judged_speakers(behavior: Behavior) -> tuple[Speaker, ...]:
    """Return the speakers whose utterances the behavior's models judge."""
    if not behavior.models:
        return ()
    return ("agent", "customer", "unknown") if behavior.speaker == "any" else (behavior.speaker,)


class _ScoredCall:
    """The utterances of a call with their scores, each model being run once."""

    def __init__(self, utterances: Sequence[Utterance], texts: Sequence[NormalizedText]):
        self.utterances = utterances
        self.texts = texts
        self._speakers = [utterance.speaker for utterance in utterances]
        self._words = [len(text.tokens) for text in texts]
        self._scores: dict[int, dict[str, Scores]] = {}

    def confidences(self, behavior: Behavior, known: Collection[int]) -> dict[int, float]:
        """Return how surely each utterance shows a behavior in the light of the call.

        The `known` ones are certain to show it. Empty if the behavior's model judges utterances by themselves.
        """
        model = behavior.model
        if model is None:
            return {}
        weights = model.weights[behavior.name]
        if weights.call is None or weights.speaker != behavior.speaker:
            return {}
        scores = dict(self._of(model))
        usual = {name: one.usual for name, one in model.weights.items()}
        scores[behavior.name] = [
            HIGHEST if index in known and score is not None else score
            for index, score in enumerate(scores[behavior.name])
        ]
        return {
            index: confidence(features, weights.call, weights.call_offset)
            for index, features in call_features(behavior.name, scores, self._speakers, self._words, usual)
        }

    def _of(self, model: UtteranceModel) -> dict[str, Scores]:
        if id(model) not in self._scores:
            rows: dict[str, list[float | None]] = {name: [] for name, one in model.weights.items() if one.call}
            for speaker, text in zip(self._speakers, self.texts, strict=True):
                for name, row in rows.items():
                    row.append(model.score(name, text) if model.weights[name].speaker == speaker else None)
            self._scores[id(model)] = dict(rows)
        return self._scores[id(model)]


def _add_model_hits(
    behavior: Behavior, scored: _ScoredCall, hits: list[list[Hit]], unconfirmed: Mapping[int, list[Hit]], begin: int
) -> None:
    """Add what the behavior's models find to the hits of each utterance in which no phrase is certain.

    What a model alone finds counts from the utterance `begin` on. `unconfirmed` holds the hits of phrases that need a
    model to agree.
    """
    known = {index for index, found in enumerate(hits) if any(hit.sure for hit in found)}
    in_call = scored.confidences(behavior, known)
    speakers = _judged_speakers(behavior)
    for index, utterance in enumerate(scored.utterances):
        text = scored.texts[index]
        weak = unconfirmed.get(index, [])
        finding, judged = None, False
        if (weak or index >= begin) and index not in known and utterance.speaker in speakers:
            finding, judged = _finding(behavior, text, in_call.get(index), with_phrase=bool(weak))
        if weak:
            hits[index] += _confirmed(weak, finding, judged=judged)
        elif finding is not None:
            start, end = finding.start, finding.end
            level = _unless_in_doubt(finding.confidence, behavior, text, start, end)
            learned = Hit(behavior.name, index, utterance.speaker, start, end, level, finding.reason, learned=True)
            hits[index] = _with_learned(hits[index], learned)


def _finding(
    behavior: Behavior, text: NormalizedText, in_call: float | None, *, with_phrase: bool
) -> tuple[Finding | None, bool]:
    """Return the finding of a behavior's models if it is worth a person's time, and whether they judged the text."""
    if in_call is not None and behavior.learned is None:
        expected = _raised_by_phrase(in_call) if with_phrase else in_call
        if expected < DOUBTFUL:
            return None, True  # the words that decided need not be searched
    finding = behavior.judge(text, in_call)
    if finding is None:
        return None, False
    if with_phrase:
        finding = replace(finding, confidence=round(_raised_by_phrase(finding.confidence), 3))
    return (finding if finding.confidence >= DOUBTFUL else None), True


def _first_counted(
    behavior: Behavior, behaviors: Mapping[str, Behavior], hits: Mapping[str, Sequence[Sequence[Hit]]]
) -> int:
    """Return the index of the first utterance in which a finding of the behavior's model alone counts.

    That is the first of all if no other behavior must come before it (`model_after`), or if that one is not detected.
    """
    required = behaviors.get(behavior.model_after or "")
    if required is None:
        return 0
    rows = hits[required.name]
    return next((i for i, found in enumerate(rows) if any(in_role(hit, required) for hit in found)), len(rows))


def _raised_by_phrase(confidence: float) -> float:
    """Return the confidence of a model's finding in an utterance that also contains a phrase `with_model`."""
    odds = PHRASE_ODDS * confidence / max(1e-9, 1 - confidence)
    return odds / (1 + odds)


def _confirmed(weak: Sequence[Hit], finding: Finding | None, *, judged: bool) -> list[Hit]:
    """Return the hits of phrases `with_model` that remain, given the model's finding in the same utterance.

    `finding` is None if it is not worth a person's time, or if no model `judged` the utterance.
    """
    if finding is None and judged:
        return []
    if finding is not None and finding.confidence >= SURE:
        return list(weak)
    return [replace(hit, confidence=min(hit.confidence, REVIEW_CONFIDENCE)) for hit in weak]


def _unless_in_doubt(confidence: float, behavior: Behavior, text: NormalizedText, start: int, end: int) -> float:
    """Return the confidence of a hit, lowered if its sentence contains one of the behavior's `doubts`."""
    in_doubt = confidence > REVIEW_CONFIDENCE and behavior.in_doubt(text, start, end)
    return REVIEW_CONFIDENCE if in_doubt else confidence


def _with_learned(found: list[Hit], learned: Hit) -> list[Hit]:
    """Return the hits of phrases that are not sure, or the model's hit instead if it is more certain."""
    if any(hit.confidence >= learned.confidence for hit in found):
        return found
    return [hit for hit in found if hit.end <= learned.start or learned.end <= hit.start] + [learned]
