"""A call analysed once: everything that judging, results, coaching and events read of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from callqa.behaviors.behavior import Behavior, Hit, in_role
from callqa.behaviors.behavior_schema import PartyOrAny
from callqa.behaviors.detection import detect
from callqa.behaviors.phrase_search import PhraseSearch
from callqa.conversation.conversation import Conversation, SpeechOfCall
from callqa.conversation.events import Event, find_events
from callqa.conversation.metrics import Metrics, measure
from callqa.language.normalization import NormalizedText
from callqa.transcripts.transcript import Transcript, Utterance, turn_numbers


@dataclass(frozen=True)
class AnalysedCall:
    """A call with all that is derived from its transcript, each part worked out once.

    `texts` are the normalised texts of the utterances. `hits` are those of all behaviors, whoever showed them. `speech`
    holds the stretches of speech of each party; None if there are no times or if they are a guess. `provisional` marks
    a transcript too poor to rely on.
    """

    transcript: Transcript
    texts: tuple[NormalizedText, ...] = field(repr=False)
    hits: tuple[Hit, ...] = field(repr=False)
    behaviors: Mapping[str, Behavior] = field(repr=False)
    speech: SpeechOfCall | None = None
    provisional: bool = False

    @property
    def utterances(self) -> tuple[Utterance, ...]:
        """The utterances, in order."""
        return self.transcript.utterances

    @property
    def timed(self) -> bool:
        """True if every utterance has a start and an end."""
        return self.transcript.timed

    @cached_property
    def turns(self) -> tuple[int, ...]:
        """For each utterance, the number of its turn among its speaker's turns, from 0."""
        numbers = turn_numbers(self.utterances)
        seen: dict[str, dict[int, int]] = {}
        return tuple(
            seen.setdefault(utterance.speaker, {}).setdefault(number, len(seen[utterance.speaker]))
            for utterance, number in zip(self.utterances, numbers, strict=True)
        )

    @cached_property
    def conversation(self) -> Conversation | None:
        """The timing of the call; None if `speech` is."""
        return None if self.speech is None else Conversation(self.speech, self.utterances, self.hits, self.texts)

    @cached_property
    def metrics(self) -> Metrics | None:
        """Seconds, counts and paces; None if `speech` is."""
        return None if self.conversation is None else measure(self.conversation)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Every event, by start; none if `speech` is None."""
        return () if self.conversation is None else tuple(find_events(self.conversation))

    @property
    def shown(self) -> tuple[Hit, ...]:
        """The hits of behaviors shown by the party whose behavior it is."""
        return tuple(hit for hit in self.hits if in_role(hit, self.behaviors[hit.behavior]))

    @cached_property
    def speakers_sure(self) -> bool:
        """True if it is certain who says what throughout."""
        return all(utterance.speaker_sure for utterance in self.utterances)

    def by(self, party: PartyOrAny) -> list[int]:
        """Return the indices of a party's utterances."""
        return [i for i, utterance in enumerate(self.utterances) if party in ("any", utterance.speaker)]

    def start(self, index: int) -> float:
        """Start of an utterance in seconds; only for timed transcripts."""
        start = self.utterances[index].start
        assert start is not None
        return start

    def end(self, index: int) -> float:
        """End of an utterance in seconds; only for timed transcripts."""
        end = self.utterances[index].end
        assert end is not None
        return end


def analyse(
    transcript: Transcript,
    behaviors: Mapping[str, Behavior],
    speech: SpeechOfCall | None = None,
    *,
    search: PhraseSearch | None = None,
    provisional: bool = False,
) -> AnalysedCall:
    """Analyse a transcript whose speakers are named; `search` is the search in its utterances, if one was made."""
    search = search or PhraseSearch.of(transcript.utterances, behaviors)
    hits = tuple(detect(transcript.utterances, behaviors, search=search))
    return AnalysedCall(transcript, search.texts, hits, behaviors, speech, provisional)
