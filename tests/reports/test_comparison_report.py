from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callqa.reports.blocks import as_markdown
from callqa.reports.comparison_report import COLUMNS, comparison_blocks, comparison_json, write_comparison_csv
from callqa.reports.terminal.terminal_blocks import write_as_text
from callqa.results.comparison import Comparison, compare
from callqa.results.summary import RunSummary, summarise
from support.gold_files import assert_gold
from support.results_samples import call, rubric


def week(name: str, day: int, verdicts: dict[str, str]) -> RunSummary:
    of = rubric()
    start = datetime(2026, 11, day, 9, tzinfo=UTC)
    calls = [
        call(f"{name}/{agent}/{n:02}.wav", letters, of, started_at=start + timedelta(hours=7 * n))
        for agent, all_letters in verdicts.items()
        for n, letters in enumerate(all_letters.split())
    ]
    return summarise(of, calls)


def two_weeks() -> Comparison:
    """Tom learns to apologise, Ana stays as she was, Zoe has just begun."""
    before = week("last", 2, {"ana": "pppp pnnp pfpp " * 4, "tom": "pffp pnnp pfpp " * 4})
    after = week("this", 9, {"ana": "pppp pfpp pnnp " * 4, "tom": "pppp pnnp pppp " * 4, "zoe": "pppp fpfp"})
    return compare(before, after)


def text_of(compared: Comparison) -> str:
    stream = io.StringIO()
    write_as_text(comparison_blocks(compared), stream)
    return stream.getvalue()


def test_gold() -> None:
    compared = two_weeks()
    assert_gold("comparison.md", as_markdown(comparison_blocks(compared)))
    assert_gold("comparison.json", comparison_json(compared))


def test_gold_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert_gold("comparison_100.txt", text_of(two_weeks()))


def test_csv_has_a_row_for_each_figure() -> None:
    stream = io.StringIO(newline="")
    write_comparison_csv(two_weeks(), stream)
    rows = list(csv.DictReader(io.StringIO(stream.getvalue(), newline="")))
    assert list(rows[0]) == [column.name for column in COLUMNS]
    assert len(rows) == 4 * 5
    [row] = [row for row in rows if (row["group"], row["figure"]) == ("tom", "apology")]
    assert (row["before_passed"], row["before_count"], row["after_value"], row["state"]) == ("0", "8", "100", "better")
    assert (row["difference"], row["rubric"]) == ("100", "support")


def test_json_tells_the_days_and_how_many_comparisons() -> None:
    read = json.loads(comparison_json(two_weeks()))
    assert (read["before"]["first"], read["before"]["last"]) == ("2026-11-02", "2026-11-05")
    assert read["comparisons"] == sum(
        figure["state"] != "too few" for group in read["groups"] for figure in group["figures"]
    )
    assert read["groups"][0]["name"] is None


def test_what_did_not_change_is_said() -> None:
    letters = {"tom": "pppp " * 12}
    same = compare(week("last", 2, letters), week("this", 9, letters))
    assert "Nothing changed by more than chance explains." in text_of(same)
    few = compare(week("last", 2, {"tom": "pppp"}), week("this", 9, {"tom": "ffff"}))
    assert "too few calls to tell whether anything changed" in text_of(few)
    assert "too few calls" in text_of(compare(summarise(rubric(), []), summarise(rubric(), [])))


def test_names_cannot_forge_a_row() -> None:
    run = replace(week("last", 2, {"tom": "pppp " * 12}))
    hostile = summarise(rubric(), [replace(one, agent="\x1b[2J|x|\n<b>") for one in run.calls])
    compared = compare(hostile, hostile)
    rows = [line for line in as_markdown(comparison_blocks(compared)).splitlines() if line.startswith("|")]
    assert {row.replace("\\|", "").count("|") for row in rows} == {7}
    assert "\x1b" not in text_of(compared)
