"""The sample calls shipped with callqa."""

from __future__ import annotations

import shutil
from pathlib import Path

from callqa.core.shipped_files import shipped
from callqa.errors import UsageError


def demo_folder() -> Path:
    """Return the folder of the sample calls shipped with callqa."""
    return shipped("demo_calls")


def write_demo_calls(folder: Path) -> int:
    """Copy the sample calls into a folder, without touching other files in it, and return the number of calls.

    Raises UsageError if the folder cannot be written.
    """
    source = demo_folder()
    recordings = 0
    try:
        for path in sorted(source.rglob("*")):
            if path.is_dir():
                continue
            target = folder / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            recordings += path.suffix != ".json"
    except OSError as error:
        raise UsageError(f"the sample calls cannot be written to {folder}: {error.strerror or error}") from error
    return recordings
