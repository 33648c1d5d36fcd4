"""The public API: what a script may import from callqa."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import callqa
from callqa.reports import REPORTS, SUFFIXES
from support.cli_runs import GOOD, RUDE, scripted, transcript


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    transcript(tmp_path / "calls" / "ana" / "1.json", GOOD)
    transcript(tmp_path / "calls" / "tom" / "2.json", RUDE)
    (tmp_path / "calls" / "tom" / "3.json").write_text('{"format": 1, "utterances": 7}')
    return tmp_path / "calls"


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = ("torch", "numpy", "av", "pydantic", "yaml", "click", "rich", "whisper")
    code = f"import sys, callqa; dir(callqa); print(sorted(set({heavy!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    for name in set(callqa.__all__) - {"__version__"}:
        assert getattr(callqa, name).__doc__, name
    assert set(callqa.__all__) <= set(dir(callqa))
    with pytest.raises(AttributeError, match="no attribute 'scores'"):
        _ = callqa.scores


def test_score(calls: Path) -> None:
    run = callqa.score(calls)
    assert [agent.agent for agent in run.agents] == ["ana", "tom"]
    assert [call.status for call in run.calls] == ["scored", "scored", "failed"]
    assert run.calls[0].score is not None
    assert run.calls[1].auto_failed


def test_score_takes_a_rubric_that_is_loaded_and_several_paths(calls: Path) -> None:
    rubric = callqa.load_rubric("last")
    run = callqa.score([calls / "ana", str(calls / "tom" / "2.json")], rubric)
    assert (run.rubric.name, len(run.calls)) == ("last", 2)


def test_recordings_are_transcribed(tmp_path: Path) -> None:
    scripted(tmp_path / "a.wav", GOOD)
    found = callqa.transcribe(tmp_path / "a.wav", engine="scripted", cache=tmp_path / "cache")
    assert [utterance.speaker for utterance in found.calls[0].utterances][:2] == [GOOD[0][0], GOOD[1][0]]
    assert list((tmp_path / "cache").rglob("*.json"))
    assert found.failed == ()


def test_detect(calls: Path) -> None:
    found = callqa.detect(calls)
    assert {"greeting"} <= {hit.behavior for hit in found.calls[0].hits}
    assert [call.call_id for call in found.failed] == ["tom/3"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_reports_are_written_by_suffix(suffix: str, calls: Path, tmp_path: Path) -> None:
    target = tmp_path / f"report{suffix}"
    callqa.write_report(callqa.score(calls), target)
    assert target.stat().st_size
    assert set(SUFFIXES.values()) == set(REPORTS)


def test_results_are_read_again(calls: Path, tmp_path: Path) -> None:
    run = callqa.score(calls)
    callqa.write_report(run, tmp_path / "results.json")
    assert callqa.read_results(tmp_path / "results.json").agents == run.agents


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda path: callqa.score(path / "nothing.wav"), "nothing.wav"),
        (lambda path: callqa.score(path, engin="auto"), "there is no such option"),
        (lambda path: callqa.score(path, engine="ear"), "no engine is called 'ear'"),
        (lambda path: callqa.load_rubric("suport"), "did you mean 'support'"),
        (lambda path: callqa.read_results(path / "none.json"), "none.json"),
        (lambda path: callqa.write_report(callqa.score(path), path / "report.doc"), "suffix of"),
    ],
)
def test_mistakes_are_said_in_a_sentence(wrong: object, message: str, calls: Path) -> None:
    with pytest.raises(callqa.CallqaError, match=message):
        wrong(calls)  # type: ignore[operator]
