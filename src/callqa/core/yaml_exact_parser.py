"""Parsing of YAML in Python: slow, but with the line of every value and a helpful sentence for every mistake."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from callqa.core.text import plural
from callqa.core.yaml_fast_parser import DEEPEST, MOST_VALUES
from callqa.core.yaml_paths import KeyPath, quote_value
from callqa.core.yaml_scalars import SCALAR_TYPES, YAML_TAG, PlainLoader
from callqa.errors import Problem, RubricError

_TOO_DEEP = "is nested too deeply or too large once its anchors are followed"

_TIGHT = re.compile(r"^[\s-]*([a-z_]+):([^\s:].*)$")
"""A key with no space after its colon."""


@dataclass(frozen=True)
class ExactResult:
    """The data of a text, the line of every key and value in it, and mistakes such as a key written twice or a tag."""

    data: Any
    lines: dict[KeyPath, int]
    problems: tuple[Problem, ...]


def parse_exactly(text: str, name: str) -> ExactResult:
    """Parse the text of the file `name`. Raises RubricError, with the line, if it is not YAML that callqa reads."""
    try:
        loader = PlainLoader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise RubricError([_syntax_problem(error, name, text)]) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise RubricError([Problem(name, line, _unprintable(text[error.position]))]) from error
    except RecursionError as error:
        raise RubricError([Problem(name, None, _TOO_DEEP)]) from error
    builder = _Builder(name)
    data = None if node is None else builder.build(node, ())
    return ExactResult(data, builder.lines, tuple(builder.problems))


def _syntax_problem(error: yaml.MarkedYAMLError, name: str, text: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line = None if mark is None else mark.line + 1
    reason = " ".join(filter(None, (error.context, error.problem)))
    advice = "check indentation, quotes and brackets on and above this line"
    above = _line_above(text, line) if line is not None else None
    if "'\\t'" in reason:
        advice = "there is a tab on this line; indent with spaces"
    elif reason == "while scanning a simple key could not find expected ':'" and error.context_mark is not None:
        line = error.context_mark.line + 1
        advice = "a colon is missing after the key, as in `title: Greets the caller`"
    elif above is not None and (tight := _TIGHT.match(above[1])):
        line, advice = above[0], f"write a space after the colon: `{tight[1]}: {quote_value(tight[2])}`"
    elif error.problem == "mapping values are not allowed here":
        advice = "put text that contains a colon in quotes, and check the indentation of this line"
    elif "expected <block end>" in reason and above is not None and line is not None:
        indent, indent_above = _indent("".join(text.splitlines()[line - 1 : line])), _indent(above[1])
        if indent != indent_above:
            spaces = plural(indent, "space")
            advice = f"this line is indented by {spaces}, the line above by {indent_above}; indent entries of a list or"
            advice += " mapping equally"
    if line is not None and (odd := _invisible_space(text, line)) is not None:
        line, advice = odd
    return Problem(name, line, f"is not valid YAML ({reason}); {advice}")


_INVISIBLE_SPACES = {
    "\u00a0": "a no-break space",
    "\u202f": "a narrow no-break space",
    "\u2003": "an em space",
    "\u200b": "a zero-width space",
    "\ufeff": "a byte order mark",
    "\u3000": "an ideographic space",
}
"""Characters that look like a space, or like nothing, and are neither to YAML."""


def _invisible_space(text: str, line: int) -> tuple[int, str] | None:
    """Return the nearest line with an invisible character, at most two above this one, and what to write instead."""
    lines = text.split("\n")
    for number in range(min(line, len(lines)), max(0, line - 3), -1):
        for character, what in _INVISIBLE_SPACES.items():
            if character in lines[number - 1]:
                code = f"U+{ord(character):04X}"
                return number, f"there is {what} ({code}) on this line; write an ordinary space, or delete it"
    return None


def _line_above(text: str, line: int) -> tuple[int, str] | None:
    """Return the nearest line above that is neither empty nor a comment, with its number."""
    for number, content in reversed(list(enumerate(text.splitlines()[: line - 1], start=1))):
        if content.strip() and not content.lstrip().startswith("#"):
            return number, content
    return None


def _indent(line: str) -> int:
    """Count the spaces before the first key of a line; the dash of a list entry counts as a space."""
    return len(line) - len(line.lstrip(" -"))


def _unprintable(character: str) -> str:
    return f"the character U+{ord(character):04X} is not allowed in a YAML file; delete it"


class _Builder:
    """Turns YAML nodes into plain data; notes lines, tags, keys written twice, and numbers that are none."""

    def __init__(self, name: str):
        self.lines: dict[KeyPath, int] = {}
        self.problems: list[Problem] = []
        self._name = name
        self._values = 0

    def build(self, node: yaml.Node, path: KeyPath) -> Any:
        """Return the data of a node. Raises RubricError if it grows without bound."""
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        self._values += 1
        if self._values > MOST_VALUES or len(path) > DEEPEST:
            raise RubricError([Problem(self._name, line, _TOO_DEEP)])
        if isinstance(node, yaml.MappingNode):
            self._refuse_tag(node, "map")
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            self._refuse_tag(node, "seq")
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node)

    def _note(self, node: yaml.Node, message: str) -> None:
        self.problems.append(Problem(self._name, node.start_mark.line + 1, message))

    def _refuse_tag(self, node: yaml.Node, *allowed: str) -> None:
        if node.tag.removeprefix(YAML_TAG) not in allowed:
            self._note(node, f"the tag {node.tag.replace(YAML_TAG, '!!')} is not allowed; leave it out")

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._note(key_node, "a key must be a plain word")
                continue
            key = key_node.value
            if key in data:
                first = self.lines[(*path, key)]
                self._note(key_node, f"the key {key!r} is here twice (first on line {first}); keep one")
                continue
            self.lines[(*path, key)] = key_node.start_mark.line + 1
            data[key] = self.build(value_node, (*path, key))
        return data

    def _scalar(self, node: yaml.Node) -> Any:
        self._refuse_tag(node, *SCALAR_TYPES)
        make = SCALAR_TYPES.get(node.tag.removeprefix(YAML_TAG), str)
        try:
            return make(node.value)
        except ValueError:
            self._note(node, f"{quote_value(node.value)} is not a number that callqa can use")
            return None
