from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import whisper
from whisper.tokenizer import LANGUAGES

from callqa.engines import downloads
from callqa.engines.whisper_common import weights
from callqa.errors import ModelUnavailable, UsageError
from support.model_shelf import WEIGHTS, Shelf, serve


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    with serve() as offer:
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        monkeypatch.setitem(whisper._MODELS, "tiny.en", offer.url())
        yield offer


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "whisper"


def test_names_and_files_are_those_of_openai_whisper(folder: Path) -> None:
    assert list(weights.OFFICIAL_MODELS) == whisper.available_models()
    for model, url in whisper._MODELS.items():
        assert weights.weights_path(model) == folder / os.path.basename(urlsplit(url).path)


def test_languages_are_those_of_openai_whisper() -> None:
    assert set(LANGUAGES) == weights.LANGUAGES


def test_without_a_cache_folder_set_the_home_folder_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/maria")
    assert weights.weights_path("turbo") == Path("/home/maria/.cache/whisper/large-v3-turbo.pt")


@pytest.mark.parametrize(
    ("model", "language", "meant"),
    [(None, "en", "base.en"), (None, "de", "base"), (None, "auto", "base"), ("small.en", "en", "small.en")],
)
def test_the_model_that_is_meant(model: str | None, language: str, meant: str) -> None:
    assert weights.model_name(model, language) == meant


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("bass.en", r"no model 'bass.en'. Did you mean base.en\? Its models are tiny.en, "),
        ("Large", r"Did you mean large\?"),
        ("whatever", r"no model 'whatever'. Its models are"),
        ("models/own.pt", r"there is no Whisper checkpoint models/own.pt"),
        ("own.pt", r"there is no Whisper checkpoint own.pt"),
    ],
)
def test_unknown_models_are_refused_with_a_hint(model: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        weights.check_model(model)


def test_a_folder_is_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        weights.check_model(str(tmp_path))


def test_official_names_and_files_are_accepted(tmp_path: Path) -> None:
    own = tmp_path / "own.pt"
    own.write_bytes(b"weights")
    for model in (*weights.OFFICIAL_MODELS, str(own)):
        weights.check_model(model)
    assert weights.weights_path(str(own)) == own


def test_fetch_puts_the_model_in_its_place(shelf: Shelf, folder: Path) -> None:
    seen: list[tuple[int, int]] = []
    assert not weights.on_disk("tiny.en")
    weights.fetch("tiny.en", lambda done, size: seen.append((done, size)))
    assert weights.on_disk("tiny.en")
    assert [file.name for file in folder.iterdir()] == ["tiny.en.pt"]
    assert (folder / "tiny.en.pt").read_bytes() == WEIGHTS
    assert seen == sorted(seen)
    assert seen[-1] == (len(WEIGHTS), len(WEIGHTS))
    assert len(seen) >= 3


def test_a_whole_model_is_not_fetched_again(shelf: Shelf) -> None:
    weights.fetch("tiny.en")
    weights.fetch("tiny.en")
    assert len(shelf.asked) == 1


def test_a_damaged_model_is_fetched_again(shelf: Shelf, folder: Path) -> None:
    folder.mkdir()
    (folder / "tiny.en.pt").write_bytes(WEIGHTS[:1000])
    weights.fetch("tiny.en")
    assert (folder / "tiny.en.pt").read_bytes() == WEIGHTS


def test_an_empty_file_is_no_model(folder: Path) -> None:
    folder.mkdir()
    (folder / "tiny.en.pt").touch()
    assert not weights.on_disk("tiny.en")


def refused(folder: Path) -> str:
    """What fetching tiny.en says; nothing may be left behind but what can be resumed."""
    with pytest.raises(ModelUnavailable) as caught:
        weights.fetch("tiny.en")
    assert not folder.exists() or all(file.suffix == ".part" for file in folder.iterdir())
    return str(caught.value)


def test_the_error_names_the_size_and_the_ways_out(shelf: Shelf, folder: Path) -> None:
    shelf.status = 404
    message = refused(folder)
    assert "the Whisper model tiny.en (76 MB) could not be fetched: 127.0.0.1 answered 404 (Not Found)" in message
    assert f"put tiny.en.pt from another machine into {folder}" in message
    assert "--model /path/to/model.pt" in message
    assert "--engine pocketsphinx" in message
    assert "transcripts made elsewhere" in message


def test_a_body_that_is_cut_off(shelf: Shelf, folder: Path) -> None:
    shelf.length = len(WEIGHTS) + 1_000_000
    assert "broke off after 3 of 4 MB" in refused(folder)


def test_a_body_that_is_something_else(shelf: Shelf, folder: Path) -> None:
    shelf.body = WEIGHTS[:-1] + b"?"
    assert "its checksum differs" in refused(folder)


def test_nobody_answers(shelf: Shelf, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    monkeypatch.setitem(whisper._MODELS, "tiny.en", f"http://127.0.0.1:{free}/{'0' * 64}/tiny.en.pt")
    assert "there is no connection to 127.0.0.1" in refused(folder)
    assert shelf.asked == []


def test_an_answer_that_never_comes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(downloads, "TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}/{'0' * 64}/tiny.en.pt"
        monkeypatch.setitem(whisper._MODELS, "tiny.en", url)
        assert "127.0.0.1 broke off (timed out)" in refused(folder)


def test_a_folder_that_cannot_be_made(shelf: Shelf, folder: Path) -> None:
    folder.write_text("a file in the folder's place", encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="cannot be written to"):
        weights.fetch("tiny.en")


def test_a_disk_that_is_too_full(shelf: Shelf, folder: Path) -> None:
    shelf.length = 1 << 60
    assert "the disk is too full" in refused(folder)


def test_the_error_says_when_the_file_there_is_damaged(shelf: Shelf, folder: Path) -> None:
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
    assert shelf.asked[1][1] == f"bytes={2 << 20}-"
    assert [file.name for file in folder.iterdir()] == ["tiny.en.pt"]
    assert weights.is_whole("tiny.en")


def test_offline_nothing_is_asked(shelf: Shelf, folder: Path) -> None:
    with pytest.raises(ModelUnavailable, match="--offline forbids fetching it"):
        weights.fetch("tiny.en", offline=True)
    assert shelf.asked == []


def test_another_folder(shelf: Shelf, folder: Path, tmp_path: Path) -> None:
    weights.fetch("tiny.en", folder=tmp_path / "own")
    assert weights.is_whole("tiny.en", tmp_path / "own")
    assert not weights.on_disk("tiny.en")


def test_a_checkpoint_of_ones_own_cannot_be_fetched(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="no official Whisper model"):
        weights.fetch(str(tmp_path / "own.pt"))


def test_an_official_model_is_known_by_its_checksum() -> None:
    checksum = whisper._MODELS["small"].split("/")[-2]
    assert weights.official_with(checksum) == "small"
    assert weights.official_with("0" * 64) is None
