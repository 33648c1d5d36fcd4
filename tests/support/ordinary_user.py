"""A folder in which file permissions count, also where the tests run as root."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65_534


@contextmanager
def ordinary_user() -> Iterator[Path]:
    """Act as a user without privileges, in an empty folder of that user's own."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        folder = Path(tempfile.mkdtemp())
        yield folder
    finally:
        os.seteuid(user)
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o700)
        shutil.rmtree(folder)
