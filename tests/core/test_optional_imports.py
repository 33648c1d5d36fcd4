from __future__ import annotations

import json
from pathlib import Path

import pytest

from callqa.core.optional_imports import require
from callqa.errors import EngineError, MissingExtra


def test_a_package_that_is_there_is_imported() -> None:
    assert require("json", package="json", why="reading") is json


def test_a_package_that_is_missing_is_named_with_what_to_run() -> None:
    with pytest.raises(MissingExtra) as caught:
        require("no_such_module", package="callqa[more]", why="the more engine")
    assert str(caught.value) == (
        "the more engine needs the package callqa[more]: run pip install callqa[more]"
        " (No module named 'no_such_module')"
    )
    assert isinstance(caught.value, EngineError)


def test_a_package_that_cannot_be_imported_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "half_installed.py").write_text("import its_missing_half\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(MissingExtra, match="its_missing_half"):
        require("half_installed", package="x", why="it")
