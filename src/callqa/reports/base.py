"""What every report is: a way to write a RunSummary to a text stream."""

from __future__ import annotations

from typing import Literal, Protocol, TextIO

from callqa.results.summary import RunSummary

AudioMode = Literal["none", "clips", "full", "link"]
"""What sound a report carries: none, the moments of evidence, whole calls, or the recordings where they lie."""


class Report(Protocol):
    """One output format."""

    def write(self, run: RunSummary, stream: TextIO) -> None:
        """Write the whole report; the stream is opened and closed by the caller."""
        ...
