"""Quoting what was said so that a reader understands it: never a torn-off scrap, never a whole monologue."""

from __future__ import annotations

import re

AROUND = 8
"""Words kept before and after the words in question, where the sentence goes on that far."""

_NEAR = 400
"""Characters looked at on either side: more than AROUND words of any language take, less than a damaged line has."""

_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)]*\s+")
_WORD = re.compile(r"\S+")


def around(text: str, start: int, end: int) -> str:
    """The sentence that holds the characters [start, end) of a text, as it stands there.

    >>> around("Right. I am sorry about that. Let me look.", 12, 17)
    'I am sorry about that.'
    """
    first, last = sentence(text, start, end)
    return text[first:last]


def sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The characters of the sentence that holds the characters [start, end).

    Speech often comes without full stops: of a long stretch, AROUND words on either side are kept.
    """
    left_edge, right_edge = max(0, start - _NEAR), min(len(text), end + _NEAR)
    begin, stop = left_edge, right_edge
    for border in _SENTENCE_END.finditer(text, left_edge, right_edge):
        if border.end() <= start:
            begin = border.end()
        elif border.start() >= end:
            stop = border.end()
            break
    words = [match.span() for match in _WORD.finditer(text, begin, stop)]
    inside = [i for i, (left, right) in enumerate(words) if left < end and right > start]
    if not inside:
        return start, end
    return words[max(0, inside[0] - AROUND)][0], words[min(len(words) - 1, inside[-1] + AROUND)][1]


def with_gaps(text: str, first: int, last: int) -> str:
    """The characters [first, last) of a text, with … where they leave out the beginning or the end of a sentence.

    >>> with_gaps("you are not wrong, that is so", 4, 17)
    '… are not wrong, …'
    """
    before, quote, after = text[:first].rstrip(), text[first:last], text[last:].strip()
    opened = "… " if before and before[-1] not in '.!?…"”' else ""
    closed = " …" if after and quote[-1:] not in tuple('.!?…"”') else ""
    return f"{opened}{quote}{closed}"
