from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from callqa.reports.schemas import published
from support.cli_runs import GOOD, RUDE, Cli, transcript


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    transcript(tmp_path / "calls" / "good.json", GOOD)
    transcript(tmp_path / "calls" / "rude.json", RUDE)
    return tmp_path / "calls"


def write(tmp_path: Path, text: str) -> None:
    (tmp_path / "labels.csv").write_text(text)


VERDICTS = """\
call_id,criterion,verdict
good,apology,pass
rude,apology,pass
rude,no_arguing,fail
good,no_arguing,pass
gone,apology,pass
"""


def test_verdicts_are_compared(callqa: Cli, calls: Path, tmp_path: Path) -> None:
    write(tmp_path, VERDICTS)
    done = callqa("calibrate", "labels.csv", "calls")
    assert done.status == 0
    assert "1 labelled call is not among the recordings: gone" in done.err
    assert "fewer than 20 calls to compare, so the figures say little: apology, no_arguing" in done.err
    assert "calls/rude.json 00:06: person pass, callqa fail; “My kettle never arrived" in done.out
    assert "100.0%" in done.out


def test_the_json_has_everything(callqa: Cli, calls: Path, tmp_path: Path) -> None:
    write(tmp_path, VERDICTS)
    data = callqa("calibrate", "labels.csv", "calls", "-f", "json").json
    jsonschema.validate(data, json.loads(published("calibrate")))
    apology, arguing = data["results"]
    assert (apology["id"], apology["compared"], apology["agreed"], apology["kappa"]["value"]) == ("apology", 2, 1, 0.0)
    assert apology["confusion"]["pass"] == {"pass": 1, "fail": 1, "na": 0}
    assert [one["call_id"] for one in apology["disagreements"]] == ["rude"]
    assert (arguing["precision"], arguing["recall"], arguing["f1"]) == (1.0, 1.0, 1.0)
    assert len(data["warnings"]) == 2


def test_behaviors_are_compared_line_by_line_of_their_party(callqa: Cli, calls: Path, tmp_path: Path) -> None:
    write(
        tmp_path,
        "call_id,utterance,behavior,disputed\ngood,2,apology,0\nrude,2,apology,0\n"
        "rude,2,arguing,0\ngood,0,arguing,1\ngood,99,arguing,0\n",
    )
    done = callqa("calibrate", "labels.csv", "calls", "-f", "json")
    assert done.status == 0
    apology, arguing = done.json["results"]
    assert apology["confusion"] == {"found": {"found": 1, "not found": 1}, "not found": {"found": 0, "not found": 3}}
    assert (apology["precision"], apology["recall"]) == (1.0, 0.5)
    [differ] = apology["disagreements"]
    assert (differ["utterance"], differ["quote"]) == (2, "Well, that is your own fault.")
    assert arguing["compared"] == 4
    assert done.json["labels_beyond_the_call"] == ["good:99"]


def test_what_callqa_leaves_to_a_person_or_cannot_judge_is_counted_apart(callqa: Cli, tmp_path: Path) -> None:
    transcript(tmp_path / "calls" / "short.json", RUDE[:1])
    transcript(tmp_path / "calls" / "guess.json", [("unknown", text) for _, text in RUDE])
    write(tmp_path, "call_id,criterion,verdict\nshort,no_arguing,pass\nguess,no_arguing,fail\n")
    [one] = callqa("calibrate", "labels.csv", "calls", "-f", "json").json["results"]
    assert (one["compared"], one["left_to_a_person"], one["unjudged"], one["kappa"]) == (0, 1, 1, None)
    assert "1 label of calls that could not be judged" in callqa("calibrate", "labels.csv", "calls").out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "call_id,criterion,verdict\nother,apology,pass\n",
            "no label in labels.csv is for one of these calls; their ids look like this: good",
        ),
        ("call_id,criterion,verdict\ngood,apolgy,pass\n", "labels.csv:2: the rubric has no criterion 'apolgy'"),
    ],
)
def test_wrong_labels_stop_it(callqa: Cli, calls: Path, tmp_path: Path, text: str, message: str) -> None:
    write(tmp_path, text)
    done = callqa("calibrate", "labels.csv", "calls")
    assert done.status == 2
    assert message in done.err
