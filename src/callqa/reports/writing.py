"""Where reports go: standard output or a file, which is there whole or not at all."""

from __future__ import annotations

import io
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO, cast

from callqa.errors import UsageError
from callqa.reports.base import Report
from callqa.summary import RunSummary

STDOUT = "-"
"""The target that stands for standard output."""


def write_report(report: Report, run: RunSummary, target: str) -> None:
    """Write a report to a file, or to standard output for "-".

    A report with a `file_encoding` is data: files get that encoding, standard output gets plain UTF-8 bytes whatever
    the terminal's encoding is. Any other report is text to read: files get UTF-8, standard output its own encoding.
    A file is written beside its place and moved there when it is complete. Raises UsageError where it cannot be
    written; a closed pipe is the caller's to handle (BrokenPipeError).
    """
    encoding: str | None = getattr(report, "file_encoding", None)
    try:
        if target == STDOUT:
            _write_stdout(report, run, is_data=encoding is not None)
        else:
            check_target(target)
            with _opened(Path(target), encoding or "utf-8") as stream:
                report.write(run, stream)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(f"{_named(target)} cannot be written: {error.strerror or error}") from error


def check_target(target: str) -> None:
    """Make sure that a report can be written there. Raises UsageError, so that nobody works for nothing."""
    if target == STDOUT:
        return
    if not target or "\0" in target:
        raise UsageError("the report needs the name of a file to be written to; use - for standard output")
    path = Path(target)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        mode = None
    except OSError as error:
        raise UsageError(f"{_named(target)} cannot be written: {error.strerror}") from error
    if mode is not None:
        _check_existing(target, mode)
    elif target.endswith(("/", os.sep)):
        raise UsageError(f"{_named(target)} cannot be written: it names a folder; name a file in it")
    if mode is None or not _is_device(path):
        _check_folder(target, _place(path).parent)


def _check_existing(target: str, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise UsageError(f"{_named(target)} cannot be written: it is a folder; name a file in it")
    if not os.access(target, os.W_OK):
        raise UsageError(f"{_named(target)} cannot be written: it is there and write-protected")


def _check_folder(target: str, folder: Path) -> None:
    if not folder.is_dir():
        raise UsageError(f"{_named(target)} cannot be written: there is no folder {str(folder)!r}; make it first")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"{_named(target)} cannot be written: you may not write to the folder {str(folder)!r}")


def _named(target: str) -> str:
    return "the report to standard output" if target == STDOUT else f"the report {target!r}"


def _is_device(path: Path) -> bool:
    """A device, a pipe or an open file by its number: nothing can be moved into the place of those."""
    return path.exists() and (not path.is_file() or path.is_relative_to("/dev"))


def _place(path: Path) -> Path:
    """The file itself: a link is followed, so that it stays a link."""
    return Path(os.path.realpath(path))


def _write_stdout(report: Report, run: RunSummary, *, is_data: bool) -> None:
    stdout = sys.stdout
    binary = getattr(stdout, "buffer", None)
    if is_data and binary is not None:
        text = io.StringIO(newline="")
        report.write(run, text)
        stdout.flush()
        binary.write(text.getvalue().encode("utf-8", "backslashreplace"))
        binary.flush()
    else:
        report.write(run, stdout)
        stdout.flush()


@contextmanager
def _opened(path: Path, encoding: str) -> Iterator[TextIO]:
    """The file for writing text as it is; line ends are the report's own."""
    if _is_device(path):
        with path.open("w", encoding=encoding, errors="backslashreplace", newline="") as stream:
            yield stream
        return
    place = _place(path)
    draft = place.with_name(f".callqa-{secrets.token_hex(6)}.tmp")
    try:
        with draft.open("x", encoding=encoding, errors="backslashreplace", newline="") as stream:
            yield cast(TextIO, stream)
        if place.exists():
            shutil.copymode(place, draft)
        os.replace(draft, place)
    finally:
        draft.unlink(missing_ok=True)
