"""Detection of calls that are not in the language of the rubric, before they are judged by its phrases.

A large part of any text is made of a few small words, which differ between languages: in an English conversation about
half of all words are among the hundred commonest (Zipf; for identifying languages by them, Ingle, A Language
Identification Table, 1976). To decide if a call is in English at all, counting them is enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from callqa.engines.base import Segment
from callqa.language import en
from callqa.language.normalization import NormalizedText

ENGLISH = "en"

LEAST_WORDS = 25
"""Least number of words for a decision: a caller who spells a reference says no small words."""

LEAST_SHARE = 0.18
"""Share of COMMON_WORDS below which a transcript is not in English. The lowest of 504 English calls is 0.27; German,
Dutch, French, Spanish and Hindi written in Latin letters have between 0.01 and 0.11."""


def other_language(segments: Sequence[Segment], language: str) -> str | None:
    """Return the language of most words if it is not this one; None if it is, or if it was not detected."""
    words = Counter[str | None]()
    for segment in segments:
        words[segment.language] += len(segment.text.split())
    found = words.most_common(1)[0][0] if words else None
    return None if found in (None, language) else found


def is_english(texts: Sequence[NormalizedText]) -> bool:
    """Return True if a conversation may be in English, which includes one that is too short to decide."""
    words = [token.text for text in texts for token in text.tokens]
    if len(words) < LEAST_WORDS:
        return True
    return sum(word in en.COMMON_WORDS for word in words) >= LEAST_SHARE * len(words)
