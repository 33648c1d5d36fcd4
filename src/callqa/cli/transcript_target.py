"""The target of transcripts: stdout, one file, or a folder with one file per recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from callqa.errors import RecordingError, UsageError
from callqa.execution.tasks import DetectedCall
from callqa.reports.output import check_target, write_text
from callqa.scoring.scorecard import CallResult
from callqa.transcripts.formats.writers import WRITERS


class TranscriptTarget:
    """The target of `callqa transcribe`. It is checked when created, before any work is done."""

    def __init__(self, target: str, form: str, *, many: bool):
        self._target, self._form = target, form
        self._folder: Path | None = None
        if target == "-":
            if many and form != "txt":
                raise UsageError(f"several {form} transcripts need a folder to be written to; add -o FOLDER")
        elif many or target.endswith("/") or Path(target).is_dir():
            self._folder = Path(target)
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise UsageError(f"the folder {target} cannot be created: {error.strerror or error}") from error
        else:
            check_target(target)

    def write(self, results: Sequence[DetectedCall | CallResult], note: Callable[[str], None]) -> int:
        """Write all transcripts; return how many could not be written in this format."""
        failures = 0
        parts: list[str] = []
        for result in results:
            if isinstance(result, CallResult):
                continue
            transcript = result.transcript
            try:
                text = WRITERS[self._form](transcript)
            except RecordingError as error:
                note(f"{result.shown_path}: {error}")
                failures += 1
                continue
            if self._folder is not None:
                path = self._folder / f"{result.recording.call_id}.{self._form}"
                path.parent.mkdir(parents=True, exist_ok=True)
                write_text(text, str(path))
                note(f"Wrote {path}")
            else:
                parts.append(text)
        if self._folder is None:
            titled = len(results) > 1
            shown = [result.shown_path for result in results if isinstance(result, DetectedCall)]
            pieces = [f"{name}\n{text}" for name, text in zip(shown, parts, strict=False)] if titled else parts
            write_text("\n".join(pieces), self._target)
        return failures
