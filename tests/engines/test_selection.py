from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from callqa.engines.faster_whisper import ct2_models
from callqa.engines.openai_whisper import precision
from callqa.engines.selection import check_engine, select_engine
from callqa.errors import MissingExtra, UsageError
from callqa.settings import EngineSettings


@pytest.fixture
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pretend that the processor has no bfloat16, and that faster-whisper and both forms of base.en are on disk."""
    monkeypatch.setattr(precision, "_cpu_flags", lambda: frozenset({"avx2"}))
    monkeypatch.setattr(ct2_models, "installed", lambda: True)
    monkeypatch.setattr(ct2_models, "device_count", lambda: 0)
    monkeypatch.setattr(ct2_models, "find", lambda model, cache: tmp_path if model == "base.en" else None)
    for name in ("base.en", "small.en"):
        (tmp_path / f"{name}.pt").write_bytes(b"weights")
    return tmp_path


def selected(folder: Path, **settings: Any) -> str:
    asked = EngineSettings(**{"engine": "auto", "model_dir": folder, "offline": True, **settings})
    return select_engine(asked).settings.engine


def test_auto_selects_faster_whisper_if_it_is_faster(ready: Path) -> None:
    assert selected(ready) == "faster-whisper"
    assert selected(ready, device="cpu") == "faster-whisper"


def test_auto_selects_whisper_on_a_processor_with_bfloat16(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "_cpu_flags", lambda: frozenset({"avx512_bf16"}))
    assert selected(ready) == "whisper"


def test_auto_selects_whisper_on_a_gpu(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ct2_models, "device_count", lambda: 1)
    assert selected(ready) == "whisper"
    assert selected(ready, device="cuda") == "whisper"
    assert selected(ready, device="cpu") == "faster-whisper"


def test_auto_selects_whisper_for_a_model_that_faster_whisper_does_not_have(ready: Path) -> None:
    assert selected(ready, model="small.en") == "whisper"
    assert selected(ready, model=str(ready / "small.en.pt")) == "whisper"


def test_auto_selects_whisper_if_faster_whisper_is_not_installed(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ct2_models, "installed", lambda: False)
    assert selected(ready) == "whisper"


def test_a_folder_is_a_model_of_faster_whisper(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "_cpu_flags", lambda: frozenset({"amx_bf16"}))
    assert selected(ready, model=str(ready)) == "faster-whisper"
    with pytest.raises(UsageError, match="holds no CTranslate2 model"):
        check_engine(EngineSettings("auto", str(ready)))


def test_the_engine_asked_for_is_selected(ready: Path) -> None:
    assert selected(ready, engine="whisper") == "whisper"
    assert selected(ready, engine="faster-whisper", model="small.en") == "faster-whisper"


def test_nothing_is_downloaded_if_that_is_not_wanted(ready: Path) -> None:
    settings = EngineSettings("faster-whisper", "small.en")
    assert select_engine(settings, download=False).settings.offline
    assert not select_engine(settings).settings.offline


def test_an_engine_that_is_not_installed_is_refused_before_anything_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import PackageNotFoundError

    from callqa.engines.faster_whisper import engine

    def version(package: str) -> str:
        raise PackageNotFoundError(package)

    monkeypatch.setattr(engine, "version", version)
    with pytest.raises(MissingExtra, match="run pip install faster-whisper"):
        check_engine(EngineSettings("faster-whisper", "base.en"))
    with pytest.raises(UsageError, match="choose one of auto, whisper, faster-whisper, pocketsphinx"):
        check_engine(EngineSettings("magic"))
