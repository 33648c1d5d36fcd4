"""Phrases ready to search with, one by one or many at once.

Everything runs on RE2, so that the time of a search grows linearly with the text, whatever a user writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from callqa.language.normalization import NormalizedText
from callqa.language.phrase_syntax import PhraseError, parse_words


@dataclass(frozen=True)
class Phrase:
    """A compiled phrase."""

    source: str
    """The phrase as the user wrote it, on one line."""
    pattern: str
    """RE2 pattern, for `NormalizedText.normal` or, if it is a regular expression, for the text as written."""
    on_text: bool
    """True if the pattern is a user's regular expression, for the text as written."""
    sample: str
    """A plain wording that matches, to compare near misses with; empty for a regular expression."""


@dataclass(frozen=True)
class Match:
    """An occurrence of a phrase: `phrase` is its index in the set, [start, end) are characters of the text."""

    phrase: int
    start: int
    end: int


def _re2() -> Any:
    import re2

    return re2


def _options() -> Any:
    options = _re2().Options()
    options.log_errors = False
    options.max_mem = 256 << 20
    return options


@lru_cache(maxsize=8_192)
def parse_phrase(source: str) -> Phrase:
    """Compile a phrase. Raises PhraseError."""
    text = source.strip()
    if _without_surrogates(source) != source:
        raise PhraseError(f"{source!r} contains half of a character; write it again")
    if len(text) > 2 and text.startswith("/") and text.endswith("/"):
        return _parse_regex(source, text[1:-1])
    pattern, sample, optional = parse_words(text)
    if not sample.strip():
        raise PhraseError(f"{source!r} contains no word to match; write at least one word")
    if optional:
        raise PhraseError(f"{source!r} is optional as a whole and would match anything; leave one word outside [ ]")
    return Phrase(on_one_line(source), pattern, on_text=False, sample=" ".join(sample.split()))


def on_one_line(source: str) -> str:
    """Return a phrase as it is in `Phrase.source`, without the spaces that folding over lines of YAML adds to it."""
    text = source.strip()
    if len(text) > 2 and text.startswith("/") and text.endswith("/"):
        return source
    return " ".join(text.split()).replace(" |", "|").replace("| ", "|")


def _parse_regex(source: str, regex: str) -> Phrase:
    pattern = f"(?i){regex}"
    try:
        compiled = _compile(pattern)
    except _re2().error as error:
        raise PhraseError(
            f"{source} is not a regular expression that RE2 accepts: {_reason(error)}; lookaround and backreferences do"
            " not exist, so exclude what is not meant with `not_near:` or `exceptions:`"
        ) from error
    if compiled.search("") is not None:
        raise PhraseError(f"{source} matches an empty text, and so anything; require at least one character")
    return Phrase(source, pattern, on_text=True, sample="")


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else "unknown reason"
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


def _without_surrogates(text: str) -> str:
    """Return the text with unpaired surrogates, which RE2 does not accept, replaced one by one."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _compile(pattern: str) -> Any:
    return _re2().compile(pattern, options=_options())


class PhraseSet:
    """Many phrases searched at once.

    One pass of an RE2 set finds which phrases occur at all; only those are then located. Patterns are
    compiled when they are first needed.
    """

    def __init__(self, sources: Sequence[str]):
        self.phrases = tuple(parse_phrase(source) for source in sources)
        self._compiled: dict[int, Any] = {}

    @cached_property
    def _on_words(self) -> tuple[Any, list[int]] | None:
        return self._make_set(on_text=False)

    @cached_property
    def _on_text(self) -> tuple[Any, list[int]] | None:
        return self._make_set(on_text=True)

    def _make_set(self, *, on_text: bool) -> tuple[Any, list[int]] | None:
        indices = [i for i, phrase in enumerate(self.phrases) if phrase.on_text == on_text]
        if not indices:
            return None
        patterns = _re2().Set.SearchSet(_options())
        for index in indices:
            patterns.Add(self.phrases[index].pattern)
        patterns.Compile()
        return patterns, indices

    def find(self, spoken: NormalizedText) -> list[Match]:
        """Return all matches, in the order of the text; matches of different phrases may overlap."""
        matches = [*self._find_words(spoken), *self._find_text(spoken)]
        return sorted(matches, key=lambda match: (match.start, match.end, match.phrase))

    def _find_words(self, spoken: NormalizedText) -> Iterator[Match]:
        if self._on_words is None or not spoken.tokens:
            return
        patterns, indices = self._on_words
        for hit in patterns.Match(spoken.normal) or ():
            index = indices[hit]
            for match in self._pattern(index).finditer(spoken.normal):
                if match.start() == match.end():
                    continue
                first, last = spoken.token_at(match.start()), spoken.token_at(match.end() - 1)
                yield Match(index, *spoken.characters(first, last))

    def _find_text(self, spoken: NormalizedText) -> Iterator[Match]:
        if self._on_text is None:
            return
        patterns, indices = self._on_text
        text = _without_surrogates(spoken.text)
        for hit in patterns.Match(text) or ():
            index = indices[hit]
            for match in self._pattern(index).finditer(text):
                if match.start() < match.end():
                    yield Match(index, match.start(), match.end())

    def _pattern(self, index: int) -> Any:
        compiled = self._compiled.get(index)
        if compiled is None:
            compiled = self._compiled[index] = _compile(self.phrases[index].pattern)
        return compiled

    def __reduce__(self) -> tuple[type[PhraseSet], tuple[list[str]]]:
        return (type(self), ([phrase.source for phrase in self.phrases],))


def nearest(spoken: NormalizedText, phrases: Sequence[Phrase]) -> tuple[float, Phrase | None]:
    """Return how near the text comes to the nearest of the phrases, from 0 to 1, and that phrase.

    The measure is the best alignment of the shorter text inside the longer one by edit distance
    (rapidfuzz's partial ratio), on normalised words.
    """
    from rapidfuzz import fuzz

    best: tuple[float, Phrase | None] = (0.0, None)
    text = " ".join(token.text for token in spoken.tokens)
    if not text:
        return best
    for phrase in phrases:
        if phrase.sample:
            score = (
                fuzz.ratio(phrase.sample, text)
                if len(text) < len(phrase.sample)
                else fuzz.partial_ratio(phrase.sample, text)
            )
            if score / 100 > best[0]:
                best = (score / 100, phrase)
    return best
