from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from callqa.errors import RubricError, UsageError
from callqa.language.normalization import NormalizedText
from callqa.rubrics import behavior_loader
from callqa.rubrics.behavior_loader import load_behaviors
from callqa.rubrics.loader import load_rubric
from support.rubric_texts import DESK, SORRY, WAVE, model_text

Write = Callable[[str, str], Path]


def problems(name: str) -> list[str]:
    with pytest.raises(RubricError) as caught:
        load_rubric(name)
    return [str(problem) for problem in caught.value.problems]


def phrases(team: Path, behavior: str) -> list[str]:
    behaviors, _ = load_behaviors(team)
    return [phrase.source for phrase in behaviors[behavior].phrases]


def test_a_team_adds_a_behavior(write: Write) -> None:
    write("team/behaviors/nod.yaml", "format: 1\nbehavior: nod\nphrases: [I see]\n")
    path = write("team/desk.yaml", DESK.replace("wave}", "nod}"))
    rubric = load_rubric(str(path))
    assert set(rubric.behaviors) == {"wave", "sorry", "nod"}
    assert rubric.path == str(path)
    assert rubric.behaviors["nod"].title == "Nod"


def test_a_team_replaces_a_behavior(write: Write) -> None:
    write("team/behaviors/greetings.yaml", "format: 1\nbehavior: wave\nphrases: [good day]\n")
    behaviors, _ = load_behaviors(write("team/desk.yaml", DESK).parent)
    wave = behaviors["wave"]
    assert [phrase.source for phrase in wave.phrases] == ["good day"]
    assert (wave.title, wave.about, wave.speaker, wave.exceptions) == ("Wave", "", "agent", ())


def test_a_team_extends_a_behavior_and_keeps_what_it_does_not_say(write: Write) -> None:
    write(
        "team/behaviors/wave.yaml",
        "format: 1\nbehavior: wave\nextends: shipped\nphrases: [ahoy]\nexceptions: [no ahoy]\n",
    )
    behaviors, _ = load_behaviors(write("team/desk.yaml", DESK).parent)
    wave = behaviors["wave"]
    assert [phrase.source for phrase in wave.phrases] == ["hello there", "ahoy"]
    assert wave.exceptions == ("not hello there", "no ahoy")
    assert (wave.title, wave.about, wave.speaker) == ("Waves", "Waving.", "customer")


def test_a_team_extends_a_behavior_and_changes_what_it_says(write: Write) -> None:
    text = "format: 1\nbehavior: wave\nextends: shipped\ntitle: Hails\nabout: At sea.\nspeaker: agent\n"
    write("team/behaviors/wave.yaml", text + "phrases: [ahoy]\n")
    behaviors, _ = load_behaviors(write("team/desk.yaml", DESK).parent)
    wave = behaviors["wave"]
    assert (wave.title, wave.about, wave.speaker) == ("Hails", "At sea.", "agent")


def test_only_a_shipped_behavior_can_be_extended(write: Write) -> None:
    write("team/behaviors/a.yaml", "format: 1\nbehavior: nod\nphrases: [I see]\n")
    write("team/behaviors/b.yaml", "format: 1\nbehavior: wav\nextends: shipped\nphrases: [I see]\n")
    path = write("team/desk.yaml", DESK)
    file = path.parent / "behaviors" / "b.yaml"
    assert problems(str(path)) == [f"{file}:3: no shipped behavior is called 'wav'; did you mean 'wave'?"]


def test_two_files_for_one_behavior_are_named_together(write: Write) -> None:
    first = write("team/behaviors/a.yaml", SORRY)
    second = write("team/behaviors/b.yaml", SORRY)
    path = write("team/desk.yaml", DESK)
    assert problems(str(path)) == [f"{second}:2: 'sorry' is defined in {first} as well; keep one of the two"]


def test_other_files_among_the_behaviors_are_left_alone(write: Write) -> None:
    for name in ("notes.txt", "wave.test.yaml", "wave.test.yml", "old.yaml.bak"):
        write(f"team/behaviors/{name}", "][")
    path = write("team/desk.yaml", DESK)
    _, files = load_behaviors(path.parent)
    assert set(files) == {"sorry", "wave"}


def test_a_rubric_beside_the_shipped_ones_reads_their_behaviors_once(write: Write) -> None:
    _, files = load_behaviors(write("shipped/mine.yaml", DESK).parent)
    assert [len(paths) for paths in files.values()] == [1, 1]


def test_a_rubric_without_a_behaviors_folder_uses_the_shipped_ones(write: Write) -> None:
    assert phrases(write("team/desk.yaml", DESK).parent, "wave") == ["hello there"]


def test_a_model_is_found_from_the_folder_of_the_behavior(write: Write) -> None:
    path = write("team/desk.yaml", DESK)
    file = write("team/behaviors/wave.yaml", WAVE + "model: models/own.json\n")
    own = write("team/behaviors/models/own.json", model_text(version="7"))
    behaviors, files = load_behaviors(path.parent)
    model = behaviors["wave"].model
    assert model is not None
    assert model.version == "7"
    assert files["wave"] == (file, own)


def test_the_files_of_a_behavior_begin_with_those_that_it_extends(write: Write) -> None:
    shipped = write("shipped/behaviors/wave.yaml", WAVE)
    own = write("team/behaviors/wave.yaml", "format: 1\nbehavior: wave\nextends: shipped\nphrases: [ahoy]\n")
    _, files = load_behaviors(own.parents[1])
    assert files["wave"] == (shipped, own)


def test_the_shipped_model_is_read_when_it_is_first_used() -> None:
    behaviors, _ = load_behaviors()
    copied = pickle.loads(pickle.dumps(behaviors))
    for loaded in (behaviors, copied):
        model, other = loaded["complaint"].model, loaded["arguing"].model
        assert model is other
        assert model is not None
        said = NormalizedText("My order never arrived and nobody called me back.")
        score = model.score("complaint", said)
        assert score is not None
        assert model.confidence("complaint", score) > 0.5
        assert hasattr(model, "kinds")
        assert not hasattr(model, "nothing")
    assert copied["complaint"].model.version == behaviors["complaint"].model.version


def test_a_shipped_model_that_is_damaged_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("{}")
    with pytest.raises(UsageError, match="install callqa again"):
        _ = behavior_loader._lazy_model(tmp_path / "model.json").version


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no model file"),
        ("{}", "cannot be used"),
        (model_text("nod"), "is not for 'wave', only for nod"),
    ],
)
def test_a_model_that_cannot_be_used_is_named(write: Write, text: str | None, message: str) -> None:
    path = write("team/desk.yaml", DESK)
    write("team/behaviors/wave.yaml", WAVE + "model: models/own.json\n")
    if text is not None:
        write("team/behaviors/models/own.json", text)
    [problem] = problems(str(path))
    assert message in problem
    assert "team/behaviors/wave.yaml:8:" in problem
