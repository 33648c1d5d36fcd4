from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest

from callqa.reports.markdown_report import MOST_FINDINGS, MarkdownReport
from callqa.results.override_file import Override
from callqa.results.overrides import apply_overrides
from callqa.results.summary import RunSummary, summarise, with_calls
from support.gold_files import assert_gold
from support.results_samples import call, provisional_run, rubric, team_run, unscored


def text_of(run: RunSummary) -> str:
    stream = io.StringIO(newline="")
    MarkdownReport().write(run, stream)
    return stream.getvalue()


def changed_run() -> RunSummary:
    """The team's day after an appeal against an auto-fail."""
    run = team_run()
    calls = [replace(one, content="a" * 64) if one.path == "calls/tom/0444.wav" else one for one in run.calls]
    override = Override.model_validate(
        {
            "call": "0444",
            "content": "a" * 64,
            "criterion": "no_arguing",
            "from": "fail",
            "to": "pass",
            "who": "maria",
            "when": "2024-05-08",
            "why": "He reads out what the customer wrote | <b>.",
        }
    )
    return with_calls(run, apply_overrides(calls, [override], run.rubric).calls)


@pytest.mark.parametrize(
    ("name", "run"), [("team.md", team_run), ("provisional.md", provisional_run), ("changed.md", changed_run)]
)
def test_gold(name: str, run: object) -> None:
    assert callable(run)
    assert_gold(name, text_of(run()))


def test_three_calls_to_hear_and_no_more() -> None:
    numbered = re.findall(r"^\d+\. ", text_of(team_run()), re.MULTILINE)
    assert len(numbered) == MOST_FINDINGS == 3
    assert "5 more calls with a miss or something to review." in text_of(team_run())


def test_every_row_of_a_table_has_its_cells_whatever_the_names() -> None:
    run = summarise(rubric(), [call("a|b/1.wav", agent="a|b\n| c |"), call("x/2.wav", agent="\\")])
    rows = [line for line in text_of(run).splitlines() if line.startswith("|")]
    cells = {len(re.sub(r"\\.", "", row).split("|")) for row in rows}
    assert len(cells) == 1


def test_a_long_name_or_quote_is_cut() -> None:
    run = summarise(rubric(), [unscored("x" * 9000, "failed", "y" * 9000), call("z/1.wav", agent="w" * 9000)])
    assert len(text_of(run)) < 2500


def test_a_run_that_was_stopped_says_so() -> None:
    assert "Stopped before the end" in text_of(team_run(not_reached=3))
    assert "Nothing was finished" in text_of(summarise(rubric(), [], not_reached=3))
    assert "No recordings found" in text_of(summarise(rubric(), []))
