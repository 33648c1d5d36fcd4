from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from callqa.authoring.rubric_differences import compare, find_edits
from callqa.reports.schemas import published
from callqa.scoring.scorecard import CallResult
from support.cli_runs import GOOD, RUDE, Cli, scripted, transcript
from support.results_samples import SUPPORT, call, rubric, unscored
from support.small_calls import behavior

OLD = rubric()
NEW = rubric([*SUPPORT[:3], {"id": "calm", "title": "Calm", "forbid": {"say": "blast"}}])


def test_flips_are_told_call_by_call_and_by_criterion() -> None:
    before = [call("a.wav", "pppp"), call("b.wav", "ppfp"), call("c.wav", "pnnp")]
    after = [call("a.wav", "pfpp"), call("b.wav", "pppp"), call("c.wav", "pnnp")]
    found = compare(OLD, OLD, before, after)
    assert [change.old.path for change in found.changes] == ["a.wav", "b.wav"]
    assert found.flips == {"apology": {("pass", "fail"): 1}, "make_it_right": {("fail", "pass"): 1}}
    assert [change.pass_change for change in found.changes] == ["no longer passes", "now passes"]
    assert (found.calls, found.old_mean, found.new_mean) == (3, 88.3, 91.7)


def test_criteria_that_only_one_has_are_counted() -> None:
    found = compare(OLD, NEW, [call("a.wav", "pppf")], [call("a.wav", "pppp", NEW)])
    assert (found.added, found.removed) == ({"calm": {"pass": 1}}, {"no_arguing": {"fail": 1}})
    assert found.flips == {}
    assert [change.flips for change in found.changes] == [()]


def test_what_is_written_otherwise_is_told() -> None:
    stricter = [{**SUPPORT[0], "weight": 5, "title": "Another"}, {**SUPPORT[1], "auto_fail": True}, *SUPPORT[2:]]
    was = f"{SUPPORT[0]['weight']:g}"
    told = list(find_edits(OLD, rubric(stricter)))
    assert told == [f"{SUPPORT[0]['id']}: weight {was} → 5", f"{SUPPORT[1]['id']}: auto_fail false → true"]
    assert list(find_edits(OLD, OLD)) == []


def test_a_behavior_that_means_something_else_is_told() -> None:
    one, other = (replace(OLD, behaviors={"apology": behavior("apology", phrase)}) for phrase in ("hi", "ho"))
    assert list(find_edits(one, other)) == ["behavior apology"]


def test_an_auto_fail_that_is_none_any_more_is_told() -> None:
    fails, passes = replace(call("a.wav", "pppf"), auto_failed=True, score=0.0), call("a.wav", "pppp")

    def told(old: CallResult, new: CallResult) -> list[str | None]:
        return [change.auto_fail_change for change in compare(OLD, OLD, [old], [new]).changes]

    assert told(fails, passes) == ["no longer an auto-fail"]
    assert told(passes, fails) == ["now an auto-fail"]


def test_what_cannot_be_read_is_left_out_and_what_cannot_be_judged_is_a_change() -> None:
    short = unscored("b.wav", "unscorable", "too short", "too short")
    before = [unscored("a.wav", "failed", "it is empty"), call("b.wav")]
    found = compare(OLD, OLD, before, [unscored("a.wav", "failed", "it is empty"), short])
    assert found.calls == 1
    assert [change.new.status for change in found.changes] == ["unscorable"]


@pytest.fixture
def stricter(tmp_path: Path, callqa: Cli) -> Path:
    callqa("rubric", "new", "ours.yaml")
    path = tmp_path / "ours.yaml"
    path.write_text(path.read_text().replace("behavior: make_it_right,", "say: a free kettle,"))
    return path


def test_the_command_shows_the_reasons_before_and_after(callqa: Cli, tmp_path: Path, stricter: Path) -> None:
    transcript(tmp_path / "calls" / "good.json", GOOD)
    transcript(tmp_path / "calls" / "rude.json", RUDE)
    done = callqa("rubric", "diff", "support", stricter, "calls")
    assert done.status == 0
    assert "1 call flips; 0 pass now, 1 pass no longer; mean score 50 → 32.5" in done.out
    assert " make_it_right: 1 pass → fail" in done.out
    assert "calls/good.json: score 100 → 65, no longer passes" in done.out
    assert "    was: complaint at 00:06 “" in done.out
    assert "    now: complaint at 00:06" in done.out
    data = callqa("rubric", "diff", "support", stricter, "calls", "-f", "json").json
    jsonschema.validate(data, json.loads(published("rubric-diff")))
    [change] = data["changes"]
    assert [(flip["old"]["verdict"], flip["new"]["verdict"]) for flip in change["flips"]] == [("pass", "fail")]
    assert change["flips"][0]["old"]["evidence"][0]["quote"].startswith("My kettle never arrived")


def test_the_same_rubric_changes_nothing(callqa: Cli, tmp_path: Path) -> None:
    transcript(tmp_path / "a.json", GOOD)
    done = callqa("rubric", "diff", "support", "support", "a.json")
    assert (done.status, "they judge alike" in done.out, "No call is judged differently" in done.out) == (0, True, True)


def test_nothing_is_heard_twice(callqa: Cli, tmp_path: Path, stricter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from callqa import pipeline

    scripted(tmp_path / "a.wav", GOOD)
    heard: list[str] = []
    real = pipeline.transcribe_recordings

    def transcribe_recordings(paths: Iterable[Path], *rest: Any) -> Any:
        paths = list(paths)
        heard.extend(path.name for path in paths)
        return real(paths, *rest)

    monkeypatch.setattr(pipeline, "transcribe_recordings", transcribe_recordings)
    for more in ((), ("--no-cache",)):
        heard.clear()
        done = callqa("rubric", "diff", "support", stricter, "a.wav", "--engine", "scripted", *more)
        assert done.status == 0, done.err
        assert "make_it_right: pass → fail" in done.out
        assert len(heard) == 1
        assert not list(tmp_path.glob("callqa-*"))


def test_a_recording_that_cannot_be_read_is_told(callqa: Cli, tmp_path: Path, stricter: Path) -> None:
    transcript(tmp_path / "calls" / "good.json", GOOD)
    (tmp_path / "calls" / "bad.json").write_text("{")
    done = callqa("rubric", "diff", "support", stricter, "calls")
    assert done.status == 3
    assert "calls/bad.json" in done.err
    assert "on 1 call" in done.out
