"""Access to the bytes of a recording's file, with errors that say in one sentence why it cannot be read."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from callqa.errors import RecordingError


@contextmanager
def opened_file(path: Path) -> Iterator[io.BufferedReader]:
    """Open the file at `path` for reading; it is not empty.

    Raises RecordingError if it cannot be opened, and if reading it fails while it is open.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait forever
            what = "a folder" if path.is_dir() else "a device or pipe"
            raise RecordingError(f"is {what}, not a recording; name a sound file")
        with path.open("rb") as file:
            if not os.fstat(file.fileno()).st_size:
                raise RecordingError("is empty (0 bytes); copy it again from the recorder")
            yield file
    except FileNotFoundError:
        if path.is_symlink():
            raise RecordingError(
                "is a link to a file that does not exist; restore the file or remove the link"
            ) from None
        raise RecordingError("does not exist; it was moved or deleted, so put it back or leave it out") from None
    except PermissionError:
        raise RecordingError("cannot be read: permission denied; change its permissions") from None
    except OSError as error:
        raise RecordingError(f"cannot be read ({error.strerror or error}); check the disk it is on") from None


def content_hash(path: Path) -> str:
    """Return the SHA-256 of the file's bytes, in hexadecimal."""
    with opened_file(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
