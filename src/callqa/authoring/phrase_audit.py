"""An audit of a rubric's phrases on real calls: how often each fires, and how often that is right.

In calls in which nobody argues, a phrase of `arguing` that fires is wrong. Where people have labelled the lines, every
phrase has its precision. A phrase that fires too often is made narrower, needs the model (`with_model`), gets a lower
`confidence`, or goes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from callqa.behaviors.behavior import Behavior, Hit, in_role
from callqa.behaviors.phrase_search import PhraseSearch
from callqa.language.normalization import NormalizedText
from callqa.language.phrases import PhraseSet
from callqa.language.quotes import quote_with_ellipses, sentence_span
from callqa.rubrics.rubric_hash import decisive_behaviors
from callqa.rubrics.rubric_schema import Rubric
from callqa.transcripts.transcript import Utterance

MOST_EXAMPLES = 3
"""Examples kept of each phrase."""

Labels = Mapping[str, frozenset[tuple[str, int]]]
"""Behavior → the utterances that show it, as people labelled them: call id and index."""


@dataclass(frozen=True)
class AuditedPhrase:
    """One phrase of a behavior, or of a criterion's `say`, and what it does in the calls."""

    owner: str
    """The behavior's name, or `criterion ID`."""
    phrase: str
    hits: int
    """Utterances of the right party in which it fires."""
    counted: int
    """Those of them in which it counts for sure, after exceptions, doubts and the behavior's model."""
    calls: int
    per_thousand: float
    """Hits in a thousand utterances of the party."""
    right: int | None
    """Hits in utterances that people labelled with the behavior; None if nobody labelled it."""
    examples: tuple[str, ...]


@dataclass(frozen=True)
class PhraseAudit:
    """The phrases of a rubric on some calls; `silent` is the number of phrases that never fire."""

    calls: int
    utterances: int
    phrases: tuple[AuditedPhrase, ...]
    silent: int


@dataclass
class _Tally:
    """The occurrences of one phrase so far."""

    hits: set[tuple[str, int]] = field(default_factory=set)
    counted: set[tuple[str, int]] = field(default_factory=set)
    examples: list[str] = field(default_factory=list)

    def add(self, place: tuple[str, int], text: str, start: int, end: int) -> None:
        """Count an occurrence, and keep its sentence as an example if there are few yet."""
        if place not in self.hits and len(self.examples) < MOST_EXAMPLES:
            self.examples.append(quote_with_ellipses(text, *sentence_span(text, start, end)))
        self.hits.add(place)


class PhraseAuditor:
    """Counts the phrases of a rubric call by call."""

    def __init__(self, rubric: Rubric, labels: Labels | None = None):
        names = decisive_behaviors(rubric.file, rubric.behaviors)
        self._behaviors = {name: rubric.behaviors[name] for name in names}
        self._say = {
            f"criterion {criterion.id}": (condition.speaker or party, PhraseSet(condition.say))
            for criterion in rubric.criteria
            for condition, party in (
                (criterion.when, "customer"),
                (criterion.expect, "agent"),
                (criterion.forbid, "agent"),
            )
            if condition is not None and condition.say
        }
        self._labels = labels or {}
        self._tallies: dict[tuple[str, str], _Tally] = defaultdict(_Tally)
        self._lines = Counter[str]()
        self._calls = 0

    def add(self, call_id: str, utterances: Sequence[Utterance], hits: Iterable[Hit]) -> None:
        """Count what fires in a call; `hits` are what counts in it, after everything."""
        self._calls += 1
        self._lines.update(utterance.speaker for utterance in utterances)
        search = PhraseSearch.of(utterances, self._behaviors)
        sure = {(hit.behavior, hit.rule, hit.utterance) for hit in hits if hit.sure}
        for index, (utterance, found) in enumerate(zip(utterances, search.find(utterances), strict=True)):
            place = (call_id, index)
            for name, matches in found.items():
                if not _may_show(self._behaviors[name], utterance):
                    continue
                for match in matches:
                    tally = self._tallies[name, match.rule]
                    tally.add(place, utterance.text, match.start, match.end)
                    if (name, match.rule, index) in sure:
                        tally.counted.add(place)
            self._add_say(place, utterance, search.texts[index])

    def _add_say(self, place: tuple[str, int], utterance: Utterance, text: NormalizedText) -> None:
        for owner, (party, phrases) in self._say.items():
            if party not in ("any", utterance.speaker):
                continue
            for match in phrases.find(text):
                tally = self._tallies[owner, phrases.phrases[match.phrase].source]
                tally.add(place, utterance.text, match.start, match.end)
                tally.counted.add(place)

    def result(self) -> PhraseAudit:
        """Return the phrases that fired, the most frequent first."""
        rows = [self._row(owner, phrase, tally) for (owner, phrase), tally in self._tallies.items()]
        every = {(name, phrase.source) for name, one in self._behaviors.items() for phrase in one.phrases}
        every |= {(owner, phrase.source) for owner, (_, phrases) in self._say.items() for phrase in phrases.phrases}
        return PhraseAudit(
            calls=self._calls,
            utterances=self._lines.total(),
            phrases=tuple(sorted(rows, key=lambda row: (-row.per_thousand, row.owner, row.phrase))),
            silent=len(every - self._tallies.keys()),
        )

    def _row(self, owner: str, phrase: str, tally: _Tally) -> AuditedPhrase:
        behavior = self._behaviors.get(owner)
        party = behavior.speaker if behavior else self._say[owner][0]
        lines = self._lines.total() if party == "any" else self._lines[party]
        labelled = self._labels.get(owner)
        return AuditedPhrase(
            owner,
            phrase,
            len(tally.hits),
            len(tally.counted),
            len({call for call, _ in tally.hits}),
            round(1000 * len(tally.hits) / max(1, lines), 2),
            None if labelled is None else len(tally.hits & labelled),
            tuple(tally.examples),
        )


def _may_show(behavior: Behavior, utterance: Utterance) -> bool:
    return in_role(Hit(behavior.name, 0, utterance.speaker, 0, 0, 1.0, ""), behavior)
