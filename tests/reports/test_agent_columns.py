"""The table of agents: a column that is defined once is in every report."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from callqa.reports import agent_columns, make_report
from callqa.reports.agent_columns import COUNTED, AgentColumn, Piece
from callqa.reports.blocks import as_markdown
from callqa.reports.csv_table import column
from callqa.reports.group_report import csv_columns, group_blocks, write_group_csv
from callqa.reports.html import team_table
from callqa.reports.terminal.terminal_blocks import write_as_text
from callqa.results.rubric_snapshot import snapshot_of
from callqa.results.summary import RunSummary
from support.html_samples import Page, page_of
from support.results_samples import rubric, team_run

NOT_JUDGED = AgentColumn(
    "Calls not judged",
    lambda agent: [Piece(f"{agent.calls - agent.scored} left out", "bad")],
    csv=column("group.to_review", "calls_not_judged"),
)


@pytest.fixture
def one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add a column in the one place where columns are defined."""
    monkeypatch.setattr(agent_columns, "COUNTED", (*COUNTED, NOT_JUDGED))


def text(run: RunSummary) -> str:
    stream = io.StringIO()
    make_report("text", width=120).write(run, stream)
    return stream.getvalue()


def narrow_text(run: RunSummary) -> str:
    stream = io.StringIO()
    make_report("text", width=40).write(run, stream)
    return stream.getvalue().replace("calls not judged", "Calls not judged")


def markdown(run: RunSummary) -> str:
    stream = io.StringIO()
    make_report("md").write(run, stream)
    return stream.getvalue()


def html(run: RunSummary) -> str:
    return page_of(run, audio="none")


def groups_as_text(run: RunSummary) -> str:
    stream = io.StringIO()
    write_as_text(group_blocks(run, "agent"), stream)
    return stream.getvalue()


def groups_as_markdown(run: RunSummary) -> str:
    return as_markdown(group_blocks(run, "agent"))


@pytest.mark.usefixtures("one_more")
@pytest.mark.parametrize("report", [text, narrow_text, markdown, html, groups_as_text, groups_as_markdown])
def test_a_column_is_in_every_report(report: Callable[[RunSummary], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    words = " ".join(report(team_run()).split())
    assert "not judged" in words
    # maria and the team; tom has two calls that were not judged
    assert (words.count("1 left out"), words.count("2 left out"), words.count("3 left out")) == (1, 1, 1)


@pytest.mark.usefixtures("one_more")
def test_a_column_of_csv_comes_last() -> None:
    before = [one.name for one in csv_columns() if one is not NOT_JUDGED.csv]
    stream = io.StringIO(newline="")
    write_group_csv(team_run(), "agent", stream)
    rows = list(csv.DictReader(io.StringIO(stream.getvalue(), newline="")))
    assert list(rows[0]) == [*before, "calls_not_judged"]
    assert {row["group"]: row["calls_not_judged"] for row in rows} == {"ana": "0", "maria": "1", "tom": "0"}


@pytest.mark.usefixtures("one_more")
def test_the_html_table_marks_what_has_a_tone() -> None:
    page = Page(page_of(team_run(), audio="none"))
    cells = [
        values["class"] for tag, values in page.tags if tag == "td" and values.get("data-label") == NOT_JUDGED.header
    ]
    assert cells == ["number some"] * 4


def test_columns_that_would_be_empty_are_left_out() -> None:
    run = team_run()
    assert [one.header for one in agent_columns.agent_columns(run.rubric)][-2:] == ["Auto-fails", "To review"]
    plain = rubric([{"id": "greeting", "title": "Greets", "critical": True, "expect": {"say": "hello"}}])
    headers = [one.header for one in agent_columns.agent_columns(snapshot_of(plain))]
    assert headers == ["Calls", "Score", "Greeting", "Critical misses", "To review"]


def test_the_team_is_the_sum_of_its_agents() -> None:
    run = team_run()
    team = run.total("Team")
    for field in ("calls", "scored", "auto_fails", "critical_misses", "to_review", "provisional"):
        assert getattr(team, field) == sum(getattr(agent, field) for agent in run.agents)
    assert (team.name, team.mean_score) == ("Team", run.mean_score)
    assert team.criteria["apology"].passed == sum(agent.criteria["apology"].passed for agent in run.agents)
    assert team_table.team_row(None, team, run).cells[0].words == "29 of 32"
