"""The shipped model is the one that the committed training data gives."""

from __future__ import annotations

import importlib.util
import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from callqa.behaviors.classifier import training as first_stage
from callqa.behaviors.classifier.corpus import TrainingLine, kind_of_word, read_kinds
from callqa.behaviors.classifier.utterance_model import read_model
from callqa.language.normalization import NormalizedText

SCRIPT = Path(__file__).resolve().parents[3] / "tools" / "train_behaviors.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The training script as a module."""
    spec = importlib.util.spec_from_file_location("train_behaviors", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["train_behaviors"] = module
    spec.loader.exec_module(module)
    return module


def small_set(behavior: str) -> list[TrainingLine]:
    """A few dozen lines for and against."""
    lines = []
    for n in range(30):
        for text, labels in ((f"it never came on day {n}", {behavior}), (f"thank you for day {n}", set())):
            lines.append(TrainingLine(text, "customer", f"trade{n}", frozenset(labels), None, n, 1.0))
    return lines


def test_the_shipped_model_was_trained_from_the_committed_data(script: ModuleType) -> None:
    shipped = json.loads(script.MODEL.read_text(encoding="utf-8"))
    assert shipped["corpus_sha256"] == script.corpus_sha256(), "run tools/train_behaviors.py and commit its model"
    assert shipped["version"] == script.VERSION


@pytest.mark.slow
@pytest.mark.parametrize("behavior", ["complaint", "arguing"])
def test_every_shipped_ngram_occurs_in_the_committed_data(script: ModuleType, behavior: str) -> None:
    """Ordinary talk shapes the weights, but none of its words enter the model."""
    kinds = read_kinds(script.WORDS)
    speaker = script.BEHAVIORS[behavior]
    lines = [line for line in script.training_lines(kinds) if line.speaker == speaker and line.only in (None, behavior)]
    table = first_stage.FeatureTable(lines, behavior, kind_of_word(kinds), script.LEAST_LINES)
    shipped = json.loads(script.MODEL.read_text(encoding="utf-8"))["behaviors"][behavior]
    assert set(shipped["runs"]) <= set(table.names)
    assert len(shipped["runs"]) > 5_000


def test_ordinary_talk_lowers_weights_and_adds_no_ngram() -> None:
    lines = small_set("complaint")
    talk = [
        replace(lines[0], text=text, labels=frozenset(), talk=True, source=1_000 + number)
        for number, text in enumerate(["well it never came zigzag", "it never came", "never zigzag"] * 4)
    ]
    without, with_talk = (first_stage.train(some, "complaint", {}).weights for some in (lines, [*lines, *talk]))
    assert not any("zigzag" in name for name in with_talk["runs"])
    assert with_talk["runs"]["never"] < without["runs"]["never"]


def test_training_twice_gives_the_same() -> None:
    lines = small_set("complaint")
    first, second = (first_stage.train(lines, "complaint", {}) for _ in range(2))
    assert first == second


def test_what_is_learned_is_found() -> None:
    weights = first_stage.train(small_set("complaint"), "complaint", {}).weights
    model = read_model(json.dumps({"format": 2, "version": "t", "kinds": {}, "behaviors": {"complaint": weights}}))
    found, other = (
        model.judge("complaint", NormalizedText("it never came")),
        model.judge("complaint", NormalizedText("thank you")),
    )
    assert found is not None
    assert other is not None
    assert found.confidence > 0.6 > other.confidence


def model(**numbers: float) -> dict[str, Any]:
    """A model of one behavior with these numbers, the others being what they always are."""
    part = {"speaker": "agent", "call": {"offset": -1.0, "line": numbers.get("line", 2.0)}, "bias": 1.0, "slope": 1.0}
    runs = {"ahoy": numbers.get("ahoy", 1.0)} | ({"oi": numbers["oi"]} if "oi" in numbers else {})
    return {"format": 2, "corpus_sha256": "c0", "behaviors": {"wave": {**part, "offset": -2.0, "runs": runs}}}


@pytest.mark.parametrize("numbers", [{}, {"line": 2.001}, {"ahoy": 0.99}, {"oi": -0.06}])
def test_the_last_bits_of_sums_do_not_change_a_committed_model(script: ModuleType, numbers: dict[str, float]) -> None:
    committed = model()
    assert script.settled(model(**numbers), committed) is committed
    assert script.settled(committed, model(**numbers)) == model(**numbers)


@pytest.mark.parametrize("numbers", [{"line": 2.002}, {"ahoy": 0.98}, {"oi": 0.07}])
def test_anything_more_changes_it(script: ModuleType, numbers: dict[str, float]) -> None:
    assert script.settled(model(**numbers), model()) == model(**numbers)


def test_other_data_changes_a_committed_model(script: ModuleType) -> None:
    trained = {**model(ahoy=0.99), "corpus_sha256": "c1"}
    assert script.settled(trained, model()) is trained
