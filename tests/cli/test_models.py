from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import whisper

from support.cli_runs import GOOD, Cli, scripted, transcript
from support.model_shelf import WEIGHTS, Shelf, serve


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    with serve() as offer:
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        monkeypatch.setitem(whisper._MODELS, "tiny.en", offer.url())
        yield offer


def test_a_model_is_fetched_listed_checked_and_found(callqa: Cli, shelf: Shelf, tmp_path: Path) -> None:
    place = str(tmp_path / "models" / "tiny.en.pt")
    pulled = callqa("models", "pull", "tiny.en", "--model-dir", "models")
    assert pulled.status == 0, pulled.err
    assert Path(pulled.out.strip()).resolve() == Path(place)
    rows = {row["model"]: row for row in callqa("models", "list", "-f", "json", "--model-dir", "models").json}
    assert rows["tiny.en"]["on_disk"] is True
    assert rows["tiny"]["on_disk"] is False
    assert "tiny.en            76 MB  English  on disk" in callqa("models", "list", "--model-dir", "models").out
    assert callqa("models", "verify", "--model-dir", "models").out == "tiny.en         whole\n"
    assert callqa("models", "path", "tiny.en", "--model-dir", "models").status == 0
    Path(place).write_bytes(WEIGHTS[:-1])
    damaged = callqa("models", "verify", "--model-dir", "models")
    assert damaged.status == 3
    assert "damaged" in damaged.out
    assert callqa("models", "pull", "tiny.en", "--model-dir", "models").status == 0
    assert hashlib.sha256(Path(place).read_bytes()).digest() == hashlib.sha256(WEIGHTS).digest()


@pytest.mark.parametrize("command", ["pull", "path", "verify"])
def test_a_wrong_name_is_answered_with_the_right_one(callqa: Cli, command: str) -> None:
    done = callqa("models", command, "bass.en")
    assert done.status == 2
    assert "Did you mean base.en?" in done.err


def test_nothing_to_verify(callqa: Cli) -> None:
    done = callqa("models", "verify")
    assert done.status == 2
    assert "callqa models pull MODEL" in done.err
    assert callqa("models", "verify", "tiny.en").status == 3
    assert callqa("models", "path", "tiny.en").status == 3


def test_a_checkpoint_of_ones_own_is_not_fetched(callqa: Cli, tmp_path: Path) -> None:
    (tmp_path / "own.pt").write_bytes(b"x")
    done = callqa("models", "pull", "own.pt")
    assert done.status == 2
    assert "own.pt is your own checkpoint" in done.err


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was touched")

    for name in ("connect", "connect_ex", "bind", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.slow
@pytest.mark.usefixtures("no_network")
def test_offline_no_command_touches_the_network(callqa: Cli, tmp_path: Path) -> None:
    scripted(tmp_path / "calls" / "a.wav", GOOD)
    transcript(tmp_path / "calls" / "b.json", GOOD)
    assert callqa("score", "calls", "--engine", "scripted", "--offline").status == 0
    asked = callqa("score", "calls", "--engine", "whisper", "--offline")
    assert asked.status == 2
    assert "--offline forbids fetching it" in asked.err
    fallen_back = callqa("score", "calls", "--offline")
    assert "--offline forbids fetching it" in fallen_back.err
    assert fallen_back.status == 0
    assert callqa("models", "pull", "tiny.en", "--offline").status == 2
    for command in (["models", "list"], ["doctor"], ["inspect", "calls"], ["detect", "calls", "--offline"]):
        assert callqa(*command).status == 0
