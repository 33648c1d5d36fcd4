from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from callqa.engines.faster_whisper import ct2_models
from callqa.engines.openai_whisper import precision
from callqa.engines.selection import check_choice, choose
from callqa.errors import MissingExtra, UsageError
from callqa.settings import EngineSettings


@pytest.fixture
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose processor has no bfloat16, with faster-whisper and both forms of base.en on disk."""
    monkeypatch.setattr(precision, "_units", lambda: frozenset({"avx2"}))
    monkeypatch.setattr(ct2_models, "installed", lambda: True)
    monkeypatch.setattr(ct2_models, "devices", lambda: 0)
    monkeypatch.setattr(ct2_models, "find", lambda model, cache: tmp_path if model == "base.en" else None)
    for name in ("base.en", "small.en"):
        (tmp_path / f"{name}.pt").write_bytes(b"weights")
    return tmp_path


def chosen(folder: Path, **settings: Any) -> str:
    made = EngineSettings(**{"engine": "auto", "model_dir": folder, "offline": True, **settings})
    return choose(made).settings.engine


def test_auto_takes_faster_whisper_where_it_is_quicker(ready: Path) -> None:
    assert chosen(ready) == "faster-whisper"
    assert chosen(ready, device="cpu") == "faster-whisper"


def test_auto_takes_whisper_on_a_processor_with_bfloat16(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "_units", lambda: frozenset({"avx512_bf16"}))
    assert chosen(ready) == "whisper"


def test_auto_takes_whisper_on_a_gpu(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ct2_models, "devices", lambda: 1)
    assert chosen(ready) == "whisper"
    assert chosen(ready, device="cuda") == "whisper"
    assert chosen(ready, device="cpu") == "faster-whisper"


def test_auto_takes_whisper_for_a_model_faster_whisper_does_not_have_here(ready: Path) -> None:
    assert chosen(ready, model="small.en") == "whisper"
    assert chosen(ready, model=str(ready / "small.en.pt")) == "whisper"


def test_auto_takes_whisper_where_faster_whisper_is_not_installed(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ct2_models, "installed", lambda: False)
    assert chosen(ready) == "whisper"


def test_a_folder_is_a_model_of_faster_whisper(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "_units", lambda: frozenset({"amx_bf16"}))
    assert chosen(ready, model=str(ready)) == "faster-whisper"
    with pytest.raises(UsageError, match="holds no CTranslate2 model"):
        check_choice(EngineSettings("auto", str(ready)))


def test_the_engine_asked_for_is_the_engine_chosen(ready: Path) -> None:
    assert chosen(ready, engine="whisper") == "whisper"
    assert chosen(ready, engine="faster-whisper", model="small.en") == "faster-whisper"


def test_nothing_is_fetched_where_that_is_not_wanted(ready: Path) -> None:
    settings = EngineSettings("faster-whisper", "small.en")
    assert choose(settings, download=False).settings.offline
    assert not choose(settings).settings.offline


def test_an_engine_that_is_not_installed_is_said_before_anything_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import PackageNotFoundError

    from callqa.engines.faster_whisper import engine

    def version(package: str) -> str:
        raise PackageNotFoundError(package)

    monkeypatch.setattr(engine, "version", version)
    with pytest.raises(MissingExtra, match="run pip install faster-whisper"):
        check_choice(EngineSettings("faster-whisper", "base.en"))
    with pytest.raises(UsageError, match="choose one of auto, whisper, faster-whisper, pocketsphinx"):
        check_choice(EngineSettings("magic"))
