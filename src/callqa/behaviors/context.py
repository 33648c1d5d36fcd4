"""The context of an utterance in its call: its turn, and what was said before and after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callqa.language import en
from callqa.language.normalization import NormalizedText
from callqa.transcripts.transcript import Utterance, turn_numbers


@dataclass(frozen=True)
class Context:
    """The position of an utterance in its call, and the utterances around it."""

    turn: int
    """The number of this turn among the speaker's turns, from 0."""
    turns: int
    """The number of turns that the speaker has in all."""
    before: tuple[NormalizedText, ...]
    """The other party's last turn before this utterance."""
    opens: bool
    """True for the first utterance of a turn."""
    own_before: tuple[NormalizedText, ...] = ()
    """The speaker's own utterance before it, unless it opens the turn."""
    own_after: tuple[NormalizedText, ...] = ()
    """The speaker's own utterance after it, unless it ends the turn."""
    answer: tuple[NormalizedText, ...] = ()
    """The other party's next turn after this utterance."""

    @property
    def repeated_in_answer(self) -> bool:
        """True if the other party begins its answer with what it said before.

        Of the answer's first utterance with content words, at least half of these were in its last turn too.
        """
        said = {word for text in self.before for word in _content_words(text)}
        answer = next(filter(None, map(_content_words, self.answer)), set())
        return bool(answer) and 2 * len(answer & said) >= len(answer)


def _content_words(text: NormalizedText) -> set[str]:
    return {token.text for token in text.tokens if len(token.text) > 2 and token.text not in en.REPETITION_STOP_WORDS}


def contexts(utterances: Sequence[Utterance], texts: Sequence[NormalizedText]) -> list[Context]:
    """Return the context of each utterance of a call; `texts` are those of the utterances."""
    numbers = turn_numbers(utterances)
    ordinal: dict[int, int] = {}
    turns: dict[str, int] = {}
    spoken: dict[int, list[NormalizedText]] = {}
    for utterance, number, text in zip(utterances, numbers, texts, strict=True):
        if number not in ordinal:
            ordinal[number] = turns.get(utterance.speaker, 0)
            turns[utterance.speaker] = ordinal[number] + 1
        spoken.setdefault(number, []).append(text)
    whole = {number: tuple(said) for number, said in spoken.items()}
    found = []
    for index, (utterance, number) in enumerate(zip(utterances, numbers, strict=True)):
        opens = index == 0 or numbers[index - 1] != number
        ends = index + 1 == len(numbers) or numbers[index + 1] != number
        found.append(
            Context(
                ordinal[number],
                turns[utterance.speaker],
                whole.get(number - 1, ()),
                opens,
                own_before=() if opens else (texts[index - 1],),
                own_after=() if ends else (texts[index + 1],),
                answer=whole.get(number + 1, ()),
            )
        )
    return found
