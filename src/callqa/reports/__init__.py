"""The report formats by name. A new format is one module here and one entry in the table."""

from __future__ import annotations

import importlib
from typing import Any, cast

from callqa.errors import UsageError
from callqa.reports.base import Report

REPORTS: dict[str, str] = {
    "text": "callqa.reports.terminal.terminal_report:TerminalReport",
    "json": "callqa.reports.json_report:JsonReport",
    "csv": "callqa.reports.csv_report:CsvReport",
    "md": "callqa.reports.markdown_report:MarkdownReport",
    "junit": "callqa.reports.junit_report:JunitReport",
    "html": "callqa.reports.html.html_report:HtmlReport",
}
"""The class of each format. Nothing is imported before its name is asked for."""

SUFFIXES = {
    ".json": "json",
    ".csv": "csv",
    ".txt": "text",
    ".md": "md",
    ".markdown": "md",
    ".xml": "junit",
    ".html": "html",
    ".htm": "html",
}
"""The format that a file's suffix stands for."""


def format_of(suffix: str) -> str | None:
    """Return the format of files with this suffix; None if it stands for none."""
    return SUFFIXES.get(suffix.lower())


def make_report(name: str, **settings: Any) -> Report:
    """Build the report of that name, with settings of its own. Raises UsageError for an unknown name."""
    place = REPORTS.get(name)
    if place is None:
        raise UsageError(f"there is no report format {name!r}; choose one of {', '.join(REPORTS)}")
    module, _, kind = place.partition(":")
    return cast(Report, getattr(importlib.import_module(module), kind)(**settings))
