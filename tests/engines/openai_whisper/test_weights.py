from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import whisper

from callqa.engines import downloads
from callqa.engines.openai_whisper import weights
from callqa.engines.whisper_common.model_names import OFFICIAL_MODELS
from callqa.errors import ModelUnavailable, UsageError
from support.model_shelf import WEIGHTS, Shelf, serve


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    with serve() as shelf:
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        monkeypatch.setitem(whisper._MODELS, "tiny.en", shelf.url())
        yield shelf


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "whisper"


def test_files_are_those_of_openai_whisper(folder: Path) -> None:
    for model, url in whisper._MODELS.items():
        assert weights.weights_path(model) == folder / os.path.basename(urlsplit(url).path)


def test_the_home_folder_is_used_unless_a_cache_folder_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/maria")
    assert weights.weights_path("turbo") == Path("/home/maria/.cache/whisper/large-v3-turbo.pt")


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("bass.en", r"no model 'bass.en'. Did you mean base.en\? Its models are tiny.en, "),
        ("Large", r"Did you mean large\?"),
        ("whatever", r"no model 'whatever'. Its models are"),
        ("models/own.pt", r"there is no Whisper checkpoint models/own.pt"),
        ("own.pt", r"there is no Whisper checkpoint own.pt"),
    ],
)
def test_unknown_models_are_refused_with_a_hint(model: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        weights.check_model(model)


def test_a_folder_is_not_a_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        weights.check_model(str(tmp_path))


def test_official_names_and_files_are_accepted(tmp_path: Path) -> None:
    own = tmp_path / "own.pt"
    own.write_bytes(b"weights")
    for model in (*OFFICIAL_MODELS, str(own)):
        weights.check_model(model)
    assert weights.weights_path(str(own)) == own


def test_fetch_writes_the_model_to_its_path(shelf: Shelf, folder: Path) -> None:
    seen: list[tuple[int, int]] = []
    assert not weights.on_disk("tiny.en")
    weights.fetch("tiny.en", lambda done, size: seen.append((done, size)))
    assert weights.on_disk("tiny.en")
    assert [file.name for file in folder.iterdir()] == ["tiny.en.pt"]
    assert (folder / "tiny.en.pt").read_bytes() == WEIGHTS
    assert seen == sorted(seen)
    assert seen[-1] == (len(WEIGHTS), len(WEIGHTS))
    assert len(seen) >= 3


def test_an_intact_model_is_not_fetched_again(shelf: Shelf) -> None:
    weights.fetch("tiny.en")
    weights.fetch("tiny.en")
    assert len(shelf.requests) == 1


def test_a_damaged_model_is_fetched_again(shelf: Shelf, folder: Path) -> None:
    folder.mkdir()
    (folder / "tiny.en.pt").write_bytes(WEIGHTS[:1000])
    weights.fetch("tiny.en")
    assert (folder / "tiny.en.pt").read_bytes() == WEIGHTS


def test_an_empty_file_is_not_a_model(folder: Path) -> None:
    folder.mkdir()
    (folder / "tiny.en.pt").touch()
    assert not weights.on_disk("tiny.en")


def refusal(folder: Path) -> str:
    """Return the error of fetching tiny.en; nothing but a partial file may remain in the folder."""
    with pytest.raises(ModelUnavailable) as caught:
        weights.fetch("tiny.en")
    assert not folder.exists() or all(file.suffix == ".part" for file in folder.iterdir())
    return str(caught.value)


def test_the_error_names_the_size_and_the_alternatives(shelf: Shelf, folder: Path) -> None:
    shelf.status = 404
    message = refusal(folder)
    assert "the Whisper model tiny.en (76 MB) could not be fetched: 127.0.0.1 answered 404 (Not Found)" in message
    assert f"put tiny.en.pt from another machine into {folder}" in message
    assert "--model /path/to/model.pt" in message
    assert "--engine pocketsphinx" in message
    assert "transcripts made elsewhere" in message


def test_the_body_is_cut_off(shelf: Shelf, folder: Path) -> None:
    shelf.length = len(WEIGHTS) + 1_000_000
    assert "broke off after 3 of 4 MB" in refusal(folder)


def test_the_body_is_another_file(shelf: Shelf, folder: Path) -> None:
    shelf.body = WEIGHTS[:-1] + b"?"
    assert "its checksum differs" in refusal(folder)


def test_no_server_answers(shelf: Shelf, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    monkeypatch.setitem(whisper._MODELS, "tiny.en", f"http://127.0.0.1:{free}/{'0' * 64}/tiny.en.pt")
    assert "there is no connection to 127.0.0.1" in refusal(folder)
    assert shelf.requests == []


def test_the_server_never_answers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(downloads, "TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}/{'0' * 64}/tiny.en.pt"
        monkeypatch.setitem(whisper._MODELS, "tiny.en", url)
        assert "127.0.0.1 broke off (timed out)" in refusal(folder)


def test_the_folder_cannot_be_created(shelf: Shelf, folder: Path) -> None:
    folder.write_text("a file in the folder's place", encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="cannot be written to"):
        weights.fetch("tiny.en")


def test_the_disk_is_too_full(shelf: Shelf, folder: Path) -> None:
    shelf.length = 1 << 60
    assert "the disk is too full" in refusal(folder)


def test_the_error_says_that_the_existing_file_is_damaged(shelf: Shelf, folder: Path) -> None:
    folder.mkdir()
    (folder / "tiny.en.pt").write_bytes(WEIGHTS[:1000])
    shelf.status = 503
    with pytest.raises(ModelUnavailable, match=f"the file in {folder} is damaged, and 127.0.0.1 answered 503"):
        weights.fetch("tiny.en")


def test_an_interrupted_download_is_resumed(shelf: Shelf, folder: Path) -> None:
    def interrupt(done: int, size: int) -> None:
        if done > 2_000_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        weights.fetch("tiny.en", interrupt)
    assert not weights.on_disk("tiny.en")
    weights.fetch("tiny.en")
    assert shelf.requests[1][1] == f"bytes={2 << 20}-"
    assert [file.name for file in folder.iterdir()] == ["tiny.en.pt"]
    assert weights.is_intact("tiny.en")


def test_offline_sends_no_request(shelf: Shelf, folder: Path) -> None:
    with pytest.raises(ModelUnavailable, match="--offline forbids fetching it"):
        weights.fetch("tiny.en", offline=True)
    assert shelf.requests == []


def test_a_model_is_fetched_into_another_folder(shelf: Shelf, folder: Path, tmp_path: Path) -> None:
    weights.fetch("tiny.en", folder=tmp_path / "own")
    assert weights.is_intact("tiny.en", tmp_path / "own")
    assert not weights.on_disk("tiny.en")


def test_a_custom_checkpoint_cannot_be_fetched(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="not an official Whisper model"):
        weights.fetch(str(tmp_path / "own.pt"))


def test_an_official_model_is_found_by_its_checksum() -> None:
    checksum = whisper._MODELS["small"].split("/")[-2]
    assert weights.official_with(checksum) == "small"
    assert weights.official_with("0" * 64) is None
