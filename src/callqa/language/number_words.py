"""Numbers in words, so that "24 hours", "£20" and "the 3rd" match what people say: "twenty four hours" and the like.

Numbers up to LARGEST become words; longer ones stay figures, because nobody writes phrases of references and account
numbers.
"""

from __future__ import annotations

import re
from functools import lru_cache

from callqa.language import en

LARGEST = 100

_FIGURES = re.compile(r"(\d+)([a-z]*)")


@lru_cache(maxsize=1_024)
def number_words(written: str) -> tuple[str, ...]:
    """Return the words for something written with figures at its start, in lower case: "24", "3rd", "10am".

    >>> [number_words(written) for written in ("24", "3rd", "10am", "04821")]
    [('twenty', 'four'), ('third',), ('ten', 'am'), ('04821',)]
    """
    match = _FIGURES.fullmatch(written)
    if match is None:
        return (written,)
    figures, letters = match.groups()
    if len(figures) > 3 or (figures.startswith("0") and len(figures) > 1) or int(figures) > LARGEST:
        return (figures, letters) if letters and letters not in en.ORDINAL_ENDINGS else (written,)
    words = _up_to_hundred(int(figures))
    if letters in en.ORDINAL_ENDINGS:
        return (*words[:-1], en.ORDINALS.get(words[-1], f"{words[-1]}th"))
    return (*words, letters) if letters else words


def _up_to_hundred(number: int) -> tuple[str, ...]:
    if number == LARGEST:
        return ("one", "hundred")
    if number < len(en.SMALL_NUMBERS):
        return (en.SMALL_NUMBERS[number],)
    tens, ones = divmod(number, 10)
    return (en.TENS[tens - 2], en.SMALL_NUMBERS[ones]) if ones else (en.TENS[tens - 2],)
