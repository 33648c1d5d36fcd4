"""The demands of Jenkins' xUnit plugin on JUnit XML ("junit-10.xsd"), as far as callqa's report uses it, as a table.

The plugin's schema is the strictest in use; elements and attributes it allows and this table lacks are none callqa
writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

_NUMBER, _TIME, _TEXT = r"\d+", r"\d*(\.\d{0,3})?", r"(?s).*"

# Element → attributes (required first, then allowed) and children.
_RULES: dict[str, tuple[dict[str, str], dict[str, str], set[str]]] = {
    "testsuites": (
        {},
        {"name": _TEXT, "time": _TIME, "tests": _NUMBER, "failures": _NUMBER, "errors": _NUMBER},
        {"testsuite"},
    ),
    "testsuite": (
        {"name": _TEXT, "tests": _NUMBER, "failures": _NUMBER, "errors": _NUMBER},
        {"time": _TIME, "skipped": _NUMBER},
        {"testcase"},
    ),
    "testcase": (
        {"name": _TEXT},
        {"classname": _TEXT, "time": _TIME},
        {"skipped", "error", "failure", "system-out"},
    ),
    "skipped": ({}, {"message": _TEXT, "type": _TEXT}, set()),
    "error": ({}, {"message": _TEXT, "type": _TEXT}, set()),
    "failure": ({}, {"message": _TEXT, "type": _TEXT}, set()),
    "system-out": ({}, {}, set()),
}
_MAY_HOLD_TEXT = {"skipped", "error", "failure", "system-out"}


def problems(root: Element) -> list[str]:
    """Everything in which a document is not what the schema demands."""
    return [] if root.tag == "testsuites" and not list(_problems(root)) else [f"root {root.tag}", *_problems(root)]


def _problems(element: Element) -> Iterator[str]:
    rules = _RULES.get(element.tag)
    if rules is None:
        yield f"unknown element {element.tag}"
        return
    required, allowed, children = rules
    for name in required.keys() - element.keys():
        yield f"{element.tag} lacks {name}"
    for name, value in element.items():
        pattern = {**required, **allowed}.get(name)
        if pattern is None:
            yield f"{element.tag} may not have {name}"
        elif not re.fullmatch(pattern, value):
            yield f"{element.tag} has {name}={value!r}"
    if element.tag not in _MAY_HOLD_TEXT and (element.text or "").strip():
        yield f"{element.tag} holds text"
    for child in element:
        if child.tag not in children:
            yield f"{element.tag} holds {child.tag}"
        else:
            yield from _problems(child)
