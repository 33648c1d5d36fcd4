from __future__ import annotations

import io
import json
from dataclasses import fields, replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callqa import __version__
from callqa.conversation.metrics import Metrics
from callqa.errors import UsageError
from callqa.reports.json_report import JsonReport
from callqa.results.result_format import read_results, results_file
from callqa.results.summary import RunSummary, summarise
from support.gold_files import assert_gold
from support.results_samples import SHA256, call, evidence, rubric, small_run, team_run, told, unscored


def text_of(run: RunSummary) -> str:
    stream = io.StringIO()
    JsonReport().write(run, stream)
    return stream.getvalue()


def data_of(run: RunSummary) -> Any:
    return json.loads(text_of(run))


def test_gold() -> None:
    assert_gold("results.json", text_of(small_run()).replace(f'"callqa": "{__version__}"', '"callqa": "VERSION"'))


def test_keys_begin_with_the_fixed_ones_in_their_order() -> None:
    data = data_of(small_run())
    assert list(data)[:6] == ["format", "callqa", "rubric", "coverage", "calls", "agents"]
    assert list(data["rubric"])[:3] == ["name", "version", "sha256"]
    assert list(data["coverage"])[:4] == ["found", "scored", "unscorable", "failed"]
    assert list(data["calls"][0])[:15] == [
        "call_id", "path", "agent", "started_at", "duration", "engine", "model", "status", "reason", "provisional",
        "score", "passed", "auto_failed", "criteria", "metrics",
    ]  # fmt: skip
    criterion = data["calls"][0]["criteria"][0]
    assert list(criterion)[:5] == ["id", "verdict", "weight", "reason", "evidence"]
    assert list(criterion["evidence"][0])[:7] == [
        "utterance", "speaker", "start", "end", "quote", "behavior", "rule",
    ]  # fmt: skip
    assert list(data["agents"][0])[:6] == ["agent", "calls", "scored", "mean_score", "interval", "criteria"]
    assert list(data["agents"][0]["criteria"]["apology"]) == ["pass", "fail", "na", "review"]


def test_values() -> None:
    data = data_of(small_run())
    assert data["format"] == 1
    assert data["rubric"].items() >= {"name": "support", "version": 1, "sha256": SHA256}.items()
    assert data["coverage"] == {
        "found": 4, "scored": 2, "unscorable": 1, "failed": 1, "reasons": {"no speech": 1},
    }  # fmt: skip
    first, unscorable, failed, untimed = data["calls"]
    assert (first["score"], first["passed"], first["to_review"]) == (56.2, False, 1)
    assert first["started_at"] == "2024-05-06T09:30:00+00:00"
    assert (unscorable["status"], unscorable["reason_kind"]) == ("unscorable", "no speech")
    assert (failed["status"], failed["score"], failed["passed"], failed["criteria"]) == ("failed", None, None, [])
    assert untimed["metrics"] is None
    assert data["agents"][0]["criteria"]["apology"] == {"pass": 1, "fail": 0, "na": 0, "review": 0}
    assert data["skipped"] == 2
    assert data["interrupted"] is False


def test_metrics_are_those_measured() -> None:
    assert list(data_of(small_run())["calls"][0]["metrics"]) == [field.name for field in fields(Metrics)]


def test_same_results_same_bytes() -> None:
    assert text_of(team_run()) == text_of(team_run())
    assert text_of(team_run()).endswith("}\n")


def test_reads_back_as_it_was_written() -> None:
    assert read_results(text_of(team_run())) == results_file(team_run())
    assert read_results("\ufeff" + text_of(small_run())) == results_file(small_run())


def test_offset_of_the_start_is_kept() -> None:
    for start in (datetime(2024, 5, 6, 9, 30), datetime(2024, 5, 6, 9, 30, tzinfo=timezone(timedelta(hours=2)))):
        run = summarise(rubric(), [replace(call("a/1.wav"), started_at=start)])
        assert datetime.fromisoformat(data_of(run)["calls"][0]["started_at"]) == start


def test_what_is_no_number_is_null() -> None:
    of = rubric()
    one = call("a/1.wav", of=of, duration=float("nan"), greeting=told("said", evidence(float("inf"), "hello")))
    text = text_of(summarise(of, [one]))
    data = json.loads(text, parse_constant=pytest.fail)
    assert data["calls"][0]["duration"] is None
    assert data["calls"][0]["criteria"][0]["evidence"][0]["start"] is None


def test_names_that_are_no_utf8() -> None:
    run = summarise(rubric(), [unscored("a/\udcff.wav", "failed", "it is empty")])
    assert text_of(run).encode("utf-8")
    assert data_of(run)["calls"][0]["path"] == "a/\\udcff.wav"


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(codec="utf-8")))
def test_any_quote_reads_back_and_shows_no_controls(quote: str) -> None:
    of = rubric()
    run = summarise(of, [call("a/1.wav", of=of, greeting=told("said", evidence(1.0, quote)))])
    text = text_of(run)
    assert json.loads(text)["calls"][0]["criteria"][0]["evidence"][0]["quote"] == quote
    assert not any(0x7F <= ord(character) < 0xA0 or character in "\u202e\u2066\u2028" for character in text)
    assert "\\u00e9" not in text_of(summarise(of, [call("a/é.wav", of=of)]))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda data: data | {"format": 2}, "its format is not 1"),
        (lambda data: data | {"more": 1}, "at more, extra inputs are not permitted"),
        (lambda data: {key: data[key] for key in data if key != "calls"}, "at calls, field required"),
        (lambda data: data["calls"][0].update(score=120) or data, "at calls.0.score, "),
        (lambda data: data["calls"][0].update(score="80") or data, "at calls.0.score, "),
        (lambda data: data["calls"][0].update(started_at="today") or data, "at calls.0.started_at, "),
        (lambda data: data["calls"][0].update(more=1) or data, "at calls.0.more, extra inputs are not permitted"),
        (lambda data: data["calls"][0].pop("score") and data, "at calls.0.score, field required"),
        (lambda data: data["calls"][0].pop("to_review") and data, "at calls.0.to_review, field required"),
        (lambda data: data["calls"][0].update(cached=True) or data, "at calls.0.cached, extra inputs"),
        (lambda data: data | {"calls": ["a"]}, "at calls.0, input should be an object"),
        (lambda data: data["calls"][0]["metrics"].update(hold=-1) or data, "at calls.0.metrics.hold, "),
        (lambda data: data["calls"][0].update(status="fine", score=-1) or data, "(and 1 more like it)"),
        (lambda data: [data], "input should be an object"),
    ],
)
def test_what_differs_is_refused_in_one_sentence(change: Any, why: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_results(json.dumps(change(data_of(small_run()))))
    message = str(refused.value)
    assert message.startswith("this is not a result of `callqa score -f json`: ")
    assert why in message
    assert "\n" not in message


@pytest.mark.parametrize("text", ["", "{", "not json", "[" * 100_000, '{"format": NaN}', "\udcff", '"\\ud800"'])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="this is not a result"):
        read_results(text)


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_results(text)
