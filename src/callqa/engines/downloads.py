"""A large file fetched from the web: resumed where it broke off, kept only with the right checksum, moved into place.

While it is fetched the bytes lie in a partial file of this process, beside the place. What a broken or killed download
leaves is taken up by the next one, so that a gigabyte over a poor line arrives in the end.
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
"""Seconds without an answer, or without further bytes, after which a download is given up."""

ABANDONED = 90.0
"""Seconds after which a partial file nobody writes to belongs to no download any more: a live one writes, or gives up
after TIMEOUT."""

_CHUNK = 1 << 20


def download(url: str, checksum: str, path: Path, progress: DownloadProgress | None = None) -> str | None:
    """Fetch a file and move it into place. Returns what went wrong, in words; None if nothing did.

    `checksum` is the SHA-256 in hexadecimal. `progress` hears of every megabyte, those of an earlier try included.
    The address must be one the program knows, never one a user gave.
    """
    host = urlsplit(url).hostname
    rest = path.with_name(f"{path.name}.{checksum[:8]}.part")
    part = path.with_name(f"{path.name}.{checksum[:8]}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _take_up(rest, part)
    except OSError as error:
        return _unwritable(path, error)
    try:
        problem, spoilt = _fetch(url, checksum, part, progress)
        if problem is None:
            part.replace(path)
        elif spoilt:
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
        _leave(part, rest)


def _take_up(rest: Path, part: Path) -> None:
    """Make the longest abandoned partial file this process's own, and clear the others away."""
    left: list[tuple[int, Path]] = []
    # The checksum is in the name: the bytes of another version of the file are of no use.
    for candidate in (rest, *rest.parent.glob(f"{rest.stem}.*.part")):
        with contextlib.suppress(FileNotFoundError):  # another process took it
            found = candidate.stat()
            if candidate == rest or time.time() - found.st_mtime > ABANDONED:
                left.append((found.st_size, candidate))
    for _, candidate in sorted(left, reverse=True):
        with contextlib.suppress(FileNotFoundError):
            if part.exists():
                candidate.unlink()
            else:
                candidate.replace(part)


def _leave(part: Path, rest: Path) -> None:
    """Leave what was fetched so far for the next try."""
    with contextlib.suppress(OSError):
        if part.exists():
            if part.stat().st_size:
                part.replace(rest)
            else:
                part.unlink()


def _fetch(url: str, checksum: str, part: Path, progress: DownloadProgress | None) -> tuple[str | None, bool]:
    """Write what is missing to the partial file. Returns what is wrong, and whether the bytes so far are worthless."""
    with part.open("ab+") as file:
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256")
        done = file.seek(0, os.SEEK_END)
        if done and digest.hexdigest() == checksum:
            return None, False
        # The address is one the program knows, never the user's.
        request = urllib.request.Request(url, headers={"Range": f"bytes={done}-"} if done else {})  # noqa: S310
        with _open(request) as response:
            if done and response.status != http.client.PARTIAL_CONTENT:
                file.truncate(0)
                digest, done = hashlib.sha256(), 0
            problem = _copy(response, file, digest, done, progress)
    if problem is not None:
        return problem, False
    return (None, False) if digest.hexdigest() == checksum else ("what arrived is not it (its checksum differs)", True)


def _open(request: urllib.request.Request) -> http.client.HTTPResponse:
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=TIMEOUT)  # noqa: S310
    except urllib.error.HTTPError as error:
        if error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        error.close()  # what was there before is no beginning of this file
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
    """Append the body to the file. Returns what went wrong, None if nothing did."""
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
        return f"the certificate of {host} cannot be verified; a proxy's own goes into SSL_CERT_FILE"
    if isinstance(reason, TimeoutError):
        return f"{host} did not answer in {TIMEOUT:.0f} seconds"
    return f"there is no connection to {host} ({reason})"
