"""The shipped model is the one that the committed lines give."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from callqa.behaviors.classifier import training as line_training
from callqa.behaviors.classifier.corpus import EXPANSIONS, Line, expand, kind_of_word, read_kinds, read_lines
from callqa.behaviors.classifier.line_model import read_model
from callqa.language.normalization import NormalizedText

SCRIPT = Path(__file__).resolve().parents[3] / "tools" / "train_behaviors.py"


@pytest.fixture(scope="module")
def training() -> ModuleType:
    """The training script as a module."""
    spec = importlib.util.spec_from_file_location("train_behaviors", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["train_behaviors"] = module
    spec.loader.exec_module(module)
    return module


def small_set(behavior: str) -> list[Line]:
    """A few dozen lines for and against."""
    lines = []
    for n in range(30):
        for text, labels in ((f"it never came on day {n}", {behavior}), (f"thank you for day {n}", set())):
            lines.append(Line(text, "customer", f"trade{n}", frozenset(labels), None, n, 1.0))
    return lines


def test_the_shipped_model_was_trained_from_the_committed_lines(training: ModuleType) -> None:
    shipped = json.loads(training.MODEL.read_text(encoding="utf-8"))
    assert shipped["corpus_sha256"] == training.corpus_sha256(), "run tools/train_behaviors.py and commit its model"
    assert shipped["version"] == training.VERSION


def test_training_gives_the_shipped_weights(training: ModuleType) -> None:
    kinds = read_kinds(training.WORDS)
    lines = [
        line
        for path in training.corpus_files()
        if path.name != "words.txt"
        for line in read_lines(path, kinds)
        if line.speaker == "customer" and line.only in (None, "complaint")
    ]
    table = line_training.Table(lines, "complaint", kind_of_word(kinds), training.LEAST_LINES)
    weights, bias = table.fit(table.weight > 0)
    shipped = json.loads(training.MODEL.read_text(encoding="utf-8"))["behaviors"]["complaint"]
    assert bias == pytest.approx(shipped["bias"], abs=0.01)
    for name, weight in zip(table.names, weights, strict=True):
        if name in shipped["runs"]:
            assert weight == pytest.approx(shipped["runs"][name], abs=0.01)
        else:
            assert abs(weight) < line_training.SMALLEST + 0.01


def test_a_call_is_read_turn_by_turn(tmp_path: Path) -> None:
    path = tmp_path / "calls_one.txt"
    path.write_text(
        "== call retail\n# a note\nagent: Hello. How can I help?\ncustomer complaint: It never came. Look.\n"
        "agent make_it_right?: I'll see.\n"
    )
    assert [(line.speaker, line.text, set(line.labels)) for line in read_lines(path, {})] == [
        ("agent", "Hello", set()),
        ("agent", "How can I help", set()),
        ("customer", "It never came. Look.", {"complaint"}),
    ]


def test_training_twice_gives_the_same() -> None:
    lines = small_set("complaint")
    first, second = (line_training.train(lines, "complaint", {}) for _ in range(2))
    assert first == second


def test_what_is_learned_is_found() -> None:
    part = line_training.train(small_set("complaint"), "complaint", {}).part
    model = read_model(json.dumps({"format": 2, "version": "t", "kinds": {}, "behaviors": {"complaint": part}}))
    found, other = (
        model.judge("complaint", NormalizedText("it never came")),
        model.judge("complaint", NormalizedText("thank you")),
    )
    assert found is not None
    assert other is not None
    assert found.confidence > 0.6 > other.confidence


def test_alternatives_are_written_out() -> None:
    assert set(expand("a {b|c} d", {})) == {"a b d", "a c d"}
    assert set(expand("a {b|{x} {y}} c", {"x": ["X"], "y": ["Y"]})) == {"a b c", "a X Y c"}
    written = expand("my {goods}", {"goods": [f"thing{n}" for n in range(50)]})
    assert len(written) == len(set(written)) == EXPANSIONS


def test_no_held_out_line_is_trained_on(training: ModuleType) -> None:
    kinds = read_kinds(training.WORDS)

    def normal(path: Path, *, telling: bool) -> set[str]:
        return {NormalizedText(line.text).normal for line in read_lines(path, kinds) if line.labels or not telling}

    def longest_shared(*, telling: bool) -> int:
        files = [path for path in training.corpus_files() if path.name != "words.txt"]
        trained = {line for path in files for line in normal(path, telling=telling)}
        held_out = {line for path in training.TRAINING.glob("held_out*.txt") for line in normal(path, telling=telling)}
        assert held_out
        return max((len(line.split()) for line in held_out & trained), default=0)

    # Words that every caller says, "that's brilliant" and the like, may stand in both.
    assert longest_shared(telling=False) <= 7
    assert longest_shared(telling=True) <= 6
