"""Dates and times as file names and spreadsheets write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_MOMENT = re.compile(
    r"""
    (?P<year> (?:19|20) \d\d) [-._/]? (?P<month> \d\d) [-._/]? (?P<day> \d\d)
    (?: [-._T ]* (?P<hour> \d\d) [-._:h]? (?P<minute> \d\d) (?: [-._:m]? (?P<second> \d\d) )? )?
    [-._ ]? (?P<zone> Z|UTC)?
    """,
    re.VERBOSE | re.IGNORECASE,
)


def parse_moment(text: str) -> datetime | None:
    """Read a date with or without a time; None where it is none.

    Takes ISO 8601, and year, month, day, hour, minute and second in that order with any separators or none, as
    recorders put them into file names. A moment without a zone stays without one.
    """
    text = text.strip()
    match = _MOMENT.fullmatch(text)
    try:
        if match is None:
            return datetime.fromisoformat(text)
        year, month, day, hour, minute, second = (int(number or 0) for number in match.groups()[:6])
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC if match["zone"] else None)
    except ValueError:
        return None
