"""The results as JSON, in the form of `result_format`: for scripts, archives and reports made later."""

from __future__ import annotations

from typing import TextIO

from callqa.core.json_form import json_text
from callqa.results.result_format import results_file
from callqa.results.summary import RunSummary


class JsonReport:
    """Writes the results as JSON: the same results give the same bytes."""

    file_encoding = "utf-8"

    def write(self, run: RunSummary, stream: TextIO) -> None:
        """Write the whole report."""
        stream.write(json_text(results_file(run)))
