"""The interface of all reports: a way to write a RunSummary to a text stream."""

from __future__ import annotations

from typing import Literal, Protocol, TextIO

from callqa.results.summary import RunSummary

AudioMode = Literal["none", "clips", "full", "link"]
"""The sound in a report: none, the moments of evidence, whole calls, or links to the recordings."""


class Report(Protocol):
    """One output format."""

    def write(self, run: RunSummary, stream: TextIO) -> None:
        """Write the whole report; the stream is opened and closed by the caller."""
        ...
