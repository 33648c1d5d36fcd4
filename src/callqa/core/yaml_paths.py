"""Values in a YAML file as messages refer to them: by their path, and by what is written there."""

from __future__ import annotations

KeyPath = tuple[str | int, ...]
"""The keys and list positions that lead to a value."""

_LONGEST_QUOTE = 60
"""Characters of a wrong value that a message repeats."""


def path_text(path: KeyPath) -> str:
    """Return a path as people write it: criteria[2].expect.within, with list positions from 1."""
    text = ""
    for step in path:
        text += f"[{step + 1}]" if isinstance(step, int) else (f".{step}" if text else step)
    return text or "the file"


def quote_value(text: str) -> str:
    """Return a value as messages repeat it: only its beginning, if it is long."""
    return text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"
