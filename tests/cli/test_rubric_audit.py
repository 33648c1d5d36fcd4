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


def test_each_phrase_is_shown_with_its_hits_and_examples(callqa: Cli, calls: Path) -> None:
    done = callqa("rubric", "audit", "support", calls)
    assert done.status == 0
    assert done.out.startswith("support v1 on 2 calls, ")
    assert "complaint: never (arrived" in done.out
    assert "in 2 calls, 2 counted" in done.out


def test_labels_give_precision_and_json_fits_its_schema(callqa: Cli, calls: Path, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("call_id,utterance,behavior\ngood,1,complaint\n")
    data = callqa("rubric", "audit", "support", calls, "--labels", "labels.csv", "-f", "json").json
    jsonschema.validate(data, json.loads(published("rubric-audit")))
    rows = [row for row in data["phrases"] if row["owner"] == "complaint"]
    assert any(row["right"] == 1 for row in rows)
    assert all(row["right"] is None for row in data["phrases"] if row["owner"] == "arguing")


def test_verdicts_are_no_labels_of_lines(callqa: Cli, calls: Path, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("call_id,criterion,verdict\ngood,apology,pass\n")
    done = callqa("rubric", "audit", "support", calls, "--labels", "labels.csv")
    assert done.status == 2
    assert "labels.csv" in done.err


def test_what_cannot_be_read_is_told_and_the_rest_is_audited(callqa: Cli, calls: Path) -> None:
    (calls / "broken.wav").write_bytes(b"no sound")
    done = callqa("rubric", "audit", "support", calls, "--engine", "pocketsphinx")
    assert done.status == 3
    assert "broken.wav" in done.err
    assert "on 2 calls" in done.out
