"""Detection of behaviors in the utterances of a call, by their phrases and their models.

A behavior's model judges every utterance of its party in the light of the call (`call_features`), and a phrase raises
the odds that it gives: the more certain the phrase, the more. So a phrase that means something else in ordinary talk
finds nothing there. A team's own phrases, and those of behaviors without such a model, count by themselves.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from callqa.behaviors.behavior import DOUBTFUL, REVIEW_CONFIDENCE, SURE, Behavior, Hit, in_role
from callqa.behaviors.classifier.call_features import HIGHEST, Scores, call_features, confidence, speaks
from callqa.behaviors.classifier.utterance_model import UtteranceModel
from callqa.behaviors.phrase_search import PhraseMatch, PhraseSearch
from callqa.language.normalization import NormalizedText
from callqa.transcripts.transcript import Speaker, Utterance

TEMPERATURE = 0.7
"""Weight of log odds beyond those of SURE in the confidence that is shown; fitted by eye to the reliability of findings
in calls that the model was not trained on (`benchmarks/reliability.py`)."""


def detect(
    utterances: Sequence[Utterance],
    behaviors: Mapping[str, Behavior],
    *,
    search: PhraseSearch | None = None,
    phrases_only: bool = False,
) -> list[Hit]:
    """Return every occurrence of every behavior, whoever shows it, in the order of the transcript.

    The caller decides who may show a behavior (`in_role`): if it is not certain who speaks, a hit on the other side
    means something too. A model judges only the utterances of the party it was trained for; `phrases_only` leaves
    models out, for when the parties are not known yet. `search` is the search in these utterances, if one was made
    before.
    """
    search = search or PhraseSearch.of(utterances, behaviors)
    found = search.find(utterances)
    scored = _ScoredCall(utterances, search.texts)
    hits: dict[str, list[list[Hit]]] = {name: [] for name in behaviors}
    for name, behavior in sorted(behaviors.items(), key=lambda item: item[1].model_after is not None):
        matches = [row[name] for row in found]
        if phrases_only or not behavior.models:
            hits[name] = [
                [_by_phrase(name, scored, index, match) for match in row] for index, row in enumerate(matches)
            ]
        else:
            begin = _first_counted(behavior, behaviors, hits)
            hits[name] = _judged(behavior, scored, matches, begin)
    for name, behavior in behaviors.items():
        for other in behavior.excludes:
            if other in hits:
                hits[name] = [_unless_shown(*both) for both in zip(hits[name], hits[other], strict=True)]
    return [hit for index in range(len(utterances)) for name in behaviors for hit in hits[name][index]]


def _unless_shown(mine: list[Hit], others: Sequence[Hit]) -> list[Hit]:
    """Return the hits of a behavior in an utterance, none if it certainly shows another one that excludes it."""
    return [] if any(other.sure and not other.learned for other in others) else mine


def _by_phrase(name: str, scored: _ScoredCall, index: int, match: PhraseMatch, *, model: float | None = None) -> Hit:
    """Return the hit of a phrase; `model` is the confidence of the behavior's model without it."""
    level = match.confidence
    if model is not None:
        level = _calibrated(_raised_by_phrase(model, match.certainty))
        if match.confidence < SURE:  # such a phrase asks a person to listen, whatever the model says
            level = min(level, match.confidence)
    speaker = scored.utterances[index].speaker
    certainty = match.confidence if model is None else match.certainty
    return Hit(name, index, speaker, match.start, match.end, round(level, 3), match.rule, phrase=certainty, model=model)


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

    def confidences(self, behavior: Behavior, known: Collection[int]) -> dict[int, tuple[float, bool]]:
        """Return how surely each utterance shows a behavior in the light of its call, and if its words speak for it.

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
            index: (confidence(features, weights.call, weights.call_offset), speaks(features))
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


def _judged(
    behavior: Behavior, scored: _ScoredCall, matches: Sequence[Sequence[PhraseMatch]], begin: int
) -> list[list[Hit]]:
    """Return the hits of a behavior with models in each utterance, found by phrases and models together.

    What a model alone finds counts from the utterance `begin` on.
    """
    speakers = _judged_speakers(behavior)
    known = {
        index for index, row in enumerate(matches) if any(match.alone and match.confidence >= SURE for match in row)
    }
    in_call = scored.confidences(behavior, known)
    hits: list[list[Hit]] = []
    for index, row in enumerate(matches):
        judged = scored.utterances[index].speaker in speakers
        if not judged:
            hits.append([_by_phrase(behavior.name, scored, index, match) for match in row])
        elif index in in_call:
            hits.append(_weighed(behavior, scored, index, row, in_call[index], counts=index >= begin))
        else:
            hits.append(_confirmed(behavior, scored, index, row, counts=index >= begin))
    return hits


def _weighed(
    behavior: Behavior,
    scored: _ScoredCall,
    index: int,
    matches: Sequence[PhraseMatch],
    judged: tuple[float, bool],
    *,
    counts: bool,
) -> list[Hit]:
    """Return the hits in an utterance that the behavior's model has `judged` in the light of the call.

    The confidence of the model and the certainty of each phrase are combined. The model's own finding `counts` if the
    behavior that must come first has come.
    """
    text = scored.texts[index]
    model, speaks_for_it = judged
    hits = []
    for match in matches:
        if match.alone:  # the model is a witness, but has no say
            hits.append(replace(_by_phrase(behavior.name, scored, index, match), model=round(model, 3)))
            continue
        hit = _by_phrase(behavior.name, scored, index, match, model=round(model, 3))
        if hit.sure and match.with_model and behavior.excepts(text):
            hit = replace(hit, confidence=REVIEW_CONFIDENCE)
        if hit.confidence >= DOUBTFUL:
            hits.append(hit)
    if any(hit.sure for hit in hits) or not counts:
        return hits
    alone = model if speaks_for_it else 0.0
    # What a model alone only suspects is right in two of five cases: too little to bother a person with.
    learned = _by_model(behavior, scored, index, alone) if alone >= SURE or behavior.learned else None
    return _with_learned(hits, learned) if learned else hits


def _confirmed(
    behavior: Behavior, scored: _ScoredCall, index: int, matches: Sequence[PhraseMatch], *, counts: bool
) -> list[Hit]:
    """Return the hits in an utterance of a behavior whose models judge utterances by themselves.

    Its phrases were not chosen for a model, so they count by themselves, except for those `with_model`: they are sure
    only if a model is, and dropped if no model finds the utterance worth a person's time.
    """
    hits = [_by_phrase(behavior.name, scored, index, match) for match in matches if not match.with_model]
    weak = [match for match in matches if match.with_model]
    if any(hit.sure for hit in hits):
        return hits
    finding = behavior.judge(scored.texts[index]) if weak or counts else None
    if weak:
        if finding is None:  # no words to judge, or an exception
            return hits + [
                replace(_by_phrase(behavior.name, scored, index, match), confidence=REVIEW_CONFIDENCE) for match in weak
            ]
        confirmed = [_by_phrase(behavior.name, scored, index, match, model=finding.confidence) for match in weak]
        return hits + [hit for hit in confirmed if hit.confidence >= DOUBTFUL]
    learned = _by_model(behavior, scored, index, None) if finding else None
    return _with_learned(hits, learned) if learned else hits


def _by_model(behavior: Behavior, scored: _ScoredCall, index: int, in_call: float | None) -> Hit | None:
    """Return the finding of a behavior's models alone in an utterance; None if it is not worth a person's time."""
    text = scored.texts[index]
    finding = behavior.judge(text, in_call)
    if finding is None or finding.confidence < DOUBTFUL:
        return None
    in_doubt = finding.confidence > REVIEW_CONFIDENCE and behavior.in_doubt(text, finding.start, finding.end)
    shown = finding.confidence if in_call is None else round(_calibrated(finding.confidence), 3)
    level = REVIEW_CONFIDENCE if in_doubt else shown
    speaker = scored.utterances[index].speaker
    start, end, reason = finding.start, finding.end, finding.reason
    return Hit(behavior.name, index, speaker, start, end, level, reason, learned=True, model=finding.confidence)


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


def _calibrated(confidence: float) -> float:
    """Return the confidence to show, so that of what is shown as 0.9 nine in ten are right.

    Phrases and models were chosen with the same kinds of lines in view, so that together they are more certain than
    they should be. What is sure stays sure.
    """
    if confidence <= SURE:
        return confidence
    border = math.log(SURE / (1 - SURE))
    odds = math.exp(border + TEMPERATURE * (math.log(confidence / max(1e-9, 1 - confidence)) - border))
    return odds / (1 + odds)


def _raised_by_phrase(confidence: float, certainty: float) -> float:
    """Return the confidence of a model's finding in an utterance with a phrase that is this certain by itself.

    The odds are multiplied, as for witnesses that are independent of each other (Bayes' rule).
    """
    odds = confidence / max(1e-9, 1 - confidence) * certainty / max(1e-9, 1 - certainty)
    return odds / (1 + odds)


def _with_learned(found: list[Hit], learned: Hit) -> list[Hit]:
    """Return the hits of phrases that are not sure, or the model's hit instead if it is more certain."""
    if any(hit.confidence >= learned.confidence for hit in found):
        return found
    return [hit for hit in found if hit.end <= learned.start or learned.end <= hit.start] + [learned]
