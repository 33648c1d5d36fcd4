from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from callqa.engines.downloads import download
from support.model_shelf import WEIGHTS, Shelf, serve

CHECKSUM = hashlib.sha256(WEIGHTS).hexdigest()


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    with serve() as shelf:
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        yield shelf


def partial_file(folder: Path, content: bytes, *, pid: str = "", age: float = 0.0) -> Path:
    """Write the partial file of an earlier download."""
    path = folder / f"model.pt.{CHECKSUM[:8]}{pid and '.'}{pid}.part"
    path.write_bytes(content)
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_an_interrupted_download_is_resumed(shelf: Shelf, tmp_path: Path) -> None:
    target = tmp_path / "model.pt"
    shelf.body, shelf.length = WEIGHTS[:2_500_000], len(WEIGHTS)
    assert "broke off after" in (download(shelf.url(), CHECKSUM, target) or "")
    [remainder] = tmp_path.iterdir()
    assert remainder.suffix == ".part"
    shelf.body, shelf.length = WEIGHTS, None
    seen: list[tuple[int, int]] = []
    assert download(shelf.url(), CHECKSUM, target, lambda done, size: seen.append((done, size))) is None
    assert target.read_bytes() == WEIGHTS
    assert seen[0][0] > 2_000_000
    assert seen[-1] == (len(WEIGHTS), len(WEIGHTS))
    assert list(tmp_path.iterdir()) == [target]


def test_the_longest_partial_file_of_a_killed_download_is_resumed(shelf: Shelf, tmp_path: Path) -> None:
    partial_file(tmp_path, WEIGHTS[:1000], pid="1", age=600)
    partial_file(tmp_path, WEIGHTS[:2000], pid="2", age=600)
    running = partial_file(tmp_path, WEIGHTS[:3000], pid="3")
    assert download(shelf.url(), CHECKSUM, tmp_path / "model.pt") is None
    assert shelf.requests[0][1] == "bytes=2000-"
    assert sorted(tmp_path.iterdir()) == sorted([tmp_path / "model.pt", running])


def test_a_download_starts_again_if_the_server_cannot_resume(shelf: Shelf, tmp_path: Path) -> None:
    shelf.ranges = False
    partial_file(tmp_path, b"half of it")
    assert download(shelf.url(), CHECKSUM, tmp_path / "model.pt") is None
    assert (tmp_path / "model.pt").read_bytes() == WEIGHTS


@pytest.mark.parametrize("content", [WEIGHTS + b"more", b"x" * 5_000_000])
def test_a_partial_file_longer_than_the_file_is_discarded(shelf: Shelf, tmp_path: Path, content: bytes) -> None:
    partial_file(tmp_path, content)
    assert download(shelf.url(), CHECKSUM, tmp_path / "model.pt") is None
    assert (tmp_path / "model.pt").read_bytes() == WEIGHTS


def test_a_complete_partial_file_is_used_without_a_request(shelf: Shelf, tmp_path: Path) -> None:
    partial_file(tmp_path, WEIGHTS)
    assert download(shelf.url(), CHECKSUM, tmp_path / "model.pt") is None
    assert shelf.requests == []


def test_a_damaged_partial_file_is_deleted(shelf: Shelf, tmp_path: Path) -> None:
    partial_file(tmp_path, b"?" * 1000)
    assert "checksum differs" in (download(shelf.url(), CHECKSUM, tmp_path / "model.pt") or "")
    assert list(tmp_path.iterdir()) == []
    assert download(shelf.url(), CHECKSUM, tmp_path / "model.pt") is None
