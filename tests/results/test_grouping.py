from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from callqa.errors import UsageError
from callqa.results.grouping import by_criterion, group_calls, summarise_by
from callqa.results.summary import Counts, summarise
from support.results_samples import call, rubric, team_run


def test_weeks_are_those_of_iso_8601() -> None:
    days = {"2026-12-31": "2026-W53", "2027-01-03": "2026-W53", "2027-01-04": "2027-W01"}
    calls = [replace(call(f"a/{day}.wav"), started_at=datetime.fromisoformat(day)) for day in days]
    calls.append(call("a/undated.wav"))
    groups = group_calls(calls, "week")
    assert {name: [one.call_id for one in group] for name, group in groups.items()} == {
        "2026-W53": ["2026-12-31", "2027-01-03"],
        "2027-W01": ["2027-01-04"],
        "no date": ["undated"],
    }
    assert list(groups)[-1] == "no date"


def test_teams_are_added_up_like_agents() -> None:
    calls = [call("a/1.wav", "fppp", team="south"), call("b/1.wav", team="North"), call("c/1.wav", team="south")]
    north, south, none = summarise_by(summarise(rubric(), [*calls, call("d/1.wav")]), "team")
    assert [one.agent for one in (north, south, none)] == ["North", "south", "no team"]
    assert south.calls == 2
    assert south.criteria["greeting"] == Counts(1, 1)


def test_a_group_no_call_tells_of_is_refused() -> None:
    with pytest.raises(UsageError, match="column team"):
        group_calls([call("a/1.wav")], "team")
    with pytest.raises(UsageError, match="started_at"):
        group_calls([call("a/1.wav")], "week")
    assert group_calls([], "team") == {}


def test_criteria_by_themselves() -> None:
    figures = by_criterion(team_run().total("All calls"))
    assert figures["apology"].counts == Counts(6, 5, 17, 1)
    assert figures["apology"].share == pytest.approx(100 * 6 / 11)
    low, high = figures["apology"].interval or (0, 0)
    assert 28 < low < 100 * 6 / 11 < high < 79
    empty = by_criterion(summarise(rubric(), []).total("All calls"))["greeting"]
    assert (empty.share, empty.interval) == (None, None)
