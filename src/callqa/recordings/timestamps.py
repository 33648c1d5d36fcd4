"""Dates and times as they are written in file names and spreadsheets."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_TIMESTAMP = re.compile(
    r"""
    (?P<year> (?:19|20) \d\d) [-._/]? (?P<month> \d\d) [-._/]? (?P<day> \d\d)
    (?: [-._T ]* (?P<hour> \d\d) [-._:h]? (?P<minute> \d\d) (?: [-._:m]? (?P<second> \d\d) )? )?
    [-._ ]? (?P<zone> Z|UTC)?
    """,
    re.VERBOSE | re.IGNORECASE,
)


def parse_timestamp(text: str) -> datetime | None:
    """Read a date with or without a time; None if it is not one.

    Accepts ISO 8601, and year, month, day, hour, minute and second in that order with any separators or none, as
    recorders put them into file names. A timestamp without a zone stays without one.
    """
    text = text.strip()
    match = _TIMESTAMP.fullmatch(text)
    try:
        if match is None:
            return datetime.fromisoformat(text)
        year, month, day, hour, minute, second = (int(number or 0) for number in match.groups()[:6])
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC if match["zone"] else None)
    except ValueError:
        return None
