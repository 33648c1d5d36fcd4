"""Fixtures of all tests: each has its own home, cache and working folder, and a terminal of fixed size, no colour."""

from __future__ import annotations

from pathlib import Path

import pytest

from callqa.engines import packaged_models
from support.cli_runs import Cli


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave property tests out of the coverage: they run the same lines hundreds of times, and tracing doubles that."""
    if config.pluginmanager.hasplugin("pytest_cov"):
        for item in items:
            if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
                item.add_marker("no_cover")


@pytest.fixture(autouse=True)
def own_surroundings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(home))
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM", "PYTHONIOENCODING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv(packaged_models.SWITCH, "1")  # tests that hear with a real model ask for it


@pytest.fixture
def box(own_surroundings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let callqa find the Whisper models in packages, in this process and in those it starts."""
    monkeypatch.delenv(packaged_models.SWITCH)


@pytest.fixture
def callqa(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    """Runs callqa in an empty working folder."""
    monkeypatch.chdir(tmp_path)
    return Cli(monkeypatch, capsys)
