"""What the script of a report is given: compact, printable, and the same packed or not."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace
from typing import Any

import pytest

from callqa.reports.html import page_data
from callqa.reports.html.page_data import clean, details_of, index_of
from callqa.reports.html.sound import Part, Sound
from callqa.results.summary import RunSummary, summarise
from callqa.scoring.scorecard import VerdictOverride
from support.results_samples import call, evidence, rubric, small_run, team_run, told


def details(run: RunSummary) -> list[Any]:
    chunks = details_of(run.calls, run.rubric, [Sound()] * len(run.calls))
    assert not chunks.packed
    return [one for text in chunks.texts for one in json.loads(text)]


def test_the_index_has_a_row_for_every_call_in_its_order() -> None:
    run = small_run()
    index = index_of(run)
    agents = [agent["name"] for agent in index["agents"]]
    assert [(agents[row[0]], row[1], row[4], row[5], row[6]) for row in index["calls"]] == [
        ("zoë", "a17", 56.2, 0, "rpfp"),
        ("zoë", "a18", None, 1, "...."),
        ("unknown", "a19", None, 2, "...."),
        ("unknown", "b20", 100, 0, "nnnp"),
    ]
    assert index["first"] == [0]


def test_criteria_another_rubric_had_are_left_out() -> None:
    of = rubric()
    other = rubric([{"id": "hold", "title": "Hold", "weight": 1, "expect": {"say": "hold"}}])
    run = summarise(of, [call("calls/ana/1.wav", "p", other)])
    assert index_of(run)["calls"][0][6] == "...."
    assert details(run)[0]["criteria"] == []


def test_flags_tell_provisional_auto_fail_and_pass() -> None:
    run = summarise(
        rubric(),
        [call("a.wav"), call("b.wav", "fffp"), call("c.wav", "pppf"), call("d.wav", "pppp", provisional=True)],
    )
    assert [row[7] for row in index_of(run)["calls"]] == [4, 0, 2, 5]


def test_details_hold_the_evidence_with_its_place_in_the_rubric() -> None:
    run = small_run()
    [apology] = [one for one in details(run)[0]["criteria"] if one["of"] == 1]
    assert apology["verdict"] == "pass"
    assert [(one["part"], one["line"], one["start"], one["quote"]) for one in apology["evidence"]] == [
        ("trigger", 3, 9, "it's broken"),
        ("answer", 4, 12, "I'm so sorry"),
    ]
    assert apology["evidence"][1]["behaviors"] == ["apology"]


def test_a_verdict_a_person_changed_says_so() -> None:
    change = VerdictOverride("fail", "pass", "ana", "2026-11-03", "it was said before the recording began")
    made = call("a.wav", "fppp")
    made = replace(made, criteria=(replace(made.criteria[0], verdict="pass", overridden=change), *made.criteria[1:]))
    [detail] = details(summarise(rubric(), [made]))
    assert detail["criteria"][0]["changed"] == (
        "Changed by ana on 2026-11-03, because “it was said before the recording began”. callqa says fail."
    )


def test_sound_is_told_by_its_parts() -> None:
    run = small_run()
    sounds = [Sound((Part(1.0, 4.5, 0.0),), b"x"), *[Sound(note="It is gone.")] * 3]
    texts = details_of(run.calls, run.rubric, sounds).texts
    told_of = [one["sound"] for one in json.loads(texts[0])]
    assert told_of[0] == {"parts": [[1, 4.5, 0]], "link": None, "note": None}
    assert told_of[1]["note"] == "It is gone."


def test_packed_details_read_back_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    run = team_run()
    plain = details(run)
    monkeypatch.setattr(page_data, "PLAIN_BYTES", 100)
    monkeypatch.setattr(page_data, "CALLS_PER_CHUNK", 10)
    chunks = details_of(run.calls, run.rubric, [Sound()] * len(run.calls))
    assert chunks.packed
    assert len(chunks.texts) == 4
    unpacked = [zlib.decompress(base64.b64decode(text), -zlib.MAX_WBITS) for text in chunks.texts]
    assert [one for text in unpacked for one in json.loads(text)] == plain


def test_strings_come_out_printable_and_numbers_short() -> None:
    value = {"a": ["x\x1b[2J\u202ey", 1.23456, 2.0, float("nan"), float("inf"), True, None], "b\n": (0.125,)}
    assert clean(value) == {"a": ["x\\x1b[2J\\u202ey", 1.23, 2, None, None, True, None], "b ": [0.12]}


def test_best_lines_name_their_call() -> None:
    quote = "I will send you a new one today"
    run = summarise(
        rubric(),
        [call("calls/bob/1.wav"), call("calls/ana/2.wav", "nnpn", make_it_right=told("", evidence(9.0, quote)))],
    )
    [ana] = [agent for agent in index_of(run)["agents"] if agent["name"] == "ana"]
    assert ana["best"] == [{"call": 1, "criterion": 2, "start": 9, "quote": quote}]
