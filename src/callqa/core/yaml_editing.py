"""Writes YAML that `yaml_file` reads back: an entry more or less in a list, with what people wrote there left alone.

Every text is double-quoted, so that nothing in it is taken for anything but text.
"""

from __future__ import annotations

from typing import Any

import yaml

from callqa.core.yaml_loading import parse_yaml
from callqa.errors import RubricError


class _QuotingDumper(yaml.SafeDumper):
    """Texts in double quotes, keys plain, lists indented as people indent them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        del indentless
        super().increase_indent(flow, indentless=False)

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:
        node = super().represent_mapping(tag, mapping, flow_style)
        for key, _ in node.value:
            key.style = None
        return node


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')


_QuotingDumper.add_representer(str, _quoted)


def dump(data: dict[str, Any]) -> str:
    """Plain data as YAML."""
    return yaml.dump(data, Dumper=_QuotingDumper, sort_keys=False, allow_unicode=True, width=10**6)


def with_entry(text: str, head: dict[str, Any], key: str, entry: dict[str, Any]) -> str:
    """A file's text with one more entry in its list `key`; an empty text begins with the keys of `head`.

    Comments and layout stay where the entry can simply be put at the end; else the file is written anew, without
    them. `text` must be YAML that `parse_yaml` takes, with a list or nothing under `key`.
    """
    if not text.strip():
        return dump({**head, key: [entry]})
    data = parse_yaml(text, key).data
    wanted = {**data, key: [*(data.get(key) or ()), entry]}
    lines = dump({key: [entry]}).splitlines(keepends=True)[1:]
    longer = text.rstrip() + "\n" + "".join(lines)
    try:
        if parse_yaml(longer, key).data == wanted:
            return longer
    except RubricError:
        pass
    return dump(wanted)


def without_entry(text: str, key: str, index: int) -> str:
    """A file's text without one entry, counted from 0, of its list `key`.

    Comments and layout stay where the entry stands on lines of its own; else the file is written anew, without them.
    `text` must be YAML that `parse_yaml` takes, with such an entry.
    """
    parsed = parse_yaml(text, key)
    entries = parsed.data[key]
    wanted = {**parsed.data, key: [*entries[:index], *entries[index + 1 :]]}
    lines = text.splitlines(keepends=True)
    place = (key, index)
    start = parsed.line(place) or 1
    behind = [line for other, line in parsed.lines.items() if other[:2] != place and line > start]
    end = min(behind, default=len(lines) + 1) - 1
    # Comments and empty lines before the next entry belong to that one.
    while end > start and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    shorter = "".join([*lines[: start - 1], *lines[end:]])
    try:
        left = parse_yaml(shorter, key).data
        if isinstance(left, dict) and {**left, key: left.get(key) or []} == wanted:
            return shorter
    except RubricError:
        pass
    return dump(wanted)
