from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from callqa.conversation.conversation import SpeechOfCall
from callqa.conversation.events import Event
from callqa.core.timeline import Span
from callqa.errors import UsageError
from callqa.reports.json_report import JsonReport
from callqa.results.result_format import read_results
from callqa.results.result_reading import load_results, run_of
from callqa.results.summary import RunSummary, summarise
from callqa.transcripts.transcript import Utterance
from support.results_samples import call, provisional_run, rubric, small_run, team_run, unscored


def text_of(run: RunSummary) -> str:
    stream = io.StringIO()
    JsonReport().write(run, stream)
    return stream.getvalue()


def full_run() -> RunSummary:
    """A call with everything a result can hold."""
    said = (
        Utterance("agent", "hello, how can I help?", 0.5, 2.0, channel=1),
        Utterance("customer", "it is broken", None, None, doubt="repetition loop", speaker_sure=False, channel=0),
    )
    speech = SpeechOfCall((Span(0.5, 2.0),), (Span(9.0, 10.5), Span(11.0, 12.0)), 20.0)
    events = (Event("dead_air", 2.0, 9.0), Event("interruption", 9.5, 10.0, "agent"))
    whole = replace(call("a/1.wav"), utterances=said, speech=speech, events=events, agent_channel=1, content="ab" * 32)
    return summarise(rubric(), [whole], not_reached=2, skipped=1)


@pytest.mark.parametrize("run", [team_run, small_run, provisional_run, full_run])
def test_what_was_written_is_read_back_whole(run: Any) -> None:
    assert run_of(read_results(text_of(run()))) == run()


def test_results_of_an_older_version_are_read() -> None:
    data = json.loads(text_of(small_run()))
    for key in ("title", "pass_mark", "language", "criteria"):
        del data["rubric"][key]
    for one in data["calls"]:
        for key in ("utterances", "speech", "events", "agent_channel", "content"):
            del one[key]
    run = run_of(read_results(json.dumps(data)))
    assert [line.id for line in run.rubric.criteria] == [line.id for line in small_run().rubric.criteria]
    assert run.agents == small_run().agents


def test_a_file_that_is_something_else_is_named(tmp_path: Path) -> None:
    place = tmp_path / "results.json"
    with pytest.raises(UsageError, match=r"results\.json cannot be read"):
        load_results(place)
    place.write_bytes(b"\xff\xfe nonsense")
    with pytest.raises(UsageError, match=r"results\.json: this is not a result"):
        load_results(place)
    place.write_text(text_of(summarise(rubric(), [unscored("a.wav", "failed", "it is empty")])))
    assert load_results(place).coverage.failed == 1
