"""Normalised text, so that phrases match what was said and not how it was written down.

Case, punctuation, accents, hesitations, restarts, contractions, figures and British or American spelling make no
difference: "I’m, um, I’m sorry" and "i am sorry" become the same tokens. Each token knows which characters of the
original it came from, so that evidence quotes the transcript as it is.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from callqa.language import en
from callqa.language.disfluencies import without_disfluencies
from callqa.language.number_words import number_words

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_BROKEN_OFF = re.compile(r"\b([^\W\d_]+)-(?=\s)(?=(?:\W+[^\W_]+){0,2}\W+\1)", re.IGNORECASE)
"""A word broken off and begun again at once or up to two words later: "af- good afternoon", "thr- through"."""

_INVISIBLE = "\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff"
"""Accents written as characters of their own, and soft hyphens and joiners: none of them separates words."""
_LETTERS = rf"[^\W_](?:[^\W_]|[{_INVISIBLE}])*"
_WORD_BEYOND_ASCII = re.compile(rf"{_LETTERS}(?:'{_LETTERS})*")
_INVISIBLE_CHARACTER = re.compile(f"[{_INVISIBLE}]")
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´＇", "'"))

_SPELLINGS = [(re.compile(pattern), replacement) for pattern, replacement in en.SPELLINGS]


@dataclass(frozen=True)
class Token:
    """One normalised word and the characters [start, end) of the original text it stands for."""

    text: str
    start: int
    end: int


@lru_cache(maxsize=16_384)
def _normal_forms(word: str) -> tuple[str, ...]:
    """Return the normalised words that a written word stands for; AMBIGUOUS_ENDINGS become words of their own."""
    whole = en.WRITTEN_FORMS.get(word)
    if whole is not None:
        return tuple(whole.split())
    for ending, full in en.ENDINGS.items():
        if word.endswith(ending) and len(word) > len(ending):
            return (*_normal_forms(word[: -len(ending)]), full)
    if word.endswith(en.AMBIGUOUS_ENDINGS) and len(word) > 2:
        return (*_normal_forms(word[:-2]), word[-2:])
    for pattern, replacement in _SPELLINGS:
        word = pattern.sub(replacement, word)
    return (word,)


def _without_accents(word: str) -> str:
    """Return a word in lower case without accents: recognisers write "cafe" for "café"."""
    decomposed = unicodedata.normalize("NFKD", word)
    return unicodedata.normalize("NFKC", _INVISIBLE_CHARACTER.sub("", decomposed)).casefold()


def tokenise(text: str) -> Iterator[Token]:
    """Yield the normalised words of a text; hesitations and words broken off and begun again are left out.

    Restarts stay (`disfluencies`): phrases are split into words by this function too.
    """
    text = text.translate(_APOSTROPHES)
    broken = {match.start() for match in _BROKEN_OFF.finditer(text)} if "-" in text else ()
    for match in (_WORD if text.isascii() else _WORD_BEYOND_ASCII).finditer(text):
        word = match.group()
        word = word.lower() if word.isascii() else _without_accents(word)
        if word in en.HESITATIONS or match.start() in broken:
            continue
        if word[0].isdigit():
            yield from _number(word, match, text)
            continue
        for form in _normal_forms(word):
            yield Token(form, match.start(), match.end())


def _number(word: str, match: re.Match[str], text: str) -> Iterator[Token]:
    """Yield the words of a number, with that for a currency symbol before it or a percent sign after it.

    "£20.50" is two matches, and only the first of them has the symbol: "twenty pounds fifty".
    """
    start, end = match.span()
    unit = en.CURRENCIES.get(text[start - 1]) if start else None
    if unit is not None:
        start -= 1
    elif text[end : end + 1] == "%":
        unit, end = "percent", end + 1
    for form in number_words(word):
        yield Token(form, start, end)
    if unit is not None:
        yield Token(unit, start, end)


def normal_words(text: str) -> tuple[str, ...]:
    """Return the normalised words of a text without their places."""
    if text.isascii() and text.isalpha():  # one plain word, as nearly always in phrases
        word = text.lower()
        return () if word in en.HESITATIONS else _normal_forms(word)
    return tuple(token.text for token in tokenise(text))


class SpanSet:
    """A set of spans [start, end) in a text that quickly tells whether another span overlaps any of them."""

    def __init__(self, spans: Iterable[tuple[int, int]] = ()):
        self._starts: list[int] = []
        self._ends: list[int] = []
        furthest = 0
        for start, end in sorted(spans):
            furthest = max(furthest, end)
            self._starts.append(start)
            self._ends.append(furthest)

    def overlaps(self, start: int, end: int) -> bool:
        """Return True if [start, end) shares a character with any of the spans."""
        before = bisect_left(self._starts, end)
        return before > 0 and self._ends[before - 1] > start

    def add(self, start: int, end: int) -> None:
        """Add a span that overlaps none of the others."""
        at = bisect_left(self._starts, start)
        self._starts.insert(at, start)
        self._ends.insert(at, end)


class NormalizedText:
    """A text and its normalised form, computed once and searched many times.

    `normal` holds every token between spaces of its own (" i  am  sorry "), so that a pattern made of such tokens
    matches whole words and neighbouring matches never compete for a space.
    """

    __slots__ = ("_starts", "normal", "text", "tokens")

    def __init__(self, text: str):
        self.text = text
        self.tokens = tuple(without_disfluencies(list(tokenise(text)), text))
        self._starts: list[int] = []
        at = 0
        for token in self.tokens:
            self._starts.append(at)
            at += len(token.text) + 2
        self.normal = "".join(f" {token.text} " for token in self.tokens)

    def token_at(self, position: int) -> int:
        """Return the index of the token at a position in `normal`."""
        return bisect_right(self._starts, position) - 1

    def characters(self, first: int, last: int) -> tuple[int, int]:
        """Return the span of `text` that the tokens from `first` to `last`, both included, came from."""
        return self.tokens[first].start, self.tokens[last].end

    def tokens_between(self, start: int, end: int) -> tuple[int, int]:
        """Return the first and the last index of the tokens that overlap text[start:end]; (0, -1) if none does."""
        inside = [i for i, token in enumerate(self.tokens) if token.start < end and token.end > start]
        return (inside[0], inside[-1]) if inside else (0, -1)
