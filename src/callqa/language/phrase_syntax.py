"""Syntax of the phrase language, and its translation into RE2 patterns.

A phrase is plain words, matched whole and without regard to case, punctuation, hesitations or contraction.

=============  ==================================================
`apologi*`     a word that begins like this
`(a|b c)`      one of these
`[word]`       may be left out; `[a|b]` one of these or nothing
`...`          up to four words of any kind
`<duration>`   a class of phrases, in figures or words: also `<number>`, `<money>`, `<time>`, `<date>`
`^` and `$`    the beginning of the utterance, its end
`/…/`          a regular expression on the text as written, without regard to case
=============  ==================================================
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from callqa.language import en
from callqa.language.normalization import normal_words

GAP = 4
"""The most words that `...` stands for."""

_DEEPEST = 50
"""The deepest nesting of brackets; far more than anybody writes, far less than the stack or RE2 can take."""

_GAPS = ("...", "…")

_GAP_PATTERN = f"(?: [^ ]+ ){{0,{GAP}}}?"

_CLOSING = {"(": ")", "[": "]"}

_TOKEN = re.compile(r"\.\.\.|…|[()\[\]|*^$]|<\w+>|(?:[^\s()\[\]|*^$.<]|\.(?!\.\.)|<(?!\w+>))+\*?")
"""A gap, a sign of the phrase language, or a word, perhaps only its beginning."""

_MISPLACED = {
    ")": "closes no bracket",
    "]": "closes no bracket",
    "|": "is outside ( ) or [ ]",
    "*": "follows no word",
}

_SIGNS = frozenset([*_GAPS, *_CLOSING, *_MISPLACED, "^", "$"])


_NUMBER_WORD = f" (?:{'|'.join(sorted(en.NUMBER_WORDS))}|[0-9]+) "

_NUMBERS = {
    "figures": f"(?:(?:{_NUMBER_WORD})+(?: and (?:{_NUMBER_WORD})+)?)",
    "ordinal": f"(?:(?: (?:{'|'.join(en.TENS)}) )? (?:{'|'.join(sorted(en.ORDINAL_WORDS))}) )",
}
"""Patterns of numbers; the classes in `en` are made of them."""


class PhraseError(Exception):
    """A phrase that cannot be read; the message says why and what to write."""


class PhrasePart(NamedTuple):
    """A part of a phrase: its RE2 pattern, a sample wording, and whether it matches an empty text as well."""

    pattern: str
    sample: str
    optional: bool


class _Level:
    """The phrase as a whole, or the content of a bracket, while it is read: the branches so far and the current one."""

    __slots__ = ("branches", "closing", "gap_open", "opened", "optional", "pattern", "sample")

    def __init__(self, opened: int, closing: str | None):
        self.opened = opened
        """Index of the token that opened the bracket."""
        self.closing = closing
        self.branches: list[PhrasePart] = []
        self.pattern = self.sample = ""
        self.optional = True
        self.gap_open = False
        """True if the current branch ends with a gap."""

    def end_branch(self, text: str) -> None:
        """End the current branch and begin the next one."""
        if self.gap_open:
            raise _gap_error(text)
        self.branches.append(PhrasePart(self.pattern, self.sample, self.optional))
        self.pattern = self.sample = ""
        self.optional = True

    def end(self, text: str) -> PhrasePart:
        """End the last branch and return all branches as one part."""
        self.end_branch(text)
        pattern, sample, optional = self.branches[0]
        if self.closing and not all(branch.pattern for branch in self.branches):
            raise PhraseError(
                f"{text!r}: an alternative is empty, or only a hesitation (um, ah), which is never searched for;"
                " use [ ] for words that may be left out"
            )
        if len(self.branches) > 1:
            pattern = "(?:" + "|".join(branch.pattern for branch in self.branches) + ")"
            optional = any(branch.optional for branch in self.branches)
        if self.closing == "]":
            return PhrasePart(f"(?:{pattern})?", "", optional=True)
        return PhrasePart(f"(?:{pattern})" if self.closing else pattern, sample, optional)


def parse_words(text: str) -> PhrasePart:
    """Return the pattern of a phrase that is not a regular expression, as one part. Raises PhraseError."""
    level = _Level(0, None)
    outer: list[_Level] = []
    for index, sign in enumerate(_TOKEN.findall(text)):
        if sign not in _SIGNS:
            part = _class(sign[1:-1], text) if sign[0] == "<" and sign[-1] == ">" else _word(sign)
            if part is None:
                raise PhraseError(f"{text!r}: {sign} would match nearly every word; write more of it")
        elif sign == "|" and outer:
            level.end_branch(text)
            continue
        elif sign in _CLOSING:
            if len(outer) == _DEEPEST:
                raise PhraseError(f"{text[:40]!r}… has brackets more than {_DEEPEST} deep; write several phrases")
            outer.append(level)
            level = _Level(index, _CLOSING[sign])
            continue
        elif sign in _GAPS:
            if not level.pattern or level.gap_open:
                raise _gap_error(text)
            level.pattern += _GAP_PATTERN
            level.gap_open = True
            continue
        elif sign == level.closing:
            part = level.end(text)
            level = outer.pop()
        elif sign in _MISPLACED:
            raise PhraseError(f"{text!r}: the {sign!r} {_MISPLACED[sign]}")
        else:
            part = PhrasePart(sign, "", optional=True)
        if part.pattern:  # a hesitation has none
            level.pattern += part.pattern
            level.sample = f"{level.sample} {part.sample}"
            level.optional = level.optional and part.optional
            level.gap_open = False
    if outer:
        level.end_branch(text)
        rest = text[list(_TOKEN.finditer(text))[level.opened].end() :]
        raise PhraseError(f"{text!r}: the bracket before {rest!r} is never closed with {level.closing!r}")
    return level.end(text)


def _gap_error(text: str) -> PhraseError:
    return PhraseError(f"{text!r}: a gap (...) needs words on both sides")


@lru_cache(maxsize=8_192)
def _word(written: str) -> PhrasePart | None:
    """Return a word as a part of a phrase; None if it is the beginning of a word (`apologi*`) and too short."""
    if written.endswith("*"):
        stem = "".join(filter(lambda c: c.isalnum() or c == "'", written.casefold()))
        return None if len(stem) < 2 else PhrasePart(f" {_both_spellings(_escape(stem))}[^ ]* ", stem, optional=False)
    tokens = normal_words(written)
    return PhrasePart("".join(map(_token_pattern, tokens)), " ".join(tokens), optional=not tokens)


@lru_cache
def _class(name: str, text: str) -> PhrasePart:
    """Return a class of phrases as a part of a phrase. Raises PhraseError if there is none of that name."""
    if name in _NUMBERS:
        return PhrasePart(_NUMBERS[name], "two" if name == "figures" else "second", optional=False)
    if name not in en.PHRASE_CLASSES:
        known = ", ".join(f"<{one}>" for one in en.PHRASE_CLASSES)
        raise PhraseError(f"{text!r}: there is no class <{name}>; known: {known}")
    pattern, sample, _ = parse_words(en.PHRASE_CLASSES[name])
    return PhrasePart(f"(?:{pattern})", sample, optional=False)


def _token_pattern(token: str) -> str:
    same = en.SHORT_FORMS.get(token)
    if same is None:
        return f" {_escape(token)} "
    return " (?:" + "|".join(_escape(other) for other in same) + ") "


def _both_spellings(stem: str) -> str:
    """Return a pattern for the beginning of a word in British and in normalised American spelling: realis*, favour*."""
    for pattern, replacement in en.STEM_SPELLINGS:
        stem = re.sub(pattern, replacement, stem)
    return stem


def _escape(word: str) -> str:
    if word.isascii() and word.isalnum():
        return word
    import re2

    return str(re2.escape(word))
