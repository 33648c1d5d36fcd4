"""What every report promises, and what every published schema does."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

import callqa
from callqa.conversation.events import Event
from callqa.core.json_form import json_text
from callqa.errors import UsageError
from callqa.reports import REPORTS, make_report
from callqa.reports.detection_report import BehaviorFound, CallDetections, DetectFile
from callqa.reports.output import write_report
from callqa.reports.schemas import NAMES, generate, published, schema_file, to_text
from callqa.results.summary import RunSummary, summarise
from callqa.rubrics.folders import shipped_folder
from callqa.transcripts.transcript import Transcript, Utterance, Word, to_json
from support.gold_files import expect_file
from support.results_samples import call, evidence, provisional_run, rubric, small_run, team_run, told, unscored

SCHEMAS = Path(callqa.__file__).parent / "data" / "schemas"


def hostile_run() -> RunSummary:
    """Everything a user can name or a caller can say, at its worst."""
    bad = "\x1b]0;gone\x07\x1b[2J[bold]x[/bold] :smile: \u202eevil\u202c \r\n\t\x00\x9b \udcff '=1+1 {0} %s 漢字🎧"
    of = rubric()
    criterion = told(bad, evidence(float("nan"), bad), evidence(None, "", "nearest"))
    return summarise(
        of,
        [
            call(f"calls/{bad}/1.wav", "fffr", of, agent=bad, notes=(bad,), greeting=criterion, no_arguing=criterion),
            call("", "nnnn", of, call_id="", agent="", duration=0.0, model=bad, engine=bad, provisional=True),
            unscored(bad, "failed", bad),
            unscored("x" * 5000, "unscorable", "y " * 5000, bad),
        ],
        skipped=3,
        not_reached=2,
    )


RUNS = {
    "team": team_run,
    "small": small_run,
    "provisional": provisional_run,
    "hostile": hostile_run,
    "nothing found": lambda: summarise(rubric(), []),
    "nothing reached": lambda: summarise(rubric(), [], not_reached=3),
    "nothing scored": lambda: summarise(rubric(), [unscored("a.wav", "failed", "it is empty")]),
}

each_report = pytest.mark.parametrize("name", sorted(REPORTS))
each_run = pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)


@each_report
@each_run
def test_writes_any_run_the_same_twice(name: str, run: Any) -> None:
    texts = []
    for _ in range(2):
        stream = io.StringIO(newline="")
        make_report(name).write(run(), stream)
        assert not stream.closed
        texts.append(stream.getvalue())
    assert texts[0] == texts[1]
    assert texts[0].endswith("\n")
    texts[0].encode("utf-8")


@each_report
@each_run
def test_nothing_written_is_acted_on_by_a_terminal(name: str, run: Any) -> None:
    stream = io.StringIO(newline="")
    make_report(name).write(run(), stream)
    text = stream.getvalue().replace("\r\n", "\n")
    assert not any(ord(character) < 0x20 and character != "\n" for character in text)
    assert not any(0x7F <= ord(character) < 0xA0 or character in "\u202e\u202c" for character in text)


@each_report
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp437", "utf-8", "utf-16"])
@each_run
def test_any_encoding_of_stdout_will_do(name: str, encoding: str, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding=encoding) as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        write_report(make_report(name), run(), "-")
        assert raw.getvalue()


@each_report
def test_reports_know_nothing_of_one_another(name: str) -> None:
    first, second = make_report(name), make_report(name)
    assert type(first) is type(second)
    assert first is not second


def test_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"choose one of .*json"):
        make_report("pdf")


@pytest.mark.parametrize("name", NAMES)
def test_published_schema_is_the_one_the_models_make(name: str) -> None:
    expect_file(schema_file(name), to_text(generate(name)))


@pytest.mark.parametrize("name", NAMES)
def test_published_schema_is_a_schema(name: str) -> None:
    schema = json.loads(published(name))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


def test_every_schema_in_the_folder_is_known() -> None:
    published_ones = [*SCHEMAS.iterdir(), *shipped_folder().glob("*.json")]
    assert sorted(path.name for path in published_ones) == sorted(f"{name}.schema.json" for name in NAMES)
    with pytest.raises(UsageError, match="choose one of"):
        published("report")


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(published(name)))


@each_run
def test_real_results_are_valid(run: Any) -> None:
    stream = io.StringIO()
    make_report("json").write(run(), stream)
    validator("score").validate(json.loads(stream.getvalue()))


@pytest.mark.parametrize(
    "change",
    [{"more": 1}, {"format": 2}, {"calls": None}, {"skipped": -1}, {"calls": [{}]}, {"agents": "all"}],
)
def test_other_results_are_not(change: dict[str, Any]) -> None:
    stream = io.StringIO()
    make_report("json").write(small_run(), stream)
    assert not validator("score").is_valid(json.loads(stream.getvalue()) | change)


def test_detections_are_valid() -> None:
    complaint = BehaviorFound(
        behavior="complaint",
        speaker="customer",
        utterance=1,
        start=3.4,
        end=None,
        quote="my order never came",
        confidence=0.97,
        rule="never came",
    )
    silence = Event("dead_air", 40.1, 52.0)
    calls = [
        CallDetections(call_id="a17", behaviors=[complaint], events=[silence], path="calls/a17.wav"),
        CallDetections(call_id="a18", behaviors=[], events=[], status="failed", reason="it is empty"),
    ]
    data = json.loads(json_text(DetectFile(format=1, calls=calls)))
    validator("detect").validate(data)
    fixed = {
        "format": 1,
        "calls": [
            {
                "call_id": "a17",
                "behaviors": data["calls"][0]["behaviors"],
                "events": [{"event": "dead_air", "start": 40.1, "end": 52.0}],
            }
        ],
    }
    validator("detect").validate(fixed)
    assert not validator("detect").is_valid(fixed | {"format": 2})


def test_transcripts_written_by_callqa_are_valid() -> None:
    word = Word("hello", 0.6, 0.9, 0.98)
    transcript = Transcript(
        (
            Utterance("agent", "hello", 0.6, 3.1, (word,), doubt="loop", speaker_sure=False, channel=0),
            Utterance("unknown", ""),
        ),
        call_id="a17",
    )
    validator("transcript").validate(to_json(transcript))


@pytest.mark.parametrize(
    ("data", "valid"),
    [
        ({"utterances": []}, True),
        ({"utterances": [{"speaker": "Maria", "text": "Hello", "mood": "fine"}], "queue": 7}, True),
        ({"utterances": [{"speaker": "agent", "start": None, "end": None, "text": "Hello"}]}, True),
        ({"call_id": "a17"}, False),
        ({"utterances": [{"text": "Hello"}]}, False),
        ({"utterances": [{"speaker": "", "text": "Hello"}]}, False),
        ({"format": 2, "utterances": []}, False),
        ({"utterances": [{"speaker": "agent", "start": "00:01", "text": "Hello"}]}, False),
    ],
)
def test_transcripts_made_elsewhere(data: Any, valid: bool) -> None:
    assert validator("transcript").is_valid(data) is valid


def test_metrics_and_statuses_are_named_in_the_schema() -> None:
    definitions = json.loads(published("score"))["$defs"]
    assert definitions["CallResult"]["properties"]["status"]["enum"] == ["scored", "unscorable", "failed"]
    assert definitions["CriterionResult"]["properties"]["verdict"]["enum"] == list(
        get_args(callqa.rubrics.fields.Verdict)
    )
