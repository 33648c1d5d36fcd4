"""Reports of a given text, for tests of where reports go."""

from __future__ import annotations

from typing import TextIO

from callqa.results.summary import RunSummary


class Words:
    """A report of one text to read."""

    def __init__(self, text: str = "zoë …\r\nend\n"):
        self.text = text

    def write(self, run: RunSummary, stream: TextIO) -> None:
        stream.write(self.text)


class Data(Words):
    file_encoding = "utf-8-sig"
