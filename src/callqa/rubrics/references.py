"""The names that a rubric refers to, behaviors and criteria, and those that do not exist.

They are found in the plain data of the file, so that mistakes elsewhere in it do not hide them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from callqa.core.suggestions import did_you_mean
from callqa.core.yaml_loading import YamlFile
from callqa.core.yaml_paths import KeyPath, path_text
from callqa.errors import Problem

_BEHAVIOR_KEYS: tuple[KeyPath, ...] = (
    ("when", "behavior"),
    ("expect", "behavior"),
    ("forbid", "behavior"),
    ("measure", "dead_air", "unless"),
)
"""Where a criterion may name behaviors."""


def named_behaviors(data: Any) -> Iterator[tuple[KeyPath, str]]:
    """Yield the behaviors that a rubric's criteria name, with the paths of the keys."""
    for index, criterion in _mappings(data, "criteria"):
        for keys in _BEHAVIOR_KEYS:
            named: Any = criterion
            for key in keys:
                named = named.get(key) if isinstance(named, dict) else None
            for name in named if isinstance(named, list) else [named]:
                if isinstance(name, str):
                    yield ("criteria", index, *keys), name


def reference_problems(yaml_file: YamlFile, behaviors: Collection[str] | None) -> Iterator[Problem]:
    """Yield a problem for each id that two criteria share, and for each name that does not exist.

    `behaviors` are the names of all behaviors; None if they could not be loaded.
    """
    ids: list[str] = []
    for index, criterion in _mappings(yaml_file.data, "criteria"):
        name = criterion.get("id")
        if not isinstance(name, str):
            continue
        if name in ids:
            message = f"criteria[{index + 1}].id: {name!r} is the id of another criterion; give each its own"
            yield yaml_file.problem(("criteria", index, "id"), message)
        ids.append(name)
    for path, name in named_behaviors(yaml_file.data):
        if behaviors is not None and name not in behaviors:
            hint = did_you_mean(name, sorted(behaviors))
            yield yaml_file.problem(path, f"{path_text(path)}: no behavior is called {name!r}{hint}")
    for index, test in _mappings(yaml_file.data, "tests"):
        expected = test.get("expect")
        for name in expected if isinstance(expected, dict) else ():
            if name not in ids:
                path = ("tests", index, "expect", name)
                message = f"{path_text(path[:-1])}: no criterion has the id {name!r}{did_you_mean(name, ids)}"
                yield yaml_file.problem(path, message)


def _mappings(data: Any, key: str) -> list[tuple[int, dict[str, Any]]]:
    """Return the entries of a list in the data that are mappings, with their positions."""
    entries = data.get(key) if isinstance(data, dict) else None
    return [
        (i, entry) for i, entry in enumerate(entries if isinstance(entries, list) else []) if isinstance(entry, dict)
    ]
