from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from callqa.rubrics import behavior_loader, cues, folders, loader
from support.rubric_texts import CUES, DESK, SORRY, WAVE


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Write a file under a folder in which `shipped` holds two behaviors and a rubric, and stands for the shipped ones.

    The real ones are many, and no test of finding files should depend on what they say.
    """

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    write("shipped/behaviors/wave.yaml", WAVE)
    write("shipped/behaviors/sorry.yaml", SORRY)
    write("shipped/desk.yaml", DESK)
    write("shipped/_cues.yaml", CUES)
    for module in (folders, loader, behavior_loader, cues):
        monkeypatch.setattr(module, "shipped_folder", lambda: tmp_path / "shipped")
    monkeypatch.chdir(tmp_path)
    return write
