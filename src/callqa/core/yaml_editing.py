"""Writing YAML that `yaml_loading` reads back, and adding and removing list entries in text that people have written.

Every text is in double quotes, so that YAML cannot mistake it for anything else.
"""

from __future__ import annotations

from typing import Any

import yaml

from callqa.core.yaml_loading import parse_yaml
from callqa.errors import RubricError


class _QuotingDumper(yaml.SafeDumper):
    """Writes texts in double quotes, keys without quotes, and lists indented as people indent them."""

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


def dump_yaml(data: dict[str, Any]) -> str:
    """Return plain data as YAML."""
    return yaml.dump(data, Dumper=_QuotingDumper, sort_keys=False, allow_unicode=True, width=10**6)


def add_entry(text: str, head: dict[str, Any], key: str, entry: dict[str, Any]) -> str:
    """Return the text of a file with one more entry in its list `key`; an empty file begins with the keys of `head`.

    Comments and layout are kept if the entry can be added at the end of the text; otherwise the file is written again
    without them. `text` must be YAML that `parse_yaml` reads, with a list or nothing under `key`.
    """
    if not text.strip():
        return dump_yaml({**head, key: [entry]})
    data = parse_yaml(text, key).data
    wanted = {**data, key: [*(data.get(key) or ()), entry]}
    lines = dump_yaml({key: [entry]}).splitlines(keepends=True)[1:]
    longer = text.rstrip() + "\n" + "".join(lines)
    try:
        if parse_yaml(longer, key).data == wanted:
            return longer
    except RubricError:
        pass
    return dump_yaml(wanted)


def remove_entry(text: str, key: str, index: int) -> str:
    """Return the text of a file without one entry, counted from 0, of its list `key`.

    Comments and layout are kept if the entry has lines of its own; otherwise the file is written again without them.
    `text` must be YAML that `parse_yaml` reads, with such an entry.
    """
    parsed = parse_yaml(text, key)
    entries = parsed.data[key]
    wanted = {**parsed.data, key: [*entries[:index], *entries[index + 1 :]]}
    lines = text.splitlines(keepends=True)
    path = (key, index)
    start = parsed.line(path) or 1
    following = [line for other, line in parsed.lines.items() if other[:2] != path and line > start]
    end = min(following, default=len(lines) + 1) - 1
    # Comments and empty lines before the next entry belong to that entry.
    while end > start and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    shorter = "".join([*lines[: start - 1], *lines[end:]])
    try:
        remaining = parse_yaml(shorter, key).data
        if isinstance(remaining, dict) and {**remaining, key: remaining.get(key) or []} == wanted:
            return shorter
    except RubricError:
        pass
    return dump_yaml(wanted)
