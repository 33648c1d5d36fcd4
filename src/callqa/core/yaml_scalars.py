"""The rules by which a plain word in YAML is a number, true, false or nothing.

Only what looks so to somebody who never heard of YAML is one: `yes`, `no`, `on`, `off`, dates and `1:30` stay text,
because a team lead who writes `say: [yes, no]` means the words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml

YAML_TAG = "tag:yaml.org,2002:"
"""What the tags of YAML's own types begin with."""

SCALAR_TYPES: dict[str, Callable[[str], Any]] = {
    "bool": lambda text: text.lower() == "true",
    "int": int,
    "float": float,
    "null": lambda _: None,
    "str": str,
}
"""Type of a scalar → the function that converts its text, which raises ValueError if the text is no such value."""


class PlainLoader(yaml.SafeLoader):
    """SafeLoader with these rules instead of YAML's."""


PlainLoader.yaml_implicit_resolvers = {}
for _type, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    ("float", r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("null", r"^(?:~|null|Null|NULL|)$", "~nN\0"),
):
    _starts = [*_first, ""] if _type == "null" else [*_first]
    PlainLoader.add_implicit_resolver(YAML_TAG + _type, re.compile(_pattern), _starts)


def plain_value(text: str) -> Any:
    """Return the value of a plain word. Raises ValueError if it is a number Python cannot make."""
    for tag, pattern in PlainLoader.yaml_implicit_resolvers.get(text[:1], ()):
        if pattern.match(text):
            return SCALAR_TYPES[tag.removeprefix(YAML_TAG)](text)
    return text
