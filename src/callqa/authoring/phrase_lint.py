"""Warnings about a single phrase: it is too common, or nobody says it that way. Each warning says what to write."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from callqa.language import en
from callqa.language.normalization import tokenise
from callqa.language.phrases import Phrase

MOST_WORDINGS = 64
"""Wordings of one phrase that are checked; a phrase with many alternatives has thousands."""

GAP_WORD = " whatsit "
"""Stands for the words of a gap."""

CLASS_WORD = "two"
"""Stands for the words of a phrase class such as <number>."""

_CURLY = frozenset("“”„‟«»‘")
"""Quotes that a word processor writes. A ’ may be an apostrophe."""


def is_regex(source: str) -> bool:
    """Return True if a phrase is a regular expression."""
    text = source.strip()
    return len(text) > 2 and text.startswith("/") and text.endswith("/")


def phrase_warning(source: str) -> str | None:
    """Return what is probably wrong with a phrase; None if nothing is."""
    if is_regex(source):
        return None
    symbol = _symbol_warning(source)
    if symbol is not None:
        return symbol
    texts = wordings(source)
    if texts and all(any(token.text.isdigit() for token in tokenise(text)) for text in texts):
        return (
            f"{source!r} contains a number above 100, which a transcript may have in words;"
            " write both, such as (150|a hundred and fifty)"
        )
    short = next((text for text in texts if _too_short(text)), None)
    if short is not None:
        return f"{source!r} is too short: {short!r} alone is in nearly every call; add more words around it"
    return None


def _symbol_warning(source: str) -> str | None:
    if source[:1] in _CURLY or source[-1:] in _CURLY:
        return f"{source!r} has curly quotes, which YAML does not read as quotes; write straight ones, or none"
    if re.search(r"\$\s*\d", source):
        return f"in {source!r} the $ means the end of an utterance, so nothing can follow it; write dollars"
    for character in re.sub(r"<\w+>", "", source):
        symbol = f"{source!r} contains the symbol {character}, which is not a spoken word"
        if character in en.SPOKEN_SYMBOLS:
            return f"{symbol}; write {en.SPOKEN_SYMBOLS[character]}"
        if unicodedata.category(character) in ("So", "Sm", "Sc") and character not in "|^$":
            return f"{symbol}; write the word for it"
    return None


def _too_short(wording: str) -> bool:
    tokens = [token.text for token in tokenise(wording)]
    return len(tokens) == 1 and (tokens[0] in en.STOP_WORDS or len(tokens[0]) == 1)


def wordings(source: str) -> list[str]:
    """Return up to MOST_WORDINGS texts that a phrase matches, by its alternatives; none for a regular expression.

    The phrase must be valid (`parse_phrase`).
    """
    if is_regex(source):
        return []
    texts, _ = _sequence(source.strip(), 0)
    return [" ".join(text.split()) for text in texts if text.split()]


def _sequence(text: str, at: int) -> tuple[list[str], int]:
    """Return the wordings from `at` up to the bracket or bar that ends them, and its position."""
    found = [""]
    while at < len(text) and text[at] not in ")]|":
        parts, at = _part(text, at)
        found = [left + right for left in found for right in parts][:MOST_WORDINGS]
    return found, at


def _part(text: str, at: int) -> tuple[list[str], int]:
    if text[at] in "([":
        optional = text[at] == "["
        branches: list[str] = []
        while at < len(text) and text[at] not in ")]":
            more, at = _sequence(text, at + 1)
            branches += more
        return ([*branches, ""] if optional else branches)[:MOST_WORDINGS], at + 1
    if text[at] == "<" and (end := text.find(">", at)) > 0:
        return [f" {CLASS_WORD} "], end + 1
    if text.startswith("...", at):
        return [GAP_WORD], at + 3
    if text[at] == "…":
        return [GAP_WORD], at + 1
    return [" " if text[at] in "^$*" else text[at]], at + 1


def find_duplicates(phrases: Sequence[Phrase]) -> Iterator[tuple[int, int]]:
    """Yield the positions of phrases that match the same as an earlier one, with the position of that one."""
    seen: dict[tuple[str, bool], int] = {}
    for index, phrase in enumerate(phrases):
        first = seen.setdefault((phrase.pattern, phrase.on_text), index)
        if first != index:
            yield index, first
