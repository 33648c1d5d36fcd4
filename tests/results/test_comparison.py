from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from callqa.errors import UsageError
from callqa.results.comparison import Comparison, compare
from callqa.results.summary import RunSummary, summarise
from support.results_samples import call, rubric


def period(name: str, verdicts: dict[str, list[str]], **more: Any) -> RunSummary:
    of = rubric()
    calls = [
        call(f"{name}/{agent}/{n}.wav", letters, of, **more)
        for agent, all_letters in verdicts.items()
        for n, letters in enumerate(all_letters)
    ]
    return summarise(of, calls)


def states(compared: Comparison, name: str | None) -> dict[str | None, str]:
    [group] = [group for group in compared.groups if group.name == name]
    return {figure.criterion: figure.state for figure in group.figures}


def test_a_change_is_what_exceeds_noise() -> None:
    before = period("1", {"tom": ["pffp"] * 12, "ana": ["pppp"] * 6 + ["pfpp"] * 6})
    after = period("2", {"tom": ["pppp"] * 12, "ana": ["pppp"] * 7 + ["pfpp"] * 5})
    compared = compare(before, after)
    assert states(compared, "tom") == {
        None: "better",
        "greeting": "within noise",
        "apology": "better",
        "make_it_right": "better",
        "no_arguing": "within noise",
    }
    assert set(states(compared, "ana").values()) == {"within noise"}
    assert states(compare(after, before), "tom")["apology"] == "worse"


def test_the_clearest_change_comes_first() -> None:
    compared = compare(period("1", {"a": ["pffp"] * 12}), period("2", {"a": ["pppp"] * 9 + ["pfpp"] * 3}))
    assert [figure.criterion for group, figure in compared.changed if group.name == "a"] == [
        "make_it_right",
        None,
        "apology",
    ]


def test_the_same_twice_never_changed() -> None:
    letters = {"tom": ["pffp", "pppp", "pnnp"] * 10}
    compared = compare(period("1", letters), period("2", letters))
    assert compared.changed == []
    assert all(figure.difference == 0 for group in compared.groups for figure in group.figures)


def test_few_calls_never_tell() -> None:
    compared = compare(period("1", {"tom": ["pffp"] * 4}), period("2", {"tom": ["pppp"] * 4}))
    assert set(states(compared, "tom").values()) == {"too few"}
    assert (compared.changed, compared.tested) == ([], 0)
    # nine calls are enough for criteria, and not for a score
    compared = compare(period("1", {"tom": ["pffp"] * 9}), period("2", {"tom": ["pppp"] * 9}))
    assert states(compared, "tom")[None] == "too few"
    assert states(compared, "tom")["apology"] == "better"


def test_equal_scores_do_not_make_certain() -> None:
    # All calls alike on both sides: without a spread assumed, any difference at all would count as a change.
    compared = compare(period("1", {"tom": ["pfpp"] * 10}), period("2", {"tom": ["ppfp"] * 10}))
    [score] = [one for one in compared.groups[0].figures if one.criterion is None]
    assert score.difference == -10
    assert score.interval is not None
    assert score.interval[0] < -10 < score.interval[1]


def test_an_agent_of_one_period_only_is_shown() -> None:
    compared = compare(period("1", {"tom": ["pppp"] * 12}), period("2", {"zoe": ["pppp"] * 12}))
    assert [group.name for group in compared.groups] == [None, "tom", "zoe"]
    figure = compared.groups[1].figures[0]
    assert (figure.before.count, figure.after.count, figure.after.value, figure.difference) == (12, 0, None, None)


def test_by_criterion_there_are_all_calls_only() -> None:
    runs = period("1", {"tom": ["pppp"] * 12}), period("2", {"zoe": ["pppp"] * 12})
    assert [group.name for group in compare(*runs, by="criterion").groups] == [None]
    with pytest.raises(UsageError, match="not by week"):
        compare(*runs, by="week")
    with pytest.raises(UsageError, match="team"):
        compare(*runs, by="team")


def test_what_else_may_explain_a_difference_is_told() -> None:
    before = period("1", {"tom": ["pppp"] * 2})
    after = period("2", {"tom": ["pppp"] * 2}, engine="pocketsphinx", model="en-us", provisional=True)
    assert compare(before, after).notes == (
        "the earlier calls were transcribed by whisper base.en, the later by pocketsphinx en-us:"
        " that may explain a difference",
        "2 of 2 later calls are only provisional",
    )
    assert compare(before, before).notes == (
        "2 calls are in both periods, which makes them look more alike than they are",
    )


def test_one_recording_under_two_ids_is_no_call_in_both_periods() -> None:
    before = summarise(rubric(), [call("1/a.wav", content="c" * 64)])
    after = summarise(rubric(), [call("2/b.wav", content="c" * 64)])
    assert compare(before, after).notes == ("1 later call is the same recording as an earlier call with another id: b",)
    moved = summarise(rubric(), [call("2/a.wav", content="c" * 64)])
    assert compare(before, moved).notes[0].startswith("1 call is in both periods")


def test_two_rubrics_are_not_compared() -> None:
    before = period("1", {"tom": ["pppp"]})
    with pytest.raises(UsageError, match="not comparable"):
        compare(before, replace(before, rubric=replace(before.rubric, sha256="b" * 64)))
