from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml

from callqa.errors import RubricError, UsageError
from callqa.language.normalization import NormalizedText
from callqa.rubrics import loader
from callqa.rubrics.loader import find_rubric, load_behaviors, load_cues, load_rubric, shipped_folder, shipped_rubrics
from callqa.rubrics.rubric_schema import json_schema

Write = Callable[[str, str], Path]

WAVE = """\
format: 1
behavior: wave
title: Waves
about: Waving.
speaker: customer
phrases: [hello there]
exceptions: [not hello there]
"""
SORRY = "format: 1\nbehavior: sorry\nphrases: [so sorry]\n"
DESK = """\
format: 1
name: desk
criteria:
  - id: waves
    title: Waves
    expect: {behavior: wave}
tests:
  - name: a wave
    call: ["agent: Hello there."]
    expect: {waves: pass}
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
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
    write("shipped/_lists.yaml", "no rubric")
    monkeypatch.setattr(loader, "shipped_folder", lambda: tmp_path / "shipped")
    monkeypatch.chdir(tmp_path)
    return write


def problems(name: str) -> list[str]:
    with pytest.raises(RubricError) as caught:
        load_rubric(name)
    return [str(problem) for problem in caught.value.problems]


def phrases(team: Path, behavior: str) -> list[str]:
    behaviors, _ = load_behaviors(team)
    return [phrase.source for phrase in behaviors[behavior].phrases]


def test_the_shipped_rubric_can_be_used_and_edited_with_its_schema() -> None:
    rubric = load_rubric("support")
    assert [criterion.id for criterion in rubric.criteria] == ["greeting", "apology", "make_it_right", "no_arguing"]
    assert {"complaint", "arguing", "hold_request"} <= set(rubric.behaviors)
    text = (shipped_folder() / "support.yaml").read_text(encoding="utf-8")
    jsonschema.validate(yaml.safe_load(text), json_schema())


def test_the_shipped_rubrics_are_known_by_name() -> None:
    assert shipped_rubrics()["support"] == shipped_folder() / "support.yaml"
    assert "_cues" not in shipped_rubrics()


def test_the_shipped_cues_tell_parties_and_machines() -> None:
    cues, voicemail = load_cues()
    assert cues.agent.phrases
    assert cues.customer.phrases
    assert voicemail.phrases.find(NormalizedText("Please leave a message after the tone."))


def test_a_rubric_is_found_by_name_or_path(write: Write) -> None:
    own = write("team/own.yml", DESK)
    assert find_rubric("desk").name == "desk.yaml"
    assert find_rubric(str(own)) == own
    assert find_rubric("team/own.yml") == Path("team/own.yml")
    assert list(shipped_rubrics()) == ["desk"]


def test_a_shipped_rubric_goes_before_a_file_of_its_name(write: Write) -> None:
    write("desk", "format: 1")
    assert find_rubric("desk").name == "desk.yaml"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("dsk", "no rubric and no file is called 'dsk'; did you mean 'desk'?"),
        ("zzz", "no rubric and no file is called 'zzz'; known: desk"),
        ("none.yaml", "there is no rubric file none.yaml; give the path of a YAML file or one of: desk"),
        ("team/none", "there is no rubric file team/none; give the path of a YAML file or one of: desk"),
        ("", "no rubric and no file is called ''; known: desk"),
        ("shipped", "no rubric and no file is called 'shipped'; known: desk"),
    ],
)
def test_a_rubric_that_is_not_there_is_a_usage_error(write: Write, name: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_rubric(name)
    assert str(caught.value) == message


@pytest.mark.parametrize("name", ["x" * 5_000, "a\0b"])
def test_a_name_no_file_can_have_is_a_usage_error(write: Write, name: str) -> None:
    with pytest.raises(UsageError, match="no rubric and no file is called"):
        find_rubric(name)


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
    assert problems(str(path)) == [f"{second}:2: 'sorry' stands in {first} too; keep one of the two"]


def test_other_files_among_the_behaviors_are_left_alone(write: Write) -> None:
    for name in ("notes.txt", "wave.test.yaml", "wave.test.yml", "old.yaml.bak"):
        write(f"team/behaviors/{name}", "][")
    path = write("team/desk.yaml", DESK)
    _, files = load_behaviors(path.parent)
    assert [file.name for file in files] == ["sorry.yaml", "wave.yaml"]


def test_a_rubric_beside_the_shipped_ones_reads_their_behaviors_once(write: Write) -> None:
    _, files = load_behaviors(write("shipped/mine.yaml", DESK).parent)
    assert len(files) == 2


def test_a_rubric_without_a_behaviors_folder_uses_the_shipped_ones(write: Write) -> None:
    assert phrases(write("team/desk.yaml", DESK).parent, "wave") == ["hello there"]


def test_the_mistakes_of_all_files_come_at_once(write: Write) -> None:
    path = write(
        "team/desk.yaml",
        DESK.replace("title: Waves", "titel: Waves").replace("{waves: pass}", "{wavs: pass}")
        + "  - name: another\n    call: ['hm']\n    expect: {waves: pass}\n",
    )
    one = write("team/behaviors/one.yaml", "format: 1\nbehavior: one\nphrases:\n  - (a\n  - b\n  - c)\n")
    two = write("team/behaviors/two.yaml", "format: 1\nphrases: []\n")
    three = write("team/behaviors/three.yaml", "a: [")
    found = problems(str(path))
    assert [problem.split(": ", 1)[0] for problem in found] == [
        *(f"{one}:4", f"{one}:6", f"{three}:1", f"{two}:1", f"{two}:2"),
        *(f"{path}:4", f"{path}:5", f"{path}:10", f"{path}:12"),
    ]


def test_a_rubric_that_is_not_yaml_does_not_hide_its_behaviors_mistakes(write: Write) -> None:
    path = write("team/desk.yaml", "criteria: [")
    behavior = write("team/behaviors/one.yaml", "format: 1\nbehavior: one\n")
    assert [problem.split(": ", 1)[0] for problem in problems(str(path))] == [f"{behavior}:1", f"{path}:1"]


def test_a_behavior_nobody_knows_is_named_with_a_suggestion(write: Write) -> None:
    text = DESK.replace("{behavior: wave}", "{behavior: [wave, sory], at_least: 2}\n    when: {behavior: zzz}")
    path = write("team/desk.yaml", text)
    assert problems(str(path)) == [
        f"{path}:6: criteria[1].expect.behavior: no behavior is called 'sory'; did you mean 'sorry'?",
        f"{path}:7: criteria[1].when.behavior: no behavior is called 'zzz'; known: sorry, wave",
    ]


def test_an_id_given_twice_is_named(write: Write) -> None:
    path = write(
        "team/desk.yaml", DESK.replace("tests:", "  - id: waves\n    title: Again\n    forbid: {say: no}\ntests:")
    )
    assert problems(str(path)) == [
        f"{path}:7: criteria[2].id: 'waves' is the id of another criterion; give each its own"
    ]


def test_two_criteria_without_an_id_do_not_share_one(write: Write) -> None:
    path = write("team/desk.yaml", "format: 1\nname: a\ncriteria:\n" + "  - title: X\n    expect: {say: hi}\n" * 2)
    assert problems(str(path)) == [
        f"{path}:4: criteria[1].id is missing; add it",
        f"{path}:6: criteria[2].id is missing; add it",
    ]


def test_a_test_of_a_criterion_nobody_knows_is_named(write: Write) -> None:
    path = write("team/desk.yaml", DESK.replace("{waves: pass}", "{wavs: pass}"))
    assert problems(str(path)) == [f"{path}:10: tests[1].expect: no criterion has the id 'wavs'; did you mean 'waves'?"]


def test_a_shipped_file_is_named_from_rubrics_on(write: Write) -> None:
    write("shipped/desk.yaml", "format: 1\n")
    write("shipped/behaviors/sorry.yaml", "format: 1\n")
    assert {problem.split(":")[0] for problem in problems("desk")} == {
        "rubrics/desk.yaml",
        "rubrics/behaviors/sorry.yaml",
    }


@pytest.mark.parametrize("text", ["", "- a\n", "7\n", "criteria: 3\ntests: [1]\n", "criteria: [1, [2], {when: [3]}]\n"])
def test_a_rubric_of_another_shape_is_refused(write: Write, text: str) -> None:
    assert problems(str(write("team/desk.yaml", text)))


def test_the_hash_changes_with_the_rubric_and_with_every_behavior(write: Write) -> None:
    path = write("team/desk.yaml", DESK)
    seen = [load_rubric(str(path)).sha256]
    assert load_rubric(str(path)).sha256 == seen[0]
    for name, text in [
        ("team/desk.yaml", DESK + "# a remark\n"),
        ("shipped/behaviors/wave.yaml", WAVE + "# a remark\n"),
        ("team/behaviors/nod.yaml", "format: 1\nbehavior: nod\nphrases: [I see]\n"),
        ("team/behaviors/nod.yaml", "format: 1\nbehavior: nod\nphrases: [I hear]\n"),
    ]:
        write(name, text)
        seen.append(load_rubric(str(path)).sha256)
    assert len(set(seen)) == len(seen)
    assert all(len(digest) == 64 for digest in seen)


def test_the_hash_does_not_depend_on_the_folder(write: Write) -> None:
    one, two = write("one/desk.yaml", DESK), write("two/desk.yaml", DESK)
    assert load_rubric(str(one)).sha256 == load_rubric(str(two)).sha256


def model_text(behavior: str = "wave", version: str = "1") -> str:
    part = {"bias": 0, "slope": 1, "offset": 0, "runs": {"ahoy": 5.0}}
    return json.dumps({"format": 2, "version": version, "kinds": {}, "behaviors": {behavior: part}})


def test_a_behavior_finds_its_model_beside_itself_and_hashes_it(write: Write) -> None:
    path = write("team/desk.yaml", DESK)
    write("team/behaviors/wave.yaml", WAVE + "model: models/own.json\n")
    seen = []
    for version in ("1", "2"):
        write("team/behaviors/models/own.json", model_text(version=version))
        rubric = load_rubric(str(path))
        model = rubric.behaviors["wave"].model
        assert model is not None
        assert model.version == version
        seen.append(rubric.sha256)
    assert len(set(seen)) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [(None, "there is no model file"), ("{}", "cannot be used"), (model_text("nod"), "knows nothing of 'wave'")],
)
def test_a_model_that_cannot_be_used_is_named(write: Write, text: str | None, message: str) -> None:
    path = write("team/desk.yaml", DESK)
    write("team/behaviors/wave.yaml", WAVE + "model: models/own.json\n")
    if text is not None:
        write("team/behaviors/models/own.json", text)
    [problem] = problems(str(path))
    assert message in problem
    assert "team/behaviors/wave.yaml:8:" in problem
