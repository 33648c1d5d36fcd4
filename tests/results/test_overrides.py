from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from callqa.core.text import printable, valid_utf8
from callqa.errors import RubricError, UsageError
from callqa.results.gate import Gate, decide
from callqa.results.override_file import Override, read_overrides, with_override
from callqa.results.overrides import apply_overrides, without_overrides
from callqa.results.rubric_snapshot import snapshot_of
from callqa.results.summary import summarise, with_calls
from callqa.scoring.scorecard import CallResult, VerdictOverride
from support.results_samples import call, rubric, team_run, unscored

STANDARD = snapshot_of(rubric())
A, B = "a" * 64, "b" * 64


def override(**more: Any) -> Override:
    values = {"call": "1", "content": A, "rubric": "support", "criterion": "apology", "from": "fail", "to": "pass"}
    told = {"who": "maria", "when": "2026-11-03", "why": "She says so at 00:40."}
    return Override.model_validate({**values, **told, **more})


def one(verdicts: str = "pfpp", **more: Any) -> CallResult:
    return call("tom/1.wav", verdicts, content=more.pop("content", A), **more)


def verdicts(call: CallResult) -> str:
    return "".join(criterion.verdict[0] for criterion in call.criteria)


# The file


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    first = override(why='He said: "no"\n- it\'s {fine} # 100 %\x1b[2J <b> \u202e')
    text = with_override(with_override("", first), override(call="2", content=None, rubric=None))
    (tmp_path / "overrides.yaml").write_text(text)
    written, second = read_overrides(tmp_path / "overrides.yaml")
    assert written.why == 'He said: "no" - it\'s {fine} # 100 %\\x1b[2J <b> \\u202e'
    assert replace_why(written) == replace_why(first)
    assert (second.call, second.content, second.rubric) == ("2", None, None)


def replace_why(one: Override) -> Override:
    return one.model_copy(update={"why": ""})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- a", "key: value"),
        ("format: 2", "format"),
        ("format: 1\noverrides: [{call: a}]", r"yaml:2: overrides\[1\]\.criterion is missing"),
        ("format: 1\noverride: []", "did you mean 'overrides'"),
        (with_override("", override()).replace("2026-11-03", "3 Nov"), "must be a day, written like 2026-11-03"),
        (with_override("", override()).replace('"pass"', '"perfect"'), r"overrides\[1\]\.to"),
        (with_override("", override()).replace(A, "abc"), r"overrides\[1\]\.content"),
        ("!!python/object:os.system x", "tag"),
    ],
)
def test_mistakes_come_with_their_place(tmp_path: Path, text: str, problem: str) -> None:
    place = tmp_path / "overrides.yaml"
    place.write_text(text)
    with pytest.raises(RubricError, match=problem):
        read_overrides(place)
    with pytest.raises(RubricError):
        with_override(text, override())


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"mine\.yaml cannot be read"):
        read_overrides(tmp_path / "mine.yaml")


# Applying


def test_the_persons_verdict_holds_and_callqas_stays_beside_it() -> None:
    applied = apply_overrides([one(), call("tom/2.wav", "pfpp")], [override()], STANDARD)
    changed, other = applied.calls
    assert (one().score, changed.score, one().passed, changed.passed) == (75.0, 100.0, False, True)
    [apology] = [criterion for criterion in changed.criteria if criterion.id == "apology"]
    assert apology.verdict == "pass"
    assert apology.overridden == VerdictOverride("fail", "pass", "maria", "2026-11-03", "She says so at 00:40.")
    assert (other.score, applied.notes) == (75.0, ())


def test_an_auto_fail_is_lifted_and_the_gate_follows() -> None:
    run = summarise(rubric(), [one("pppf")])
    gate = Gate(fail_under=90, fail_on=("auto-fail",))
    assert not decide(gate, run).met
    applied = apply_overrides(run.calls, [override(criterion="no_arguing")], STANDARD)
    after = with_calls(run, applied.calls)
    assert (after.calls[0].score, after.calls[0].auto_failed, after.agents[0].auto_fails) == (100.0, False, 0)
    assert decide(gate, after).met


def test_na_leaves_the_score() -> None:
    [changed] = apply_overrides([one("pfnp")], [override(to="na")], STANDARD).calls
    assert (verdicts(changed), changed.score) == ("pnnp", 100.0)


def test_a_moved_recording_is_known_by_its_content() -> None:
    moved = replace(one(), path="archive/9.wav", call_id="9")
    applied = apply_overrides([moved], [override()], STANDARD)
    assert applied.calls[0].score == 100.0
    assert applied.notes == (
        "the override of apology in 1 (maria, 2026-11-03) was applied to 9: the same recording, moved or renamed",
    )
    many = [override(), override(criterion="greeting", to="na")]
    [note] = [one for one in apply_overrides([moved], many, STANDARD).notes if "moved" in one]
    assert note.startswith("2 overrides were applied to recordings that were moved or renamed, such as")


def test_another_agents_copy_is_left_alone() -> None:
    copy = call("ana/5.wav", "pfpp", content=A)
    applied = apply_overrides([copy, one()], [override()], STANDARD)
    assert (applied.calls[0], applied.calls[1].score, applied.notes) == (copy, 100.0, ())


def test_where_several_may_be_meant_none_is_changed() -> None:
    copies = (call("ana/5.wav", "pfpp", content=A), call("tom/6.wav", "pfpp", content=A))
    applied = apply_overrides(copies, [override()], STANDARD)
    assert applied.calls == copies
    [note] = applied.notes
    assert note.endswith("was not applied: no call has that id, and several are that recording (5, 6)")
    two = (one(), one(content=B))
    applied = apply_overrides(two, [override(content=None)], STANDARD)
    assert applied.calls == two
    assert "several recordings have that id" in applied.notes[0]


def test_the_same_call_in_two_periods_is_changed_in_both() -> None:
    assert [one.score for one in apply_overrides([one(), one()], [override()], STANDARD).calls] == [100.0, 100.0]


def test_an_id_that_cannot_be_written_as_it_is_is_known_again() -> None:
    odd = replace(one(), call_id="a\x1b\udcff")
    changed = apply_overrides([odd], [override(call=printable(valid_utf8(odd.call_id)))], STANDARD)
    assert (changed.calls[0].score, changed.notes) == (100.0, ())


@pytest.mark.parametrize(
    ("changed", "note"),
    [
        ({"content": B}, "the recording has changed since it was judged"),
        ({"content": B, "call": "elsewhere"}, "the call is not among these results"),
        ({"criterion": "manners"}, "the rubric support has no such criterion"),
        ({"rubric": "heard"}, "it is for another rubric"),
    ],
)
def test_what_cannot_be_applied_is_said_and_changes_nothing(changed: dict[str, str], note: str) -> None:
    applied = apply_overrides([one()], [override(**changed)], STANDARD)
    assert applied.calls == (one(),)
    [told] = applied.notes
    assert note in told
    assert "was not applied" in told


def test_many_absent_calls_are_one_sentence() -> None:
    absent = [override(call=f"x{n}", content=f"{n:064}") for n in range(50)]
    [note] = apply_overrides([one()], absent, STANDARD).notes
    assert note.startswith("50 overrides were not applied, such as the override of apology in x0 (maria, 2026-11-03)")


def test_a_call_that_was_not_scored_stays_so() -> None:
    empty = replace(unscored("tom/1.wav", "unscorable", "too short"), content=A)
    applied = apply_overrides([empty], [override()], STANDARD)
    assert applied.calls == (empty,)
    assert "was not scored (too short)" in applied.notes[0]


def test_of_two_for_one_verdict_the_later_holds() -> None:
    [changed] = apply_overrides([one()], [override(), override(to="na")], STANDARD).calls
    assert verdicts(changed) == "pnpp"
    [back] = apply_overrides([one()], [override(), override(to="fail")], STANDARD).calls
    assert back == one()


def test_a_verdict_callqa_changed_itself_is_overridden_and_told() -> None:
    applied = apply_overrides([one("prpp")], [override()], STANDARD)
    assert applied.calls[0].criteria[1].overridden == VerdictOverride(
        "review", "pass", "maria", "2026-11-03", "She says so at 00:40."
    )
    assert "was applied, though callqa now says review where it said fail" in applied.notes[0]
    assert apply_overrides([one("pppp")], [override()], STANDARD).calls == (one("pppp"),)


def test_without_content_the_id_tells() -> None:
    by_id = override(content=None)
    assert apply_overrides([one(content=None)], [by_id], STANDARD).calls[0].score == 100.0
    assert apply_overrides([one()], [by_id], STANDARD).calls[0].score == 100.0
    assert "has changed since it was judged" in apply_overrides([one(content=None)], [override()], STANDARD).notes[0]


def test_the_overrides_given_are_all_there_are() -> None:
    once = apply_overrides([one()], [override()], STANDARD).calls
    assert apply_overrides(once, [override()], STANDARD).calls == once
    assert apply_overrides(once, [], STANDARD).calls == (one(),)
    assert without_overrides(once, STANDARD.pass_mark) == (one(),)


def test_none_change_nothing() -> None:
    run = team_run()
    assert with_calls(run, apply_overrides(run.calls, [], STANDARD).calls) == run
