"""YAML files checked against a pydantic model, with a sentence and a line for every mistake."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from callqa.core.suggestions import did_you_mean
from callqa.core.yaml_loading import YamlFile
from callqa.core.yaml_paths import path_text, quote_value
from callqa.errors import Problem

Model = TypeVar("Model", bound=BaseModel)

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
"""Sentences for pydantic's types of error, in words for people who never heard of dictionaries."""


def validate(file: YamlFile, model: type[Model]) -> tuple[Model | None, list[Problem]]:
    """Return the model built from a file, or None, and every problem found, in the order of the lines."""
    problems = set(file.problems)
    value: Model | None = None
    if isinstance(file.data, dict):
        try:
            value = model.model_validate(file.data)
        except ValidationError as error:
            problems |= {_problem(file, model, details) for details in error.errors(include_url=False)}
    else:
        problems.add(Problem(file.name, 1, "is empty or not made of `key: value` lines"))
    return (None if problems else value), sorted(problems, key=problem_order)


def problem_order(problem: Problem) -> tuple[str, int, str]:
    """Sort problems by file, line and message."""
    return problem.file, problem.line or 0, problem.message


def _problem(file: YamlFile, model: type[BaseModel], details: ErrorDetails) -> Problem:
    # pydantic adds the names of union branches to the path; only what is in the file helps its author.
    path = tuple(_steps_in_file(file.data, details["loc"]))
    key = details["loc"][-1] if details["loc"] else ""
    where = path_text(path)
    if details["type"] == "extra_forbidden":
        keys = sorted(_known_keys(model, details["loc"][:-1]))
        return file.problem(path, f"{where}: there is no key {key!r} here{did_you_mean(str(key), keys)}")
    if details["type"] == "missing":
        missing = path_text((*path, key)) if path[-1:] != (key,) else where
        return file.problem(path, f"{missing} is missing; add it")
    message = _MESSAGES.get(details["type"]) or details["msg"].removeprefix("Value error, ")
    message = message.replace("Input should", "must", 1).replace("must be a valid", "must be a", 1)
    given = details["input"]
    if isinstance(given, str | int | float) and not (repr(given) in message or message.startswith(f"{given} ")):
        message += f" (it says {quote_value(str(given).lower() if isinstance(given, bool) else repr(given))})"
    return file.problem(path, f"{where}: {message[:1].lower()}{message[1:]}")


def _steps_in_file(data: Any, loc: Sequence[str | int]) -> Iterator[str | int]:
    for step in loc:
        inside_dict = isinstance(data, dict) and step in data
        inside_list = isinstance(data, list) and isinstance(step, int) and step < len(data)
        if inside_dict or inside_list:
            data = data[step]
            yield step


def _known_keys(model: type[BaseModel], loc: Sequence[str | int]) -> set[str]:
    """Return the keys allowed at a path; where one of several models is allowed, the keys of all of them."""
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
