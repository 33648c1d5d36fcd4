"""Behaviors learned from a team's own examples."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from callqa.behaviors.behavior import Hit
from callqa.behaviors.classifier.from_examples import FEWEST_FOUND, FEWEST_NOT_FOUND
from callqa.behaviors.detection import detect
from callqa.errors import RubricError
from callqa.rubrics.loader import load_rubric
from callqa.rubrics.rubric_schema import Rubric
from callqa.transcripts.transcript import Transcript
from support.cli_runs import Cli
from support.small_calls import lines

FOUND = [
    "shall I ring you back this afternoon",
    "I'll call you back within the hour",
    "I can ring you back once I've spoken to the garage",
    "let me call you back tomorrow morning",
    "we'll ring you back before five",
    "would you like me to call you back later",
    "I'll give you a ring back when it's in",
    "my colleague will call you back on this number",
    "can I call you back in ten minutes",
    "we can ring you back so you don't have to hold",
    "somebody will ring you back today",
    "I'll get the manager to call you back",
]
NOT_FOUND = [
    "you can ring back any time",
    "did you call us back in June",
    "nobody has called back yet",
    "please call back after nine",
    "thanks for ringing back",
    "I'll send it back to the depot",
]

DESK = """\
format: 1
name: desk
criteria:
  - {id: back, title: Offers to call back, expect: {behavior: call_back}}
  - {id: never, title: Never offers it, forbid: {behavior: call_back}}
"""

ASKED = "agent: So what I'll do is I'll have one of the girls ring you back this evening."


def desk(folder: Path, *, found: list[str] = FOUND, not_found: list[str] = NOT_FOUND, more: str = "") -> Path:
    """A rubric with one learned behavior beside it."""
    (folder / "behaviors").mkdir(parents=True, exist_ok=True)
    shown = "".join(f'    - "{line}"\n' for line in found)
    not_shown = "".join(f'    - "{line}"\n' for line in not_found)
    (folder / "behaviors" / "call_back.yaml").write_text(
        f"format: 1\nbehavior: call_back\nlearn: true\n{more}"
        f"examples:\n  found:\n{shown or '    []'}\n  not_found:\n{not_shown or '    []'}\n",
        encoding="utf-8",
    )
    (folder / "desk.yaml").write_text(DESK, encoding="utf-8")
    return folder / "desk.yaml"


@pytest.fixture(scope="module")
def rubric(tmp_path_factory: pytest.TempPathFactory) -> Rubric:
    return load_rubric(str(desk(tmp_path_factory.mktemp("learned"))))


def hits(rubric: Rubric, line: str) -> list[Hit]:
    return detect(lines(line), {"call_back": rubric.behaviors["call_back"]})


def test_what_is_like_the_examples_is_found_and_explained(rubric: Rubric) -> None:
    [hit] = hits(rubric, ASKED)
    assert hit.sure
    assert hit.learned
    assert hit.rule.startswith("model call_back ")
    assert "you back" in hit.rule


@pytest.mark.parametrize(
    "line",
    ["agent: Good morning, how can I help?", "agent: You can ring back after nine.", "customer: I'll call you back."],
)
def test_what_is_not_like_them_is_not_found(rubric: Rubric, line: str) -> None:
    assert not [hit for hit in hits(rubric, line) if hit.sure]


def test_loading_twice_gives_the_same_and_takes_no_time_to_speak_of(rubric: Rubric, tmp_path: Path) -> None:
    again = load_rubric(str(desk(tmp_path)))
    one, two = (which.behaviors["call_back"].learned for which in (rubric, again))
    assert one is not None
    assert two is not None
    assert one.model.weights == two.model.weights
    assert again.sha256 == rubric.sha256


def test_the_hash_covers_what_was_learned_against(
    rubric: Rubric, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordinary = tmp_path / "ordinary"
    (ordinary / "lines" / "agent").mkdir(parents=True)
    (ordinary / "words.txt").write_text("firm: shop\n", encoding="utf-8")
    (ordinary / "lines" / "agent" / "ordinary.txt").write_text(
        "== general\nyes that's right\nit is on its way\nright then\n", encoding="utf-8"
    )
    monkeypatch.setattr("callqa.rubrics.behavior_loader.training_folder", lambda: ordinary)
    assert load_rubric(str(desk(tmp_path))).sha256 != rubric.sha256


def test_a_learned_behavior_goes_to_other_processes(rubric: Rubric) -> None:
    assert hits(pickle.loads(pickle.dumps(rubric)), ASKED) == hits(rubric, ASKED)


def test_it_may_earn_a_point_and_costs_none(rubric: Rubric) -> None:
    from callqa.conversation.analysed_call import analyse
    from callqa.scoring.criteria import judge

    call = analyse(Transcript(lines(ASKED, timed=False)), rubric.behaviors)
    assert [judge(criterion, call).verdict for criterion in rubric.criteria] == ["pass", "review"]


def test_too_few_examples_are_counted_and_what_is_needed_is_said(tmp_path: Path) -> None:
    with pytest.raises(RubricError) as caught:
        load_rubric(str(desk(tmp_path, found=[*FOUND[:2], "Shall I ring you back this afternoon?"], not_found=[])))
    [problem] = caught.value.problems
    assert problem.line == 3
    assert problem.message == (
        f"learn: it takes at least {FEWEST_FOUND} different lines under examples.found (there are 2),"
        f" and {FEWEST_NOT_FOUND} different lines under examples.not_found (there are none);"
        " add more, or leave `learn` out"
    )


def test_as_few_as_said_are_enough(tmp_path: Path) -> None:
    path = desk(tmp_path, found=FOUND[:FEWEST_FOUND], not_found=NOT_FOUND[:FEWEST_NOT_FOUND])
    assert load_rubric(str(path)).behaviors["call_back"].learned


def test_examples_with_a_line_before_do_not_count(tmp_path: Path) -> None:
    path = desk(tmp_path, found=FOUND[:9])
    behavior = path.parent / "behaviors" / "call_back.yaml"
    text = behavior.read_text(encoding="utf-8").replace("  found:\n", "  found:\n    - {say: Yes., before: Will you}\n")
    behavior.write_text(text, encoding="utf-8")
    with pytest.raises(RubricError, match=r"there are 9\) \(those with `before` or `after` do not count\)"):
        load_rubric(str(path))


def test_ordinary_lines_that_its_phrases_find_are_not_held_against_it(rubric: Rubric, tmp_path: Path) -> None:
    with_phrases = load_rubric(str(desk(tmp_path, more='phrases: ["(call|ring) ... back"]\n')))
    [hit] = hits(with_phrases, ASKED)
    assert not hit.learned
    assert with_phrases.behaviors["call_back"].learned != rubric.behaviors["call_back"].learned


def test_it_adds_to_a_shipped_behavior_and_its_model(tmp_path: Path) -> None:
    desk(tmp_path, more="extends: shipped\n")
    file = tmp_path / "behaviors" / "call_back.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("call_back", "make_it_right"), encoding="utf-8")
    (tmp_path / "desk.yaml").write_text(DESK.replace("call_back", "make_it_right"), encoding="utf-8")
    one = load_rubric(str(tmp_path / "desk.yaml")).behaviors["make_it_right"]
    assert one.model is not None
    assert one.learned is not None
    assert [hit.sure for hit in detect(lines(ASKED), {one.name: one})] == [True]


def test_check_says_what_was_learned(callqa: Cli, tmp_path: Path) -> None:
    done = callqa("rubric", "check", str(desk(tmp_path)))
    assert done.status == 0, done
    assert "call_back.yaml:3: learned from 12 lines that show it and 6 that do not; in cross-validation" in done.out
    assert "warning: criteria[2].forbid: call_back is only learned from examples" in done.out


def test_show_says_what_was_learned(callqa: Cli, tmp_path: Path) -> None:
    shown = " ".join(callqa("rubric", "show", str(desk(tmp_path))).out.split())
    assert "“Call back”: found by phrases and by a model learned from examples." in shown
    assert "learned" not in callqa("rubric", "show", "support").out


def test_an_example_found_by_the_model_against_its_label_names_the_model(callqa: Cli, tmp_path: Path) -> None:
    path = desk(tmp_path)
    assert callqa("rubric", "test", str(path)).status == 0
    said = '    - {say: "I will ring you back within the hour then.", before: "Bye."}\n'
    behavior = path.parent / "behaviors" / "call_back.yaml"
    behavior.write_text(behavior.read_text(encoding="utf-8") + said, encoding="utf-8")
    done = callqa("rubric", "check", str(path))
    assert done.status == 2
    assert "should not be found, but the model call_back" in done.err
    assert "should not be found, but the model call_back" in callqa("rubric", "test", str(path)).out


def test_what_is_known_by_examples_alone_is_never_missed_for_sure(rubric: Rubric) -> None:
    from callqa.conversation.analysed_call import analyse
    from callqa.scoring.criteria import judge

    said = lines("agent: Good morning.", "agent: We shall be in touch with you by telephone.")
    call = replace(analyse(Transcript(said), rubric.behaviors), hits=())
    result = judge(rubric.criteria[0], call)
    assert result.verdict == "review"
    assert "known only by examples" in result.reason
