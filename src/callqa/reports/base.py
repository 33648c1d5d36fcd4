"""What every report is: a way to write a RunSummary to a text stream."""

from __future__ import annotations

from typing import Protocol, TextIO

from callqa.summary import RunSummary


class Report(Protocol):
    """One output format."""

    def write(self, run: RunSummary, stream: TextIO) -> None:
        """Write the whole report; the stream is opened and closed by the caller."""
        ...
