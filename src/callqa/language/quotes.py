"""Quotations that a reader understands: never a fragment without its sentence, never a whole monologue."""

from __future__ import annotations

import re

from callqa.language import en

CONTEXT_WORDS = 8
"""Words kept before and after the words in question, if the sentence continues that far."""

_MOST_CHARACTERS = 400
"""Characters searched on either side: more than CONTEXT_WORDS words of any language take, fewer than the text of a
damaged file may have."""

_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)]*\s+")
_ABBREVIATION = re.compile(rf"(?:^|\W)(?:{'|'.join(en.TITLES)}|[a-z])\.\s+$", re.IGNORECASE)
"""A title or an initial: its full stop ends no sentence."""
_WORD = re.compile(r"\S+")


def sentence_text(text: str, start: int, end: int) -> str:
    """Return the sentence that contains the characters [start, end) of a text, as it is written.

    >>> sentence_text("Right. I am sorry about that. Let me look.", 12, 17)
    'I am sorry about that.'
    """
    first, last = sentence_span(text, start, end)
    return text[first:last]


def sentence_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the first and the end character of the sentence that contains the characters [start, end).

    Speech is often transcribed without full stops: of a long stretch, CONTEXT_WORDS words on either side are kept.
    """
    left_edge, right_edge = max(0, start - _MOST_CHARACTERS), min(len(text), end + _MOST_CHARACTERS)
    begin, stop = left_edge, right_edge
    for border in _SENTENCE_END.finditer(text, left_edge, right_edge):
        if _ABBREVIATION.search(text, max(0, border.start() - 5), border.end()):
            continue
        if border.end() <= start:
            begin = border.end()
        elif border.start() >= end:
            stop = border.end()
            break
    words = [match.span() for match in _WORD.finditer(text, begin, stop)]
    inside = [i for i, (left, right) in enumerate(words) if left < end and right > start]
    if not inside:
        return start, end
    return words[max(0, inside[0] - CONTEXT_WORDS)][0], words[min(len(words) - 1, inside[-1] + CONTEXT_WORDS)][1]


def quote_with_ellipses(text: str, first: int, last: int) -> str:
    """Return the characters [first, last) of a text, with … for the beginning or the end of a sentence left out.

    >>> quote_with_ellipses("you are not wrong, that is so", 4, 17)
    '… are not wrong, …'
    """
    before, quote, after = text[:first].rstrip(), text[first:last], text[last:].strip()
    opened = "… " if before and before[-1] not in '.!?…"”' else ""
    closed = " …" if after and quote[-1:] not in tuple('.!?…"”') else ""
    return f"{opened}{quote}{closed}"
