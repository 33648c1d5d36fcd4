"""Reports written to standard output or to a file, which is complete or does not exist."""

from __future__ import annotations

import io
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from callqa.errors import UsageError
from callqa.reports.base import Report
from callqa.results.summary import RunSummary

STDOUT = "-"
"""The target that means standard output."""


def write_report(report: Report, run: RunSummary, target: str) -> None:
    """Write a report to a file, or to standard output for "-".

    A report with a `file_encoding` is data: files get that encoding, and standard output gets plain UTF-8 in every
    locale, unless it is a terminal. Any other report is text to read: it writes to standard output itself, to fit the
    terminal, and to files in UTF-8.

    A file is written under a temporary name and renamed when it is complete. Raises UsageError if it cannot be written.
    The caller handles a pipe closed at the other end (BrokenPipeError).
    """
    encoding: str | None = getattr(report, "file_encoding", None)
    with _opened(target, encoding or "utf-8", as_it_is=encoding is None) as stream:
        report.write(run, stream)


def write_text(text: str, target: str) -> None:
    """Write a finished text to a file or to standard output, in UTF-8. Raises UsageError as `write_report` does."""
    with _opened(target, "utf-8") as stream:
        stream.write(text)


def write_page(write: Callable[[TextIO], None], target: str) -> None:
    """Write a text to read to a file in UTF-8, or to standard output itself, so that `write` can fit it to a terminal.

    Raises UsageError as `write_report` does.
    """
    with _opened(target, "utf-8", as_it_is=True) as stream:
        write(stream)


def write_csv(write: Callable[[TextIO], None], target: str) -> None:
    """Write a table to a file with a byte order mark, as spreadsheets need it, or to standard output without.

    Raises UsageError as `write_report` does.
    """
    with _opened(target, "utf-8-sig") as stream:
        write(stream)


def check_target(target: str) -> None:
    """Raise UsageError if the target cannot be written, before any work is done."""
    if target == STDOUT:
        return
    if not target or "\0" in target:
        raise UsageError("a report needs the name of a file to be written to; use - for standard output")
    path = Path(target)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        mode = None
    except OSError as error:
        raise _unwritable(target, error.strerror or str(error)) from error
    if mode is None and target.endswith(("/", os.sep)):
        raise _unwritable(target, "it names a folder; name a file in it")
    if mode is not None and stat.S_ISDIR(mode):
        raise _unwritable(target, "it is a folder; name a file in it")
    if mode is not None and not os.access(target, os.W_OK):
        raise _unwritable(target, "it exists and is write-protected")
    if not _is_device(path):
        _check_folder(target, _resolved(path).parent)


def _check_folder(target: str, folder: Path) -> None:
    if not folder.is_dir():
        raise _unwritable(target, f"there is no folder {str(folder)!r}; create it first")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _unwritable(target, f"you may not write to the folder {str(folder)!r}")


def _unwritable(target: str, why: str) -> UsageError:
    what = "standard output" if target == STDOUT else repr(target)
    return UsageError(f"{what} cannot be written: {why}")


def _resolved(path: Path) -> Path:
    """Return the file itself: a link is followed, so that it stays a link."""
    return Path(os.path.realpath(path))


def _is_device(path: Path) -> bool:
    """Return True for a device, a pipe, or an open file by its number: none of them can be replaced by a file."""
    return path.exists() and (not path.is_file() or path.is_relative_to("/dev"))


@contextmanager
def _opened(target: str, encoding: str, *, as_it_is: bool = False) -> Iterator[TextIO]:
    """Open a stream to the target that leaves line ends alone; with `as_it_is`, standard output itself."""
    check_target(target)
    try:
        if target == STDOUT:
            with _stdout(as_it_is=as_it_is) as stream:
                yield stream
        elif _is_device(Path(target)):
            with Path(target).open("w", encoding=encoding, errors="backslashreplace", newline="") as stream:
                yield stream
        else:
            with _file(_resolved(Path(target)), encoding) as stream:
                yield stream
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _unwritable(target, error.strerror or str(error)) from error


@contextmanager
def _stdout(*, as_it_is: bool) -> Iterator[TextIO]:
    binary = getattr(sys.stdout, "buffer", None)
    if as_it_is or binary is None or sys.stdout.isatty():
        yield sys.stdout
        sys.stdout.flush()
    else:
        text = io.StringIO(newline="")
        yield text
        sys.stdout.flush()
        binary.write(text.getvalue().encode("utf-8", "backslashreplace"))
        binary.flush()


@contextmanager
def _file(path: Path, encoding: str) -> Iterator[TextIO]:
    draft = path.with_name(f".callqa-{secrets.token_hex(6)}.tmp")
    try:
        with draft.open("x", encoding=encoding, errors="backslashreplace", newline="") as stream:
            yield stream
        if path.exists():
            shutil.copymode(path, draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
