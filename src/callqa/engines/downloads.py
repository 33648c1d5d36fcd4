"""Downloads of large files: resumed after an interruption, checked by their checksum, then moved into place.

A download writes to a partial file of its own process, next to the final path. The partial file of an interrupted or
killed download is continued by the next one, so that a gigabyte arrives in the end even over a poor connection.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import shutil
import ssl
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from callqa.engines.base import DownloadProgress

TIMEOUT = 30.0
"""Seconds without an answer, or without further bytes, after which a download fails."""

ABANDONED = 90.0
"""Seconds without a write after which a partial file belongs to no running download: a running one writes, or fails
after TIMEOUT."""

_CHUNK = 1 << 20


def download(url: str, checksum: str, path: Path, progress: DownloadProgress | None = None) -> str | None:
    """Download a file and move it into place. Return a description of the problem, None if there was none.

    `checksum` is the SHA-256 in hexadecimal. `progress` is called every megabyte; bytes of an interrupted download
    count. The address must be one that the program knows, never one that a user gave.
    """
    host = urlsplit(url).hostname
    remainder = path.with_name(f"{path.name}.{checksum[:8]}.part")
    part = path.with_name(f"{path.name}.{checksum[:8]}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _claim_remainder(remainder, part)
    except OSError as error:
        return _unwritable(path, error)
    try:
        problem, worthless = _fetch(url, checksum, part, progress)
        if problem is None:
            part.replace(path)
        elif worthless:
            part.unlink(missing_ok=True)
        return problem
    except urllib.error.HTTPError as error:
        error.close()
        return f"{host} answered {error.code} ({error.reason})"
    except urllib.error.URLError as error:
        return _no_connection(host, error.reason)
    except (TimeoutError, ConnectionError, http.client.HTTPException, ssl.SSLError) as error:
        return f"the connection to {host} broke off ({error or type(error).__name__})"
    except OSError as error:
        return _unwritable(path, error)
    finally:
        _keep_remainder(part, remainder)


def _claim_remainder(remainder: Path, part: Path) -> None:
    """Rename the longest abandoned partial file to this process's own, and delete the others."""
    abandoned: list[tuple[int, Path]] = []
    # The checksum is in the name, because the bytes of another version of the file are useless.
    for candidate in (remainder, *remainder.parent.glob(f"{remainder.stem}.*.part")):
        with contextlib.suppress(FileNotFoundError):  # another process claimed it
            status = candidate.stat()
            if candidate == remainder or time.time() - status.st_mtime > ABANDONED:
                abandoned.append((status.st_size, candidate))
    for _, candidate in sorted(abandoned, reverse=True):
        with contextlib.suppress(FileNotFoundError):
            if part.exists():
                candidate.unlink()
            else:
                candidate.replace(part)


def _keep_remainder(part: Path, remainder: Path) -> None:
    """Keep the bytes received so far for the next download."""
    with contextlib.suppress(OSError):
        if part.exists():
            if part.stat().st_size:
                part.replace(remainder)
            else:
                part.unlink()


def _fetch(url: str, checksum: str, part: Path, progress: DownloadProgress | None) -> tuple[str | None, bool]:
    """Complete the partial file. Return the problem, if any, and whether the bytes received so far are worthless."""
    with part.open("ab+") as file:
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256")
        done = file.seek(0, os.SEEK_END)
        if done and digest.hexdigest() == checksum:
            return None, False
        # The address is one that the program knows, never the user's.
        request = urllib.request.Request(url, headers={"Range": f"bytes={done}-"} if done else {})  # noqa: S310
        with _open(request) as response:
            if done and response.status != http.client.PARTIAL_CONTENT:
                file.truncate(0)
                digest, done = hashlib.sha256(), 0
            problem = _copy(response, file, digest, done, progress)
    if problem is not None:
        return problem, False
    if digest.hexdigest() != checksum:
        return "the server sent a different file (its checksum differs)", True
    return None, False


def _open(request: urllib.request.Request) -> http.client.HTTPResponse:
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=TIMEOUT)  # noqa: S310
    except urllib.error.HTTPError as error:
        if error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        error.close()  # the partial file is not the beginning of this file
        request.remove_header("Range")
        response = urllib.request.urlopen(request, timeout=TIMEOUT)  # noqa: S310
    return response


def _copy(
    response: http.client.HTTPResponse,
    file: BinaryIO,
    digest: hashlib._Hash,
    done: int,
    progress: DownloadProgress | None,
) -> str | None:
    """Append the body to the file. Return the problem, None if there was none."""
    length = response.headers.get("Content-Length", "")
    size = done + int(length) if length.isdecimal() else 0
    if size - done > shutil.disk_usage(os.path.dirname(file.name)).free:
        return "the disk is too full"
    while chunk := response.read(_CHUNK):
        file.write(chunk)
        digest.update(chunk)
        done += len(chunk)
        if progress is not None:
            progress(done, size)
    if done < size:
        return f"the connection broke off after {done / 1e6:.0f} of {size / 1e6:.0f} MB"
    return None


def _unwritable(path: Path, error: OSError) -> str:
    return f"{path.parent} cannot be written to ({error.strerror or error})"


def _no_connection(host: str | None, reason: object) -> str:
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"the certificate of {host} cannot be verified; if a proxy has its own, name it in SSL_CERT_FILE"
    if isinstance(reason, TimeoutError):
        return f"{host} did not answer in {TIMEOUT:.0f} seconds"
    return f"there is no connection to {host} ({reason})"
