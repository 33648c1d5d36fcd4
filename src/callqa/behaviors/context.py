"""Where a line stands in its call: in which turn, and what was said before and after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callqa.language.normalization import NormalizedText
from callqa.transcripts.transcript import Utterance, turn_numbers

_SMALL_WORDS = frozenset(
    {
        "and", "are", "but", "can", "could", "for", "from", "had", "has", "have", "how", "its", "just", "like", "more",
        "not", "now", "please", "right", "said", "say", "sorry", "that", "the", "them", "then", "there", "they", "this",
        "was", "well", "were", "what", "when", "where", "which", "who", "will", "with", "would", "yeah", "yep", "yes",
        "you", "your",
    }
)  # fmt: skip
"""Words of three letters and more that anybody's next sentence may hold, whatever it is about."""


@dataclass(frozen=True)
class Context:
    """Where an utterance stands in the call."""

    turn: int
    """Number of this turn among the speaker's turns, from 0."""
    turns: int
    """Turns the speaker has in all."""
    before: tuple[NormalizedText, ...]
    """The other party's last turn before this utterance."""
    opens: bool
    """Whether the utterance is the first of its turn."""
    own_before: tuple[NormalizedText, ...] = ()
    """The speaker's own line before it, where it does not open the turn."""
    own_after: tuple[NormalizedText, ...] = ()
    """The speaker's own line after it, where it does not end the turn."""
    answer: tuple[NormalizedText, ...] = ()
    """The other party's next turn after this utterance."""

    @property
    def said_again(self) -> bool:
        """Whether the other party begins its answer with what it said before.

        At least half of the words that carry something, in the first line that has any, were in its last turn too.
        """
        said = {word for line in self.before for word in _telling(line)}
        again = next(filter(None, map(_telling, self.answer)), set())
        return bool(again) and 2 * len(again & said) >= len(again)


def _telling(line: NormalizedText) -> set[str]:
    """The words of a line that carry something of their own."""
    return {token.text for token in line.tokens if len(token.text) > 2 and token.text not in _SMALL_WORDS}


def contexts(utterances: Sequence[Utterance], spoken: Sequence[NormalizedText]) -> list[Context]:
    """The context of each utterance of a call; `spoken` holds their texts."""
    numbers = turn_numbers(utterances)
    ordinal: dict[int, int] = {}
    turns: dict[str, int] = {}
    lines: dict[int, list[NormalizedText]] = {}
    for utterance, number, line in zip(utterances, numbers, spoken, strict=True):
        if number not in ordinal:
            ordinal[number] = turns.get(utterance.speaker, 0)
            turns[utterance.speaker] = ordinal[number] + 1
        lines.setdefault(number, []).append(line)
    whole = {number: tuple(said) for number, said in lines.items()}
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
                own_before=() if opens else (spoken[index - 1],),
                own_after=() if ends else (spoken[index + 1],),
                answer=whole.get(number + 1, ()),
            )
        )
    return found
