"""`callqa.toml`, which sets defaults for options; searched for from the working folder upwards.

Keys are the long names of options (`rubric`, `fail-under`). Keys outside any table apply to every command that has the
option, those in a table such as `[score]` to that command. Paths in it are relative to its own folder.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from callqa.errors import UsageError

NAME = "callqa.toml"

_PATHS = ("metadata", "cache-dir", "overrides", "results")
"""Options whose values are paths."""


def find_upwards(name: str, start: Path) -> Path | None:
    """Return the nearest file of this name in a folder or its parents; None if there is none."""
    for folder in (start, *start.parents):
        if (folder / name).is_file():
            return folder / name
    return None


def defaults(path: Path, command: click.Command, root: click.Group) -> dict[str, Any]:
    """Return the defaults that a configuration file sets for a command, by parameter name. Raises UsageError."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from error
    tables = {name: value for name, value in data.items() if isinstance(value, dict)}
    shared = {name: value for name, value in data.items() if name not in tables}
    everywhere = {name for each in root.commands.values() for name, _ in _options(each)}
    _refuse_unknown(path, "", shared, everywhere)
    for name, table in tables.items():
        if name not in root.commands:
            raise UsageError(f"{path}: unknown command [{name}]{_hint(name, list(root.commands))}")
        _refuse_unknown(path, f"[{name}] ", table, {option for option, _ in _options(root.commands[name])})
    given = {**shared, **tables.get(command.name or "", {})}
    found: dict[str, Any] = {}
    for name, parameter in _options(command):
        for spelling in (name, name.replace("-", "_")):
            if spelling in given:
                found[parameter.name or ""] = _value(path, name, given[spelling], parameter)
    return found


def _options(command: click.Command) -> Iterator[tuple[str, click.Option]]:
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            for name in parameter.opts:
                if name.startswith("--") and name != "--config":
                    yield name.removeprefix("--"), parameter


def _refuse_unknown(path: Path, where: str, given: dict[str, Any], known: set[str]) -> None:
    for name in given:
        if name.replace("_", "-") not in known:
            raise UsageError(f"{path}: {where}unknown option {name!r}{_hint(name, sorted(known))}")


def _hint(word: str, known: list[str]) -> str:
    from callqa.core.suggestions import did_you_mean

    return did_you_mean(word, known)


def _value(path: Path, name: str, value: Any, parameter: click.Option) -> Any:
    if parameter.multiple and not isinstance(value, list):
        value = [value]
    is_rubric_file = name == "rubric" and str(value).endswith((".yaml", ".yml"))
    return str(path.parent / str(value)) if name in _PATHS or is_rubric_file else value


def use_config(context: click.Context, parameter: click.Parameter, value: Path | None) -> None:
    """Read the configuration file, as the callback of `--config`, before other options are processed."""
    del parameter
    path = value or find_upwards(NAME, Path.cwd())
    root = context.find_root().command
    if path is not None and isinstance(root, click.Group):
        context.default_map = defaults(path, context.command, root)
