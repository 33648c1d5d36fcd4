"""YAML files that users write, read safely: plain data, and the line of every value if it is asked for.

Only the plain part of YAML is read: no tags, no anchors that grow without bound, each key once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from callqa.core.yaml_exact_parser import parse_exactly
from callqa.core.yaml_fast_parser import NeedsExactParser, parse_fast
from callqa.core.yaml_paths import KeyPath
from callqa.errors import Problem, RubricError, UsageError


@dataclass(frozen=True)
class YamlFile:
    """A parsed file: its data, and the line of every key and value in it."""

    name: str
    data: Any
    find_lines: Callable[[], Mapping[KeyPath, int]] = field(repr=False, compare=False)
    problems: tuple[Problem, ...] = ()
    """Mistakes in the YAML itself, whatever the file is for: a key written twice, a tag."""

    @cached_property
    def lines(self) -> Mapping[KeyPath, int]:
        """The line of every key and value."""
        return self.find_lines()

    def line(self, path: KeyPath) -> int | None:
        """Return the line of a value or, if there is no such value, of the nearest one around it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return None

    def problem(self, path: KeyPath, message: str) -> Problem:
        """Return a problem with the value at that path."""
        return Problem(self.name, self.line(path), message)


def read_yaml(path: Path, name: str | None = None) -> YamlFile:
    """Read a file. Raises UsageError if it cannot be opened and RubricError if it is not YAML."""
    name = name or str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RubricError([Problem(name, None, "is not UTF-8 text; save it as UTF-8")]) from error
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror or error}") from error
    return parse_yaml(text, name)


def parse_yaml(text: str, name: str) -> YamlFile:
    """Parse the text of the file `name`. Raises RubricError, with the line, if it is not YAML that callqa reads."""
    try:
        return YamlFile(name, parse_fast(text), lambda: parse_exactly(text, name).lines)
    except NeedsExactParser:
        exact = parse_exactly(text, name)
        return YamlFile(name, exact.data, lambda: exact.lines, exact.problems)
