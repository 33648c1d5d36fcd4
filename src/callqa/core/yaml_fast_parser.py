"""Parsing of YAML without mistakes by libyaml, ten times as fast as in Python.

What may be a mistake, and what libyaml takes and PyYAML's own parser does not, is left to the exact parser.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import yaml

from callqa.core.yaml_scalars import plain_value

try:
    from yaml import CSafeLoader
except ImportError:  # PyYAML without libyaml
    CSafeLoader = None  # type: ignore[assignment,misc]

MOST_VALUES = 200_000
"""Values that one file may hold once its anchors are followed; a rubric has hundreds."""

DEEPEST = 50
"""Keys and list positions that may lead to a value."""

# libyaml and PyYAML treat some characters differently: tabs, byte order marks within a text, line breaks beyond ASCII.
_DIFFERENT = re.compile(
    "[^\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
    # A comment right after the header of a block scalar: `title: |# so`.
    "|[|>][-+0-9]*#"
)


class NeedsExactParser(Exception):
    """The text may hold a mistake, or something of YAML beyond plain values."""


def parse_fast(text: str) -> Any:
    """Return the data of a YAML text. Raises NeedsExactParser."""
    if CSafeLoader is None or _DIFFERENT.search(text):
        raise NeedsExactParser
    try:
        loader = CSafeLoader(text)
        try:
            return _Builder(loader.get_event).document()
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError) as error:
        raise NeedsExactParser from error


class _Anchored(NamedTuple):
    """A value that may be referred to again, with the number of values in it and how deep they go."""

    data: Any
    values: int
    depth: int


class _Builder:
    """The data of a document from libyaml's events, which come one by one, however deep the nesting."""

    def __init__(self, next_event: Callable[[], Any]):
        self._next = next_event
        self._values = 0
        self._deepest = 0
        self._anchored: dict[str, _Anchored] = {}

    def document(self) -> Any:
        self._next()  # the beginning of the stream
        if type(self._next()) is yaml.StreamEndEvent:
            return None
        data = self._value(self._next(), 0, in_flow=False)
        self._next()  # the end of the document
        if type(self._next()) is not yaml.StreamEndEvent:
            raise NeedsExactParser
        return data

    def _value(self, event: Any, depth: int, *, in_flow: bool) -> Any:
        if type(event) is yaml.AliasEvent:
            known = self._anchored.get(str(event.anchor))
            if known is None:
                raise NeedsExactParser
            self._count(known.values, depth + known.depth)
            return known.data
        if event.anchor:
            return self._anchor(event, depth, in_flow=in_flow)
        return self._content(event, depth, in_flow=in_flow)

    def _count(self, values: int, depth: int) -> None:
        self._values += values
        self._deepest = max(self._deepest, depth)
        if self._values > MOST_VALUES or depth > DEEPEST:
            raise NeedsExactParser

    def _anchor(self, event: Any, depth: int, *, in_flow: bool) -> Any:
        values, deepest, self._deepest = self._values, self._deepest, depth
        data = self._content(event, depth, in_flow=in_flow)
        if event.anchor in self._anchored:
            raise NeedsExactParser
        self._anchored[event.anchor] = _Anchored(data, self._values - values, self._deepest - depth)
        self._deepest = max(self._deepest, deepest)
        return data

    def _content(self, event: Any, depth: int, *, in_flow: bool) -> Any:
        self._count(1, depth)
        if event.tag:
            raise NeedsExactParser
        kind = type(event)
        if kind is yaml.ScalarEvent:
            return _scalar(event, in_flow=in_flow)
        in_flow = in_flow or event.flow_style
        if kind is yaml.SequenceStartEvent:
            items = []
            while type(event := self._next()) is not yaml.SequenceEndEvent:
                items.append(self._value(event, depth + 1, in_flow=in_flow))
            return items
        data: dict[str, Any] = {}
        while type(event := self._next()) is not yaml.MappingEndEvent:
            if type(event) is not yaml.ScalarEvent or event.anchor or event.tag:
                raise NeedsExactParser
            key = str(event.value)
            if key in data or (in_flow and _ends_early(event)):
                raise NeedsExactParser
            data[key] = self._value(self._next(), depth + 1, in_flow=in_flow)
        return data


def _scalar(event: Any, *, in_flow: bool) -> Any:
    if not event.implicit[0]:
        return event.value  # in quotes, or a block of text
    if in_flow and _ends_early(event):
        raise NeedsExactParser
    return plain_value(event.value)


def _ends_early(event: Any) -> bool:
    """Return True if a plain word within brackets ends earlier to PyYAML, which finds a mistake in `[ready?]`."""
    return event.implicit[0] and "?" in event.value
