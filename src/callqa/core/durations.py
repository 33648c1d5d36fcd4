"""Lengths of time as people write and read them: `20s`, `1m30s`, `2 min`; 01:05."""

from __future__ import annotations

import re

_PARTS = re.compile(
    r"^\s*(?:(?P<h>\d+(?:\.\d+)?)\s*h(?:ours?|rs?)?)?\s*(?:(?P<m>\d+(?:\.\d+)?)\s*m(?:in(?:ute)?s?)?)?"
    r"\s*(?:(?P<s>\d+(?:\.\d+)?)\s*s(?:ec(?:ond)?s?)?)?\s*$",
    re.IGNORECASE,
)


def parse_seconds(value: object) -> float:
    """Seconds from `20s`, `1m30s`, `2 min`, `1h`, or a plain number of seconds. Raises ValueError."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds: float = value
    else:
        match = _PARTS.match(str(value))
        if match is None or not any(match.groups()):
            raise ValueError(f"{value!r} is not a length of time; write it like 20s, 1m30s or 2min")
        hours, minutes, rest = (float(match[part] or 0) for part in "hms")
        seconds = hours * 3600 + minutes * 60 + rest
    if not 0 < seconds < 1e6:
        raise ValueError(f"{value!r} is not a sensible length of time; write something like 20s")
    return float(seconds)


def clock(seconds: float) -> str:
    """Return a moment in a call as 01:05 or, after an hour, 1:02:09. Fractions are cut off, as players do."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes:02}:{whole % 60:02}"


def spell(seconds: float) -> str:
    """A length of time in few words: 4.2 s, 20 s, 1 min 40 s, 12 min, 3 h 12 min.

    Below five minutes what is over is cut, not rounded: 19.98 s stays below 20 s.
    """
    if seconds < 60:
        return f"{int(seconds * 10) / 10:g} s"
    if seconds < 300:
        whole, rest = divmod(int(seconds), 60)
        return f"{whole} min {rest} s" if rest else f"{whole} min"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
