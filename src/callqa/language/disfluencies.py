"""Removal of what spoken language is full of and written language is not: "I, I mean, the, the, you know, the order".

Hesitations and words broken off are left out when a text is split into words (`normalization`). This module leaves out
the rest: markers set apart by punctuation ("you know", "I mean"), and words or short runs of words that are begun
again at once. What may be meant ("no no", "very very", "four four two") stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from callqa.language import en

if TYPE_CHECKING:
    from callqa.language.normalization import Token

LONGEST_REPETITION = 4
"""Words in the longest run that counts as begun again; longer ones are said twice on purpose."""

_SENTENCE_ENDS = frozenset(".?!")

_BREAK = r"[,.;:?!\u2013\u2014\u2026]|--"
_MARKER = re.compile(
    rf"(?:^|{_BREAK})(?:\s*\b(?:and|but|so|well)\b)?\s*(?P<marker>{'|'.join(en.DISCOURSE_MARKERS)})\s*(?={_BREAK})",
    re.IGNORECASE,
)
_MAY_HOLD_MARKER = re.compile(rf"\b(?:{'|'.join(en.DISCOURSE_MARKERS)})\b", re.IGNORECASE)


def without_disfluencies(tokens: Sequence[Token], text: str) -> Sequence[Token]:
    """Return the tokens of a text without markers such as "you know", and without what is begun again at once."""
    if _MAY_HOLD_MARKER.search(text):
        markers = [match.span("marker") for match in _MARKER.finditer(text)]
        tokens = [one for one in tokens if not any(start <= one.start < end for start, end in markers)]
    return _without_repetitions(tokens, text)


def _without_repetitions(tokens: Sequence[Token], text: str) -> Sequence[Token]:
    """Return the tokens with only the last of several equal runs that follow one another in a sentence."""
    words = [token.text for token in tokens]
    if all(words[i] not in words[max(0, i - LONGEST_REPETITION) : i] for i in range(1, len(words))):
        return tokens
    kept: list[Token] = []
    for token in tokens:
        kept.append(token)
        for length in range(1, LONGEST_REPETITION + 1):
            run = [one.text for one in kept[-length:]]
            if len(kept) >= 2 * length and run == [one.text for one in kept[-2 * length : -length]]:
                between = text[kept[-length - 1].end : kept[-length].start]
                if _is_restart(run) and _SENTENCE_ENDS.isdisjoint(between):
                    del kept[-2 * length : -length]
                break
    return kept


def _is_restart(run: Sequence[str]) -> bool:
    """Return True if people say these words twice only when they begin again."""
    if len(run) == 1:
        return run[0] in en.RESTARTED_WORDS
    if run[0] not in en.CLAUSE_STARTS or len(set(run)) == 1:
        return False
    return not any(word in en.NUMBER_WORDS or word.isdigit() for word in run)
