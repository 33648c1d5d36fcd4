from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from callqa.reports.blocks import as_markdown
from callqa.reports.group_report import csv_columns, group_blocks, group_json, write_group_csv
from callqa.reports.terminal.terminal_blocks import write_as_text
from callqa.reports.terminal.terminal_report import TerminalReport
from callqa.results.grouping import Grouping
from callqa.results.summary import RunSummary, summarise
from support.gold_files import assert_gold
from support.results_samples import provisional_run, team_run


def teams() -> RunSummary:
    run = team_run()
    of = {"ana": "north", "maria": "north", "tom": "south"}
    return summarise(run.rubric, [replace(one, team=of[one.agent]) for one in run.calls])


@pytest.mark.parametrize("by", ["team", "week", "criterion"])
def test_gold(by: Grouping, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    stream = io.StringIO()
    write_as_text(group_blocks(teams(), by), stream)
    assert_gold(f"by_{by}_80.txt", stream.getvalue())


def test_markdown() -> None:
    assert "| north | 23 of 24 |" in as_markdown(group_blocks(teams(), "team"))
    assert "| apology | 6 of 11 | 55 % (28–79) | 1 | 17 |" in as_markdown(group_blocks(teams(), "criterion"))


@pytest.mark.parametrize("by", ["team", "week", "criterion"])
def test_provisional_calls_are_warned_of_as_in_the_report_by_agent(
    by: Grouping, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    poor = provisional_run()
    dated = [replace(one, team="north", started_at=datetime(2026, 11, 3, tzinfo=UTC)) for one in poor.calls]
    blocks = group_blocks(summarise(poor.rubric, dated), by)
    stream, whole = io.StringIO(), io.StringIO()
    write_as_text(blocks, stream)
    TerminalReport(80).write(poor, whole)
    warning = [line for line in whole.getvalue().splitlines() if line.startswith("!")]
    assert [line for line in stream.getvalue().splitlines() if line.startswith("!")] == warning
    assert warning[0] == "! PROVISIONAL: do not rely on these verdicts"
    assert "\n> **PROVISIONAL: do not rely on these verdicts**  \n> All 3 scored calls" in as_markdown(blocks)


def test_narrow_terminals_get_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    stream = io.StringIO()
    write_as_text(group_blocks(teams(), "team"), stream)
    assert max(map(len, stream.getvalue().splitlines())) <= 30
    assert "Apology" in stream.getvalue()


def test_an_overlong_name_is_shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    run = teams()
    calls = [replace(one, team="x" * 10_000) if one.team == "south" else one for one in run.calls]
    blocks = group_blocks(summarise(run.rubric, calls), "team")
    stream = io.StringIO()
    write_as_text(blocks, stream)
    assert stream.getvalue().startswith("support")
    assert re.search(r"^Team +Calls +Score", stream.getvalue(), re.MULTILINE)
    assert len(stream.getvalue()) < 3000
    assert f"| {'x' * 39}… |" in as_markdown(blocks)


def test_json() -> None:
    read = json.loads(group_json(teams(), "team"))
    assert (read["by"], [group["name"] for group in read["groups"]]) == ("team", ["north", "south"])
    assert read["groups"][1]["criteria"]["apology"]["counts"] == {"pass": 0, "fail": 3, "na": 3, "review": 0}
    assert [group["name"] for group in json.loads(group_json(teams(), "criterion"))["groups"]] == ["All calls"]


def test_csv_has_a_row_for_each_group_and_figure() -> None:
    stream = io.StringIO(newline="")
    write_group_csv(teams(), "team", stream)
    rows = list(csv.DictReader(io.StringIO(stream.getvalue(), newline="")))
    assert list(rows[0]) == [column.name for column in csv_columns()]
    assert [(row["group"], row["figure"]) for row in rows[:2]] == [("north", "score"), ("north", "greeting")]
    assert (rows[1]["passed"], rows[1]["value"], rows[0]["calls"]) == ("23", "100", "24")
    assert len(rows) == 2 * 5
    assert {row["provisional"] for row in rows} == {"0"}
