"""Which behaviors a call's lines show: by their phrases, and by models of lines where no phrase is sure.

A phrase that stands by itself settles its line. Where none does, the behavior's model judges the line in the light of
the call (`line_in_call`), and a phrase that needs the model to agree makes the line likelier to it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from callqa.behaviors.behavior import DOUBTED, DOUBTFUL, SURE, Behavior, Hit, in_role
from callqa.behaviors.classifier.call_features import HIGHEST, Scores, confidence, signs
from callqa.behaviors.classifier.line_model import Finding, LineModel
from callqa.behaviors.context import Context, contexts
from callqa.language.normalization import NormalizedText
from callqa.transcripts.transcript import Speaker, Utterance

PHRASE_ODDS = 5.0
"""How many times likelier a phrase `with_model` makes a line by the model's odds.

Calls were judged about as well by 3, 5 and 8, by models trained without them; lines that stand alone best by 5.
"""


@dataclass(frozen=True)
class PhraseMatch:
    """A phrase of a behavior found in an utterance, at the characters [start, end) of its text."""

    start: int
    end: int
    confidence: float
    rule: str
    with_model: bool
    """True if the match counts for certain only where the behavior's model agrees."""


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
        """Return the search in these utterances, whoever said them."""
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
            around = contexts(utterances, self.texts)
            self._found = [
                {name: _matches(behavior, text, context) for name, behavior in self.behaviors.items()}
                for text, context in zip(self.texts, around, strict=True)
            ]
            self._parties = parties
        return self._found


def _matches(behavior: Behavior, text: NormalizedText, context: Context) -> list[PhraseMatch]:
    return [
        PhraseMatch(
            match.start,
            match.end,
            _doubted(rule.confidence, behavior, text, match.start, match.end),
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
    """Find every occurrence of every behavior, whoever shows it, in the order of the transcript.

    Who may show a behavior is for the caller to weigh (`in_role`): where it is not certain who speaks, a hit on the
    other side means something too. A model judges only the utterances of the party it learned from, where no phrase was
    found for certain; `phrases_only` leaves models out, for when the parties are not known yet. `search` is the search
    in these utterances, if one was made before.
    """
    search = search or PhraseSearch.of(utterances, behaviors)
    hits: dict[str, list[list[Hit]]] = {name: [] for name in behaviors}
    waiting: dict[str, dict[int, list[Hit]]] = {name: {} for name in behaviors}
    asking = {} if phrases_only else {name: _asking(behavior) for name, behavior in behaviors.items()}
    for index, (utterance, found) in enumerate(zip(utterances, search.find(utterances), strict=True)):
        for name in behaviors:
            sure: list[Hit] = []
            weak: list[Hit] = []
            asked = utterance.speaker in asking.get(name, ())
            for match in found[name]:
                hit = Hit(name, index, utterance.speaker, match.start, match.end, match.confidence, match.rule)
                (weak if asked and match.with_model else sure).append(hit)
            hits[name].append(sure)
            if weak:
                waiting[name][index] = weak
    if not phrases_only:
        scored = _Scored(utterances, search.texts)
        for name, behavior in sorted(behaviors.items(), key=lambda item: item[1].model_after is not None):
            if behavior.models:
                begin = _begin(behavior, behaviors, hits)
                _ask(behavior, scored, hits[name], waiting[name], begin)
    return [hit for index in range(len(utterances)) for lines in hits.values() for hit in lines[index]]


def _asking(behavior: Behavior) -> tuple[Speaker, ...]:
    """Whose lines the behavior's models judge."""
    if not behavior.models:
        return ()
    return ("agent", "customer", "unknown") if behavior.speaker == "any" else (behavior.speaker,)


class _Scored:
    """A call's lines with what models of lines make of them, each model asked once."""

    def __init__(self, utterances: Sequence[Utterance], spoken: Sequence[NormalizedText]):
        self.utterances = utterances
        self.spoken = spoken
        self._speakers = [utterance.speaker for utterance in utterances]
        self._words = [len(line.tokens) for line in spoken]
        self._scores: dict[int, dict[str, Scores]] = {}

    def in_call(self, behavior: Behavior, known: Collection[int]) -> dict[int, float]:
        """How surely lines show a behavior in the light of the call, some of which are known to show it.

        Empty where the behavior's model judges lines by themselves.
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
            index: confidence(found, weights.call, weights.call_offset)
            for index, found in signs(behavior.name, scores, self._speakers, self._words, usual)
        }

    def _of(self, model: LineModel) -> dict[str, Scores]:
        if id(model) not in self._scores:
            rows: dict[str, list[float | None]] = {name: [] for name, one in model.weights.items() if one.call}
            for speaker, line in zip(self._speakers, self.spoken, strict=True):
                for name, row in rows.items():
                    row.append(model.score(name, line) if model.weights[name].speaker == speaker else None)
            self._scores[id(model)] = dict(rows)
        return self._scores[id(model)]


def _ask(
    behavior: Behavior, scored: _Scored, lines: list[list[Hit]], waiting: Mapping[int, list[Hit]], begin: int
) -> None:
    """Add to the hits of each line what the behavior's models find where no phrase did for sure.

    What a model alone finds counts from the line `begin` on. Hits of phrases that need one to agree have been `waiting`
    for that.
    """
    known = {index for index, hits in enumerate(lines) if any(hit.sure for hit in hits)}
    in_call = scored.in_call(behavior, known)
    asking = _asking(behavior)
    for index, utterance in enumerate(scored.utterances):
        weak = waiting.get(index, [])
        finding, judged = None, False
        if (weak or index >= begin) and index not in known and utterance.speaker in asking:
            finding, judged = _finding(behavior, scored.spoken[index], in_call.get(index), likelier=bool(weak))
        if weak:
            lines[index] += _agreed(weak, finding, known=judged)
        elif finding is not None:
            start, end = finding.start, finding.end
            level = _doubted(finding.confidence, behavior, scored.spoken[index], start, end)
            learned = Hit(behavior.name, index, utterance.speaker, start, end, level, finding.reason, learned=True)
            lines[index] = _with_model(lines[index], learned)


def _finding(
    behavior: Behavior, spoken: NormalizedText, in_call: float | None, *, likelier: bool
) -> tuple[Finding | None, bool]:
    """What is worth a person's time of what a behavior's models make of a line, and whether they judged it at all."""
    if in_call is not None and behavior.learned is None and (_likelier(in_call) if likelier else in_call) < DOUBTFUL:
        return None, True  # what decided is sought only where it is told
    finding = behavior.judge(spoken, in_call)
    if finding is None:
        return None, False
    if likelier:
        finding = replace(finding, confidence=round(_likelier(finding.confidence), 3))
    return (finding if finding.confidence >= DOUBTFUL else None), True


def _begin(behavior: Behavior, behaviors: Mapping[str, Behavior], hits: Mapping[str, Sequence[Sequence[Hit]]]) -> int:
    """The first utterance in which what the behavior's model finds counts.

    That is the first of all where nothing must come before it, or where what must is not looked for.
    """
    needed = behaviors.get(behavior.model_after or "")
    if needed is None:
        return 0
    lines = hits[needed.name]
    return next((i for i, found in enumerate(lines) if any(in_role(hit, needed) for hit in found)), len(lines))


def _likelier(confidence: float) -> float:
    """How sure a model's finding is where a phrase that needs it to agree was found as well."""
    odds = PHRASE_ODDS * confidence / max(1e-9, 1 - confidence)
    return odds / (1 + odds)


def _agreed(weak: Sequence[Hit], finding: Finding | None, *, known: bool) -> list[Hit]:
    """The hits of phrases that need the model to agree, by what it makes of the line with them.

    `finding` is None where that is not worth a person's time, or where nothing is `known` of it.
    """
    if finding is None and known:
        return []
    if finding is not None and finding.confidence >= SURE:
        return list(weak)
    return [replace(hit, confidence=min(hit.confidence, DOUBTED)) for hit in weak]


def _doubted(confidence: float, behavior: Behavior, text: NormalizedText, start: int, end: int) -> float:
    """Lower the confidence of a hit whose sentence holds one of the behavior's `doubts`."""
    return DOUBTED if confidence > DOUBTED and behavior.in_doubt(text, start, end) else confidence


def _with_model(found: list[Hit], learned: Hit) -> list[Hit]:
    """The hits of weak phrases, or what the model found where it is surer."""
    if any(hit.confidence >= learned.confidence for hit in found):
        return found
    return [hit for hit in found if hit.end <= learned.start or learned.end <= hit.start] + [learned]
