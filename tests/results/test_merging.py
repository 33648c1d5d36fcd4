from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from callqa.errors import UsageError
from callqa.results.merging import between, merge, of_agents, refuse_unknown_agents, split
from callqa.results.summary import RunSummary, summarise
from callqa.scoring.scorecard import CallResult
from support.results_samples import SUPPORT, call, rubric, small_run, unscored


def one(path: str, verdicts: str = "pppp", content: str | None = None, day: int | None = None) -> CallResult:
    started_at = None if day is None else datetime(2026, 11, day, 9, tzinfo=UTC)
    return call(path, verdicts, content=content and content * 64, started_at=started_at)


def run(*calls: CallResult, **more: int) -> RunSummary:
    return summarise(rubric(), calls, **more)


def test_one_file_stays_as_it_is() -> None:
    alone = small_run()
    assert merge([("a.json", alone)]).run is alone


def test_nights_are_added_up_in_the_order_of_paths() -> None:
    merged = merge([("mon", run(one("b/1.wav"), skipped=1)), ("tue", run(one("a/2.wav"), one("b/3.wav"), skipped=2))])
    assert [one.path for one in merged.run.calls] == ["a/2.wav", "b/1.wav", "b/3.wav"]
    assert (merged.run.coverage.scored, merged.run.skipped, merged.notes) == (3, 3, ())
    assert [agent.calls for agent in merged.run.agents] == [1, 2]


def test_the_same_recording_elsewhere_counts_once_as_the_later_file_has_it() -> None:
    merged = merge([("mon", run(one("old/1.wav", "fppp", "a"))), ("tue", run(one("new/1.wav", "pppp", "a")))])
    assert [(one.path, one.score) for one in merged.run.calls] == [("new/1.wav", 100.0)]
    assert merged.notes == ("1 call of mon is in a later file too; the later result counts",)


@pytest.mark.parametrize("swap", [False, True])
def test_the_same_recording_under_two_ids_is_two_calls_whatever_the_order(swap: bool) -> None:
    runs = [("mon", run(one("ana/1.wav", "fppp", "a"))), ("tue", run(one("tom/2.wav", "pppp", "a")))]
    merged = merge(runs[::-1] if swap else runs)
    assert [(one.path, one.score) for one in merged.run.calls] == [("ana/1.wav", 80.0), ("tom/2.wav", 100.0)]
    assert merged.notes == ("2 calls are the same recording: 1, 2; all are counted",)


def test_a_call_renamed_by_metadata_counts_once() -> None:
    named = replace(one("a/1.wav", "pppp", "a"), call_id="c-17")
    assert merge([("mon", run(one("a/1.wav", "fppp", "a"))), ("tue", run(named))]).run.calls == (named,)


def test_one_file_with_copies_says_so() -> None:
    copies = run(*(one(f"a/{n}.wav", content="abbaa"[n]) for n in range(5)))
    assert merge([("mon", copies)]).notes == (
        "5 calls are only 2 different recordings; 0, 3, 4 are the same, for example; all are counted",
    )


@pytest.mark.parametrize(("first", "second"), [(None, "b"), ("a", None), (None, None)])
def test_the_same_path_counts_once_where_content_does_not_tell(first: str | None, second: str | None) -> None:
    merged = merge([("mon", run(one("a/1.wav", "f" * 4, first))), ("tue", run(one("a/1.wav", "pppp", second)))])
    assert [one.score for one in merged.run.calls] == [100.0]


def test_one_path_with_two_contents_names_two_calls() -> None:
    merged = merge([("mon", run(one("today/1.wav", content="a"))), ("tue", run(one("today/1.wav", content="b")))])
    assert len(merged.run.calls) == 2
    assert merged.notes == ("1 path names different recordings, such as today/1.wav; all are counted",)


def test_copies_within_one_file_all_count() -> None:
    both = run(one("a/1.wav", content="a"), one("b/1.wav", content="a"))
    assert len(merge([("mon", both), ("tue", run(one("c/1.wav", content="c")))]).run.calls) == 3


def test_a_run_that_went_on_later_is_whole() -> None:
    stopped = run(one("a/1.wav"), not_reached=1)
    whole = merge([("first", stopped), ("then", run(one("a/1.wav"), one("a/2.wav")))]).run
    assert not whole.interrupted
    assert merge([("first", stopped), ("other", run(one("b/1.wav")))]).run.interrupted


def test_several_rubrics_are_refused_with_their_names() -> None:
    other = run(one("a/1.wav"))
    other = replace(other, rubric=replace(other.rubric, sha256="b" * 64, version=2))
    with pytest.raises(UsageError, match=r"mon was judged by support v1 \(a41f0c\) and tue by support v2 \(bbbbbb\)"):
        merge([("mon", run(one("a/2.wav"))), ("tue", other)])


def test_days_are_chosen_with_both_ends() -> None:
    week = run(*(one(f"a/{day}.wav", day=day) for day in range(1, 8)))
    assert [call.path for call in between(week, date(2026, 11, 3), date(2026, 11, 4)).run.calls] == [
        "a/3.wav",
        "a/4.wav",
    ]
    assert len(between(week, date(2026, 11, 3), None).run.calls) == 5
    assert between(week, None, None).run is week
    assert between(week, date(2030, 1, 1), None).notes == ("none of 7 calls began in these days",)


def test_the_day_is_that_of_the_calls_own_clock() -> None:
    late = replace(one("a/1.wav"), started_at=datetime(2026, 11, 3, 23, 30, tzinfo=timezone(timedelta(hours=-5))))
    assert between(run(late), date(2026, 11, 3), date(2026, 11, 3)).run.calls == (late,)


def test_calls_without_a_date_are_left_out_and_told() -> None:
    mixed = run(one("a/1.wav", day=1), one("a/2.wav"))
    assert between(mixed, date(2026, 11, 1), None).notes == ("1 call without a date is left out",)
    more = run(*mixed.calls, one("a/3.wav", day=3))
    before, after, notes = split(more, date(2026, 11, 2))
    assert (len(before.calls), len(after.calls), len(notes)) == (1, 1, 1)
    with pytest.raises(UsageError, match="no call has a date"):
        split(run(one("a/2.wav")), date(2026, 11, 2))


@pytest.mark.parametrize(
    ("at", "problem"),
    [
        (
            date(2026, 11, 9),
            "no call began on or after 2026-11-09, .*: the calls here began from 2026-11-02 to 2026-11-05",
        ),
        (date(2026, 11, 2), "no call began before 2026-11-02"),
    ],
)
def test_a_split_with_nothing_on_one_side_is_refused(at: date, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        split(run(one("a/1.wav", day=2), one("a/2.wav", day=5)), at)
    with pytest.raises(UsageError, match="there are no calls here"):
        split(run(), at)


def test_calls_of_some_agents_are_kept() -> None:
    three = run(one("Ana/1.wav"), one("tom/2.wav"), one("zoe/3.wav"), not_reached=1)
    assert [one.agent for one in of_agents(three, ["ana", "zoe"]).calls] == ["Ana", "zoe"]
    assert of_agents(three, ["ana"]).interrupted
    assert of_agents(three, []) is three
    refuse_unknown_agents([three], ["TOM"])
    with pytest.raises(UsageError, match="no call here is of an agent 'zoé'; did you mean 'zoe'"):
        refuse_unknown_agents([three], ["tom", "zoé"])


def test_unscored_calls_are_merged_too() -> None:
    merged = merge([("mon", run(unscored("a.wav", "failed", "it is empty"))), ("tue", run(one("a.wav", content="a")))])
    assert (merged.run.coverage.failed, merged.run.coverage.scored) == (0, 1)
    assert len(SUPPORT) == len(merged.run.rubric.criteria)
