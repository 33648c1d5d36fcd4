"""Times in the notation of people and subtitles: `1:02`, `00:01:02`, `00:01:02,500`."""

from __future__ import annotations

import re

from callqa.transcripts.formats.base import LONGEST

_CLOCK = re.compile(r"(?:[0-9]{1,4}:[0-5]?[0-9]|[0-9]{1,4}):(?:[0-5]?[0-9]|60)(?:[.,][0-9]{1,9})?")


def parse_clock(text: str) -> float | None:
    """Parse a time in seconds, to the microsecond; None if it is not a time or later than a call can last.

    Hours and the fraction may be missing; minutes without hours may exceed 59. Some exporters round to second 60.

    >>> seconds("00:01:02,500")
    62.5
    """
    if not _CLOCK.fullmatch(text):
        return None
    whole, _, fraction = text.replace(",", ".").partition(".")
    hours, minutes, second = [0, 0, *map(int, whole.split(":"))][-3:]
    value = round(hours * 3600 + minutes * 60 + second + float(f"0.{fraction or 0}"), 6)
    return value if value <= LONGEST else None


def format_clock(time: float, point: str = ".") -> str:
    """Format a time in seconds as `HH:MM:SS.mmm`, with `point` before the milliseconds.

    >>> stamp(62.5, ",")
    '00:01:02,500'
    """
    milliseconds = round(time * 1000)
    second, milliseconds = divmod(milliseconds, 1000)
    minute, second = divmod(second, 60)
    hour, minute = divmod(minute, 60)
    return f"{hour:02}:{minute:02}:{second:02}{point}{milliseconds:03}"
