"""Suggestions for a name that is not known: the one that was probably meant, or all there are."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

_FEW = 16
"""Names that a message can list in full."""


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """Return the end of a sentence that offers the most similar of the known names, or all if there are few."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    if known and len(known) <= _FEW:
        return f"; known: {', '.join(known)}"
    return ""
