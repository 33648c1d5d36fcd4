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
    with serve() as offer:
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        yield offer


def part(folder: Path, content: bytes, *, pid: str = "", age: float = 0.0) -> Path:
    """What an earlier download left."""
    place = folder / f"model.pt.{CHECKSUM[:8]}{pid and '.'}{pid}.part"
    place.write_bytes(content)
    os.utime(place, (time.time() - age,) * 2)
    return place


def test_what_broke_off_is_resumed(shelf: Shelf, tmp_path: Path) -> None:
    target = tmp_path / "model.pt"
    shelf.body, shelf.length = WEIGHTS[:2_500_000], len(WEIGHTS)
    assert "broke off after" in (download(shelf.url(), CHECKSUM, target) or "")
    [left] = tmp_path.iterdir()
    assert left.suffix == ".part"
    shelf.body, shelf.length = WEIGHTS, None
    seen: list[tuple[int, int]] = []
    assert download(shelf.url(), CHECKSUM, target, lambda done, size: seen.append((done, size))) is None
    assert target.read_bytes() == WEIGHTS
    assert seen[0][0] > 2_000_000
    assert seen[-1] == (len(WEIGHTS), len(WEIGHTS))
    assert list(tmp_path.iterdir()) == [target]


def test_what_a_killed_download_left_is_resumed(shelf: Shelf, tmp_path: Path) -> None:
    part(tmp_path, WEIGHTS[:1000], pid="1", age=600)
    part(tmp_path, WEIGHTS[:2000], pid="2", age=600)
    live = part(tmp_path, WEIGHTS[:3000], pid="3")
    assert download(shelf.url(), CHECKSUM, tmp_path / "model.pt") is None
    assert shelf.asked[0][1] == "bytes=2000-"
    assert sorted(tmp_path.iterdir()) == sorted([tmp_path / "model.pt", live])


def test_a_server_that_cannot_resume_begins_anew(shelf: Shelf, tmp_path: Path) -> None:
    shelf.ranges = False
    part(tmp_path, b"half of it")
    assert download(shelf.url(), CHECKSUM, tmp_path / "model.pt") is None
    assert (tmp_path / "model.pt").read_bytes() == WEIGHTS


@pytest.mark.parametrize("left", [WEIGHTS + b"more", b"x" * 5_000_000])
def test_what_is_longer_than_the_file_is_no_beginning_of_it(shelf: Shelf, tmp_path: Path, left: bytes) -> None:
    part(tmp_path, left)
    assert download(shelf.url(), CHECKSUM, tmp_path / "model.pt") is None
    assert (tmp_path / "model.pt").read_bytes() == WEIGHTS


def test_a_whole_file_left_behind_is_taken_without_asking(shelf: Shelf, tmp_path: Path) -> None:
    part(tmp_path, WEIGHTS)
    assert download(shelf.url(), CHECKSUM, tmp_path / "model.pt") is None
    assert shelf.asked == []


def test_a_spoilt_beginning_is_thrown_away(shelf: Shelf, tmp_path: Path) -> None:
    part(tmp_path, b"?" * 1000)
    assert "checksum differs" in (download(shelf.url(), CHECKSUM, tmp_path / "model.pt") or "")
    assert list(tmp_path.iterdir()) == []
    assert download(shelf.url(), CHECKSUM, tmp_path / "model.pt") is None
