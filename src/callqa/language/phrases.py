"""The phrase language: parse, compile, find.

A phrase is plain words, matched whole and without regard to case, punctuation, hesitations or contraction.

=============  ==================================================
`apologi*`     a word that begins so
`(a|b c)`      one of these
`[word]`       may be there or not; `[a|b]` one of these or nothing
`...`          up to four words of any kind
`^` and `$`    the utterance begins here, ends here
`/…/`          a regular expression on the text as it stands, without regard to case
=============  ==================================================

Everything runs on RE2, so the time a phrase takes grows linearly with the text, whatever a user writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from callqa.language import en
from callqa.language.normalization import NormalizedText, tokenise

GAP = 4
"""Words that `...` may stand for, at most."""

_DEEPEST = 50
"""Brackets within brackets a phrase may have; far more than anybody writes, far fewer than the stack or RE2 bear."""

_SPECIAL = "()[]|*^$"


class PhraseError(Exception):
    """A phrase that cannot be read; the message says why and what to write."""


@dataclass(frozen=True)
class Phrase:
    """A compiled phrase."""

    source: str
    """As the user wrote it, on one line."""
    pattern: str
    """RE2 pattern, over `NormalizedText.normal` or, for a regular expression, over the text as it stands."""
    on_text: bool
    """Whether the pattern is a user's regular expression on the text as it stands."""
    sample: str
    """One plain wording that matches, for comparing with near misses; empty for a regular expression."""


@dataclass(frozen=True)
class Match:
    """One place where a phrase was found: `phrase` is its index in the set, [start, end) characters of the text."""

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
        raise PhraseError(f"{source!r} holds half of a character; write it again")
    if len(text) > 2 and text.startswith("/") and text.endswith("/"):
        return _parse_regex(source, text[1:-1])
    parser = _Parser(text)
    pattern, sample = parser.alternatives(closing=None)
    if not sample.strip():
        raise PhraseError(f"{source!r} holds no word that could be matched; write at least one word")
    if _compile(pattern).search("") is not None:
        raise PhraseError(f"{source!r} is optional as a whole and would match anything; leave one word outside [ ]")
    return Phrase(on_one_line(source), pattern, on_text=False, sample=" ".join(sample.split()))


def on_one_line(source: str) -> str:
    """A phrase as its Phrase carries it: folded over lines of YAML, its alternatives come with spaces between."""
    text = source.strip()
    if len(text) > 2 and text.startswith("/") and text.endswith("/"):
        return source
    return re.sub(r"\s*\|\s*", "|", " ".join(text.split()))


def _parse_regex(source: str, regex: str) -> Phrase:
    pattern = f"(?i){regex}"
    try:
        compiled = _compile(pattern)
    except _re2().error as error:
        raise PhraseError(
            f"{source} is not a regular expression RE2 accepts: {_reason(error)}; lookaround and backreferences do not"
            " exist, leave out what is not meant with `not_near:` or `exceptions:`"
        ) from error
    if compiled.search("") is not None:
        raise PhraseError(f"{source} matches an empty text and so anything; ask for at least one character")
    return Phrase(source, pattern, on_text=True, sample="")


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else "unknown reason"
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


def _without_surrogates(text: str) -> str:
    """The text with half characters, which RE2 does not take, replaced one by one."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _compile(pattern: str) -> Any:
    return _re2().compile(pattern, options=_options())


class _Parser:
    """Recursive descent over one phrase, building an RE2 pattern and a sample wording side by side."""

    def __init__(self, text: str):
        self._text = text
        self._at = 0
        self._depth = 0

    def alternatives(self, closing: str | None) -> tuple[str, str]:
        opened = self._at
        branches = [self._sequence(closing)]
        while self._at < len(self._text) and self._text[self._at] == "|" and closing is not None:
            self._at += 1
            branches.append(self._sequence(closing))
        if closing is not None:
            if self._at >= len(self._text):
                raise PhraseError(
                    f"{self._text!r}: the bracket before {self._text[opened:]!r} is never closed with {closing!r}"
                )
            self._at += 1
            if any(not pattern for pattern, _ in branches):
                raise PhraseError(
                    f"{self._text!r}: an alternative is empty, or a mere hesitation (um, ah), which is never sought;"
                    " use [ ] for words that may be left out"
                )
        if len(branches) == 1:
            return branches[0]
        return "(?:" + "|".join(pattern for pattern, _ in branches) + ")", branches[0][1]

    def _sequence(self, closing: str | None) -> tuple[str, str]:
        pattern, sample = "", ""
        gap_open = False
        while self._at < len(self._text):
            character = self._text[self._at]
            if character == closing or (character == "|" and closing is not None):
                break
            if self._text.startswith("...", self._at) or character == "…":
                if not pattern or gap_open:
                    raise PhraseError(f"{self._text!r}: a gap (...) needs words on both sides")
                self._at += 1 if character == "…" else 3
                pattern += f"(?: [^ ]+ ){{0,{GAP}}}?"
                gap_open = True
                continue
            piece, words = self._item(character)
            if piece:
                pattern, sample, gap_open = pattern + piece, f"{sample} {words}", False
        if gap_open:
            raise PhraseError(f"{self._text!r}: a gap (...) needs words on both sides")
        return pattern, sample

    def _item(self, character: str) -> tuple[str, str]:
        if character in "([":
            return self._bracket(character)
        if character in "^$":
            self._at += 1
            return character, ""
        if character in _SPECIAL:
            known = {
                ")": "closes no bracket",
                "]": "closes no bracket",
                "|": "stands outside ( ) or [ ]",
                "*": "follows no word",
            }
            raise PhraseError(f"{self._text!r}: the {character!r} {known[character]}")
        return self._word()

    def _bracket(self, character: str) -> tuple[str, str]:
        if self._depth == _DEEPEST:
            raise PhraseError(f"{self._text[:40]!r}… has brackets more than {_DEEPEST} deep; write several phrases")
        self._at += 1
        self._depth += 1
        pattern, sample = self.alternatives(")" if character == "(" else "]")
        self._depth -= 1
        return (f"(?:{pattern})", sample) if character == "(" else (f"(?:{pattern})?", "")

    def _word(self) -> tuple[str, str]:
        begin = self._at
        while self._at < len(self._text) and self._text[self._at] not in " \t\n" + _SPECIAL:
            if self._text.startswith("...", self._at):
                break
            self._at += 1
        word = self._text[begin : self._at]
        if self._at == begin:
            self._at += 1
            return "", ""
        tokens = [token.text for token in tokenise(word)]
        if self._at < len(self._text) and self._text[self._at] == "*":
            self._at += 1
            stem = "".join(filter(lambda c: c.isalnum() or c == "'", word.casefold()))
            if len(stem) < 2:
                raise PhraseError(f"{self._text!r}: {word}* would match nearly every word; write more of it")
            return f" {_both_spellings(_escape(stem))}[^ ]* ", stem
        return "".join(_token_pattern(token) for token in tokens), " ".join(tokens)


def _token_pattern(token: str) -> str:
    same = en.SHORT_FORMS.get(token)
    if same is None:
        return f" {_escape(token)} "
    return " (?:" + "|".join(_escape(other) for other in same) + ") "


def _both_spellings(stem: str) -> str:
    """The beginning of a word as British and as normalised American spelling have it: realis*, favour*."""
    for pattern, replacement in en.STEM_SPELLINGS:
        stem = re.sub(pattern, replacement, stem)
    return stem


def _escape(word: str) -> str:
    return str(_re2().escape(word))


class PhraseSet:
    """Many phrases searched at once.

    One pass of an RE2 set tells which phrases occur at all; only those are searched for their places.
    """

    def __init__(self, sources: Sequence[str]):
        self.phrases = tuple(parse_phrase(source) for source in sources)
        self._compiled: dict[int, Any] = {}
        self._on_words = self._make_set(on_text=False)
        self._on_text = self._make_set(on_text=True)

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
        """Every place where a phrase occurs, in the order of the text; places of different phrases may overlap."""
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
    """How near the text comes to any of the phrases, from 0 to 1, and to which.

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
