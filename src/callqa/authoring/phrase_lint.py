"""What is odd about a single phrase: too short, or never to be heard. Each remark is one sentence with the mend."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from callqa.language import en
from callqa.language.normalization import tokenise
from callqa.language.phrases import Phrase

MOST_WORDINGS = 64
"""Wordings of one phrase that are looked at; a phrase of many alternatives has thousands."""

GAP_WORD = " whatsit "
"""Stands for the words of a gap."""

_CURLY = frozenset("“”„‟«»‘")
"""Quotes a word processor makes. A ’ may be an apostrophe."""


def is_regex(source: str) -> bool:
    """Whether a phrase is a regular expression."""
    text = source.strip()
    return len(text) > 2 and text.startswith("/") and text.endswith("/")


def odd_phrase(source: str) -> str | None:
    """What is odd about a phrase, None where nothing is."""
    if is_regex(source):
        return None
    symbol = _symbol(source)
    if symbol is not None:
        return symbol
    ways = wordings(source)
    if ways and all(any(character.isdigit() for character in way) for way in ways):
        return (
            f"{source!r} holds digits, and an engine may write the number as words;"
            " write both, such as (24|twenty four)"
        )
    short = next((way for way in ways if _too_short(way)), None)
    if short is not None:
        return f"{source!r} is too short: {short!r} alone stands in nearly every call; write more words around it"
    return None


def _symbol(source: str) -> str | None:
    if source[:1] in _CURLY or source[-1:] in _CURLY:
        return f"{source!r} stands in curly quotes, which are none to YAML; write straight ones, or leave them out"
    if re.search(r"\$\s*\d", source):
        return f"in {source!r} the $ means the end of the line, so nothing can follow it; write dollars"
    for character in source:
        if character in en.SPOKEN_SYMBOLS:
            return f"{source!r} holds the symbol {character}, which nobody speaks; write {en.SPOKEN_SYMBOLS[character]}"
        if unicodedata.category(character) in ("So", "Sm", "Sc") and character not in "|^$":
            return f"{source!r} holds the symbol {character}, which nobody speaks; write the word for it"
    return None


def _too_short(wording: str) -> bool:
    tokens = [token.text for token in tokenise(wording)]
    return len(tokens) == 1 and (tokens[0] in en.STOP_WORDS or len(tokens[0]) == 1)


def wordings(source: str) -> list[str]:
    """Up to MOST_WORDINGS texts that a phrase stands for, one for each alternative; none for a regular expression.

    The phrase must be one that `parse_phrase` takes.
    """
    if is_regex(source):
        return []
    texts, _ = _sequence(source.strip(), 0)
    return [" ".join(text.split()) for text in texts if text.split()]


def _sequence(text: str, at: int) -> tuple[list[str], int]:
    """The wordings from `at` up to the bracket or bar that ends them, and where that is."""
    found = [""]
    while at < len(text) and text[at] not in ")]|":
        pieces, at = _piece(text, at)
        found = [left + right for left in found for right in pieces][:MOST_WORDINGS]
    return found, at


def _piece(text: str, at: int) -> tuple[list[str], int]:
    if text[at] in "([":
        optional = text[at] == "["
        branches: list[str] = []
        while at < len(text) and text[at] not in ")]":
            more, at = _sequence(text, at + 1)
            branches += more
        return ([*branches, ""] if optional else branches)[:MOST_WORDINGS], at + 1
    if text.startswith("...", at):
        return [GAP_WORD], at + 3
    if text[at] == "…":
        return [GAP_WORD], at + 1
    return [" " if text[at] in "^$*" else text[at]], at + 1


def double(phrases: Sequence[Phrase]) -> Iterator[tuple[int, int]]:
    """Positions of phrases that say the same as an earlier one, with the position of that one."""
    seen: dict[tuple[str, bool], int] = {}
    for index, phrase in enumerate(phrases):
        first = seen.setdefault((phrase.pattern, phrase.on_text), index)
        if first != index:
            yield index, first
