"""Text from outside made safe to show, and small words every report uses. Knows no format.

Quotes, paths and names come from recordings and file systems. They may hold terminal escapes, characters that turn
the writing direction, or bytes that are not UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate
from unicodedata import east_asian_width

# Unicode's explicit direction controls (UAX #9, section 2), which can make a line read as what it is not ("Trojan
# Source", CVE-2021-42574), and characters nobody can see. The joiners U+200C and U+200D stay: scripts and emoji
# need them.
_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNSEEN = "\u200b\u2060-\u2064\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"

_SPACES = re.compile("[ \t\n\v\f\r\x85\u2028\u2029]+")
_UNSAFE = re.compile(f"[\x00-\x1f\x7f-\x9f{_DIRECTION}{_UNSEEN}\ud800-\udfff]")


def printable(text: str) -> str:
    r"""The text on one line, with nothing in it that a terminal would act on.

    White space becomes single spaces; control characters become backslash escapes that can be seen (`\x1b`).
    """
    return _UNSAFE.sub(lambda match: _escape(match[0]), _SPACES.sub(" ", text))


def without_controls(text: str) -> str:
    """The text on one line, with control characters left out: for cells of a table."""
    return _UNSAFE.sub(
        lambda match: _escape(match[0]) if "\ud800" <= match[0] <= "\udfff" else "", _SPACES.sub(" ", text)
    )


def valid_utf8(text: str) -> str:
    r"""The text with what cannot be written as UTF-8 as backslash escapes.

    File names that are not UTF-8 reach Python with lone surrogates in them (PEP 383); they come out as `\udcff`.
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun: 1 call, 2 calls."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def shortened(text: str, most: int) -> str:
    """The text, cut to `most` terminal cells with … at the end where it is longer; wide characters take two cells."""
    cells = [2 if east_asian_width(character) in "WF" else 1 for character in text[: most + 1]]
    if sum(cells) <= most:
        return text
    ends = accumulate(cells)
    return text[: sum(end < most for end in ends)].rstrip() + "…"


def shortlist(names: Sequence[str], most: int = 3) -> str:
    """The first of these names, and how many more there are: a, b, c and 2 more."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(map(printable, names[:most]))}{more}"


def whole_score(score: float) -> str:
    """A score without decimals that never looks perfect, or worthless, without being it: 99.6 is 99."""
    if 0 < score < 100:
        return str(min(99, max(1, round(score))))
    return f"{score:.0f}"
