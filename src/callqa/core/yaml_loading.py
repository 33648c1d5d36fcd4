"""YAML files users write: read safely, checked against a pydantic model, every mistake with its line.

Only the plain part of YAML is taken: no tags, no anchors growing without bound, and `yes`, `no`, `on`, `off`, dates and
`1:30` stay the words that stand there, since a team lead who writes `say: [yes, no]` means the words.
"""

from __future__ import annotations

import difflib
import re
import types
import typing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from callqa.core.text import plural
from callqa.errors import Problem, RubricError, UsageError

KeyPath = tuple[str | int, ...]
"""Where a value stands: the keys and list positions that lead to it."""

Model = TypeVar("Model", bound=BaseModel)

_MOST_VALUES = 200_000
"""Values one file may hold once its anchors are followed; a rubric has hundreds."""

_LONGEST_QUOTE = 60
"""Characters of a wrong value that a message repeats."""

_TOO_DEEP = "is nested too deeply or too large once its anchors are followed"

_TIGHT = re.compile(r"^[\s-]*([a-z_]+):([^\s:].*)$")
"""A key with no space after its colon."""

_YAML_TAG = "tag:yaml.org,2002:"

_MESSAGES = {
    "dict_type": "must be made of `key: value` lines",
    "model_type": "must be made of `key: value` lines",
    "list_type": "must be a list: [one, two], or lines that begin with `- `",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "must be a smaller number",
    "float_parsing": "must be a number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be text; put it in quotes",
    "string_pattern_mismatch": "must be lower-case letters, digits and _ (like make_it_right), beginning with a letter",
    "too_short": "needs at least one entry",
    "string_too_short": "is empty; write something or leave it out",
}
"""What pydantic says of these kinds of mistake, in words for people who never heard of dictionaries."""


class _PlainLoader(yaml.SafeLoader):
    """SafeLoader that takes for numbers and booleans only what looks so to somebody who never heard of YAML."""


_PlainLoader.yaml_implicit_resolvers = {}
for _tag, _regex, _first in (
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("tag:yaml.org,2002:int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    ("tag:yaml.org,2002:float", r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", "~nN\0"),
):
    _PlainLoader.add_implicit_resolver(_tag, re.compile(_regex), list(_first) + ([""] if _tag.endswith("null") else []))


@dataclass(frozen=True)
class YamlFile:
    """A parsed file: plain data, and the line of every key and value in it."""

    name: str
    data: Any
    lines: dict[KeyPath, int]
    problems: tuple[Problem, ...] = ()
    """Mistakes of the file itself, whatever it should hold: a key written twice, a tag."""

    def line(self, place: KeyPath) -> int | None:
        """The line of a value, or of the nearest thing around it that has one."""
        for length in range(len(place), -1, -1):
            if place[:length] in self.lines:
                return self.lines[place[:length]]
        return None

    def problem(self, place: KeyPath, message: str) -> Problem:
        """A problem at that place."""
        return Problem(self.name, self.line(place), message)


def read_yaml(path: Path, name: str | None = None) -> YamlFile:
    """Read a file. Raises UsageError where it cannot be opened and RubricError where it is not YAML."""
    name = name or str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RubricError([Problem(name, None, "is not UTF-8 text; save it as UTF-8")]) from error
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror or error}") from error
    return parse_yaml(text, name)


def parse_yaml(text: str, name: str) -> YamlFile:
    """Parse a text. Raises RubricError with the line where it is not the YAML callqa takes."""
    try:
        loader = _PlainLoader(text)
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
    return YamlFile(name, data, builder.lines, tuple(builder.problems))


def _syntax_problem(error: yaml.MarkedYAMLError, name: str, text: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line = None if mark is None else mark.line + 1
    reason = " ".join(filter(None, (error.context, error.problem)))
    advice = "check indentation, quotes and brackets on and above this line"
    above = _line_above(text, line) if line is not None else None
    if "'\\t'" in reason:
        advice = "a tab stands here; indent with spaces"
    elif reason == "while scanning a simple key could not find expected ':'" and error.context_mark is not None:
        line = error.context_mark.line + 1
        advice = "a colon is missing after the key, as in `title: Greets the caller`"
    elif above is not None and (tight := _TIGHT.match(above[1])):
        line, advice = above[0], f"write a space after the colon: `{tight[1]}: {_short(tight[2])}`"
    elif error.problem == "mapping values are not allowed here":
        advice = "put a text that holds a colon in quotes, and check the indentation of this line"
    elif "expected <block end>" in reason and above is not None and line is not None:
        deep, before = _indent("".join(text.splitlines()[line - 1 : line])), _indent(above[1])
        if deep != before:
            spaces = plural(deep, "space")
            advice = f"this line begins after {spaces} and the one above after {before}; begin what goes together alike"
    return Problem(name, line, f"is not YAML here ({reason}); {advice}")


def _line_above(text: str, line: int) -> tuple[int, str] | None:
    """The nearest line above that is neither empty nor a comment, with its number."""
    for number, content in reversed(list(enumerate(text.splitlines()[: line - 1], start=1))):
        if content.strip() and not content.lstrip().startswith("#"):
            return number, content
    return None


def _indent(line: str) -> int:
    """Spaces before the first key of a line; the dash of a list entry counts as space."""
    return len(line) - len(line.lstrip(" -"))


def _unprintable(character: str) -> str:
    return f"the character U+{ord(character):04X} cannot stand in a YAML file; delete it"


class _Builder:
    """Turns YAML nodes into plain data while noting lines, duplicate keys and runaway anchors."""

    def __init__(self, name: str):
        self.lines: dict[KeyPath, int] = {}
        self.problems: list[Problem] = []
        self._name = name
        self._values = 0
        self._loader = _PlainLoader("")

    def build(self, node: yaml.Node, place: KeyPath) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(place, line)
        self._values += 1
        if self._values > _MOST_VALUES or len(place) > 50:
            raise RubricError([Problem(self._name, line, _TOO_DEEP)])
        if isinstance(node, yaml.MappingNode):
            self._refuse_tag(node, "map")
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            self._refuse_tag(node, "seq")
            return [self.build(item, (*place, index)) for index, item in enumerate(node.value)]
        return self._scalar(node)

    def _refuse_tag(self, node: yaml.Node, *allowed: str) -> None:
        if node.tag.removeprefix(_YAML_TAG) not in allowed:
            tag = node.tag.replace(_YAML_TAG, "!!")
            self.problems.append(
                Problem(self._name, node.start_mark.line + 1, f"the tag {tag} is not allowed; leave it out")
            )

    def _mapping(self, node: yaml.MappingNode, place: KeyPath) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(Problem(self._name, line, "a key must be a plain word"))
                continue
            key = key_node.value
            if key in data:
                self.problems.append(
                    Problem(
                        self._name,
                        line,
                        f"{key!r} is written twice here (first on line {self.lines[(*place, key)]}); keep one",
                    )
                )
                continue
            self.lines[(*place, key)] = line
            data[key] = self.build(value_node, (*place, key))
        return data

    def _scalar(self, node: yaml.Node) -> Any:
        makers: dict[str, Callable[[str], Any]] = {
            "bool": lambda value: value.lower() == "true",
            "int": int,
            "float": float,
            "null": lambda _: None,
            "str": str,
        }
        self._refuse_tag(node, *makers)
        make = makers.get(node.tag.removeprefix(_YAML_TAG), str)
        try:
            return make(node.value)
        except ValueError:
            line = node.start_mark.line + 1
            self.problems.append(Problem(self._name, line, f"{_short(node.value)} is no number callqa can use"))
            return None


def try_check(file: YamlFile, model: type[Model]) -> tuple[Model | None, list[Problem]]:
    """Build the model from the file, or tell every mistake found."""
    problems = set(file.problems)
    value: Model | None = None
    if isinstance(file.data, dict):
        try:
            value = model.model_validate(file.data)
        except ValidationError as error:
            problems |= {_problem(file, model, details) for details in error.errors(include_url=False)}
    else:
        problems.add(Problem(file.name, 1, "is empty or not made of `key: value` lines"))
    return (None if problems else value), sorted(problems, key=in_order)


def in_order(problem: Problem) -> tuple[str, int, str]:
    """Sort key: by file, line, message."""
    return problem.file, problem.line or 0, problem.message


def _problem(file: YamlFile, model: type[BaseModel], details: ErrorDetails) -> Problem:
    # pydantic puts names of union branches into the place; only what stands in the file helps its author.
    place = tuple(step for step in _real_steps(file.data, details["loc"]))
    key = details["loc"][-1] if details["loc"] else ""
    where = dotted(place)
    if details["type"] == "extra_forbidden":
        keys = sorted(_known_keys(model, details["loc"][:-1]))
        return file.problem(place, f"{where}: there is no key {key!r} here{did_you_mean(str(key), keys)}")
    if details["type"] == "missing":
        missing = dotted((*place, key)) if place[-1:] != (key,) else where
        return file.problem(place, f"{missing} is missing; add it")
    message = _MESSAGES.get(details["type"]) or details["msg"].removeprefix("Value error, ")
    message = message.replace("Input should", "must", 1).replace("must be a valid", "must be a", 1)
    given = details["input"]
    if isinstance(given, str | int | float) and not (repr(given) in message or message.startswith(f"{given} ")):
        message += f" (it says {_short(str(given).lower() if isinstance(given, bool) else repr(given))})"
    return file.problem(place, f"{where}: {message[:1].lower()}{message[1:]}")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"


def _real_steps(data: Any, loc: Sequence[str | int]) -> Iterator[str | int]:
    for step in loc:
        inside_dict = isinstance(data, dict) and step in data
        inside_list = isinstance(data, list) and isinstance(step, int) and step < len(data)
        if inside_dict or inside_list:
            data = data[step]
            yield step


def _known_keys(model: type[BaseModel], loc: Sequence[str | int]) -> set[str]:
    """The keys allowed at a place; where several models may stand there, the keys of all."""
    models: list[type[BaseModel]] = [model]
    for step in loc:
        found: list[type[BaseModel]] = []
        for candidate in models:
            if isinstance(step, str) and step in candidate.model_fields:
                found += _models_in(candidate.model_fields[step].annotation)
        models = found or models
    return {field.alias or name for candidate in models for name, field in candidate.model_fields.items()}


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return [annotation] if issubclass(annotation, BaseModel) else []
    return [found for part in typing.get_args(annotation) for found in _models_in(part)]


def dotted(place: KeyPath) -> str:
    """The place as a person writes it: criteria[2].expect.within, list positions from 1."""
    text = ""
    for step in place:
        text += f"[{step + 1}]" if isinstance(step, int) else (f".{step}" if text else step)
    return text or "the file"


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """A closing half-sentence that offers the likeliest of the known words, or all of them where few."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    if known and len(known) <= 16:
        return f"; known: {', '.join(known)}"
    return ""
