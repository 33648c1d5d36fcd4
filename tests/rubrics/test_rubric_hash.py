from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from callqa.rubrics.behavior_loader import load_behaviors
from callqa.rubrics.folders import shipped_folder
from callqa.rubrics.loader import load_rubric
from callqa.rubrics.rubric_hash import ALWAYS_USED, decisive_behaviors
from support.rubric_texts import CUES, DESK, SORRY, WAVE, model_text

Write = Callable[[str, str], Path]

NOD = "format: 1\nbehavior: nod\nphrases: [I see]\n"
MINE = "format: 1\nbehavior: wave\nextends: shipped\nphrases: [ahoy]\n"
REMARK = "# a remark\n"


def hash_of(path: Path) -> str:
    digest = load_rubric(str(path)).sha256
    assert len(digest) == 64
    return digest


def changes(write: Write, name: str, text: str, path: Path) -> bool:
    """Write a file, and return True if that changes the hash of the rubric at `path`."""
    before = hash_of(path)
    write(name, text)
    return hash_of(path) != before


def test_a_rubric_loaded_again_has_the_same_hash_in_whatever_folder(write: Write) -> None:
    one, two = write("one/desk.yaml", DESK), write("two/tisch.yml", DESK)
    assert hash_of(one) == hash_of(one) == hash_of(two)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("team/desk.yaml", DESK + REMARK),
        ("shipped/behaviors/wave.yaml", WAVE + REMARK),
        ("shipped/_cues.yaml", CUES + REMARK),
        ("team/behaviors/wave.yaml", WAVE + REMARK),
        ("team/behaviors/own.yaml", MINE),
        ("team/behaviors/greeting.yaml", "format: 1\nbehavior: greeting\nphrases: [good day]\n"),
    ],
)
def test_what_can_change_a_verdict_changes_the_hash(write: Write, name: str, text: str) -> None:
    assert changes(write, name, text, write("team/desk.yaml", DESK))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("shipped/behaviors/sorry.yaml", SORRY + REMARK),
        ("shipped/behaviors/nod.yaml", NOD),
        ("shipped/other.yaml", DESK + REMARK),
        ("team/behaviors/nod.yaml", NOD),
        ("team/behaviors/sorry.yaml", SORRY + REMARK),
        ("team/other.yaml", DESK + REMARK),
        ("team/desk.test.yaml", "format: 1\nrubric: desk\ntests: []\n"),
    ],
)
def test_what_cannot_change_a_verdict_does_not(write: Write, name: str, text: str) -> None:
    assert not changes(write, name, text, write("team/desk.yaml", DESK))


@pytest.mark.parametrize(
    "criterion",
    [
        "when: {behavior: [nod, wave], speaker: any}\n    expect: {say: hello}",
        "expect: {behavior: nod}",
        "forbid: {behavior: [wave, nod]}",
        "measure: {dead_air: {unless: nod}}",
    ],
)
def test_a_behavior_that_a_criterion_names_changes_the_hash(write: Write, criterion: str) -> None:
    write("team/behaviors/nod.yaml", NOD)
    path = write("team/desk.yaml", f"format: 1\nname: desk\ncriteria:\n  - id: one\n    title: One\n    {criterion}\n")
    assert changes(write, "team/behaviors/nod.yaml", NOD + REMARK, path)


def test_a_behavior_that_another_depends_on_changes_the_hash(write: Write) -> None:
    write("team/behaviors/nod.yaml", NOD)
    write("team/behaviors/wave.yaml", WAVE + "model_after: nod\n")
    path = write("team/desk.yaml", DESK)
    assert changes(write, "team/behaviors/nod.yaml", NOD + REMARK, path)
    assert changes(write, "team/behaviors/wave.yaml", WAVE, path)
    assert not changes(write, "team/behaviors/nod.yaml", NOD, path)


def test_a_behavior_may_depend_on_one_that_does_not_exist_or_on_itself(write: Write) -> None:
    path = write("team/desk.yaml", DESK)
    for after in ("nothing", "wave"):
        assert changes(write, "team/behaviors/wave.yaml", WAVE + f"model_after: {after}\n", path)


def test_a_shipped_behavior_that_is_replaced_does_not_change_the_hash(write: Write) -> None:
    write("team/behaviors/wave.yaml", WAVE)
    path = write("team/desk.yaml", DESK)
    assert not changes(write, "shipped/behaviors/wave.yaml", WAVE + REMARK, path)
    write("team/behaviors/wave.yaml", MINE)
    assert changes(write, "shipped/behaviors/wave.yaml", WAVE, path)


def test_the_model_of_a_behavior_changes_the_hash(write: Write) -> None:
    path = write("team/desk.yaml", DESK)
    write("team/behaviors/models/own.json", model_text())
    write("team/behaviors/wave.yaml", WAVE + "model: models/own.json\n")
    assert changes(write, "team/behaviors/models/own.json", model_text(version="2"), path)


def test_the_support_rubric_uses_what_it_names_and_what_every_judgement_uses() -> None:
    rubric = load_rubric("support")
    named = {"greeting", "identify", "offer_help", "complaint", "apology", "empathy", "make_it_right", "arguing"}
    used = decisive_behaviors(rubric.file, rubric.behaviors)
    assert used == sorted(named | ALWAYS_USED)
    assert {"hold_request", "closing"} <= set(used)
    assert "transfer" not in used


def test_the_behaviors_that_every_judgement_uses_are_shipped() -> None:
    behaviors, _ = load_behaviors()
    assert set(behaviors) >= ALWAYS_USED


@pytest.mark.parametrize(("behavior", "changed"), [("apology", True), ("hold_request", True), ("transfer", False)])
def test_a_shipped_behavior_changes_the_hashes_of_the_rubrics_that_use_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behavior: str, changed: bool
) -> None:
    copy = copytree(shipped_folder(), tmp_path / "rubrics")
    for module in ("folders", "loader", "behavior_loader", "cues"):
        monkeypatch.setattr(f"callqa.rubrics.{module}.shipped_folder", lambda: copy)
    before = load_rubric("support").sha256
    path = copy / "behaviors" / f"{behavior}.yaml"
    path.write_text(path.read_text("utf-8") + REMARK, "utf-8")
    assert (load_rubric("support").sha256 != before) == changed
