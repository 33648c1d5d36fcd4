from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from callqa.engines.openai_whisper.ct2_weights import load_ct2_model
from callqa.engines.openai_whisper.engine import WhisperEngine
from callqa.errors import ModelUnavailable
from callqa.settings import EngineSettings

pytest.importorskip("ctranslate2", reason="faster-whisper is not installed")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A miniature model in CTranslate2's form, in int8, whose checkpoint lies beside it."""
    from benchmarks.stand_in_ct2 import convert
    from support.miniature_whisper import save

    convert(save(tmp_path / "mini.pt"), tmp_path / "mini")
    return tmp_path / "mini"


def test_every_weight_of_the_checkpoint_is_read(folder: Path) -> None:
    state = load_ct2_model(folder).state_dict()
    checkpoint = torch.load(folder.with_suffix(".pt"), weights_only=True)
    assert state.keys() == checkpoint["model_state_dict"].keys()
    for name, weight in checkpoint["model_state_dict"].items():
        largest = weight.float().abs().max().clamp(min=1e-6)
        torch.testing.assert_close(state[name] / largest, weight.float() / largest, atol=0.005, rtol=0, msg=name)


def test_the_alignment_heads_are_those_in_the_folder(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"alignment_heads": [[0, 0]]}))
    assert load_ct2_model(folder).alignment_heads.to_dense().nonzero().tolist() == [[0, 0]]


@pytest.mark.parametrize("cut", [0, 3, 40, 1000, -5])
def test_a_folder_that_holds_something_else_is_named(folder: Path, cut: int) -> None:
    content = (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(content[:cut])
    with pytest.raises(ModelUnavailable, match=r"mini cannot be read as a Whisper model"):
        WhisperEngine(EngineSettings("whisper", str(folder), device="cpu")).prepare()
