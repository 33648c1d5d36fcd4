from __future__ import annotations

from dataclasses import replace
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.results.summary import Counts, mean_interval, summarise
from support.results_samples import call, rubric, unscored

SCORES = st.lists(st.floats(0, 100).map(lambda score: round(score, 1)), min_size=2, max_size=40)


# The interval


@pytest.mark.parametrize("scores", [[], [70.0]])
def test_one_score_has_no_interval(scores: list[float]) -> None:
    assert mean_interval(scores) is None


def test_the_interval_is_students_with_a_typical_call_mixed_in() -> None:
    # sum of squares 10 * 20²; mixed: (10 * 20² + 20²) / 10 = 440; 2.262 * sqrt(440 / 10) = 15.0
    assert mean_interval([60.0, 100.0] * 5) == (65.0, 95.0)
    assert mean_interval([40.0, 60.0]) == (0.0, 100.0)
    # variance 0 of nine calls; mixed: 20² / 9; 2.306 * 20 / 9 = 5.12
    assert mean_interval([80.0] * 9) == (74.9, 85.1)
    # 40 calls: beyond the table, 1.96 * 20 / 40 = 0.98
    assert mean_interval([50.0] * 40) == (49.0, 51.0)


def test_more_calls_than_the_table_of_quantiles_has() -> None:
    assert mean_interval([50.0] * 31) == (48.7, 51.3)  # 2.042 * 20 / 31 = 1.317
    assert mean_interval([50.0] * 61) == (49.3, 50.7)  # 2.000 * 20 / 61 = 0.656


def test_calls_with_equal_scores_do_not_look_certain() -> None:
    for count in range(2, 40):
        interval = mean_interval([80.0] * count)
        assert interval is not None
        assert interval[0] < 80 < interval[1]


@given(SCORES)
def test_the_interval_lies_in_0_to_100_and_holds_the_mean(scores: list[float]) -> None:
    interval = mean_interval(scores)
    assert interval is not None
    low, high = interval
    assert 0 <= low <= round(fmean(scores), 1) <= high <= 100


@given(SCORES, st.integers(2, 4))
def test_more_calls_of_the_same_spread_make_it_narrower(scores: list[float], times: int) -> None:
    few, many = mean_interval(scores), mean_interval(scores * times)
    assert few is not None
    assert many is not None
    assert few[0] <= many[0]
    assert many[1] <= few[1]


@given(SCORES, st.randoms())
def test_the_order_of_the_calls_does_not_matter(scores: list[float], random: object) -> None:
    assert mean_interval(sorted(scores)) == mean_interval(scores)


# Adding up

OF = rubric()


def test_each_agents_calls_are_added_up() -> None:
    calls = [
        call("calls/maria/1.wav", "pffp", OF),
        call("calls/maria/2.wav", "ppnf", OF),
        call("calls/maria/3.wav", "prnp", OF, provisional=True),
        call("calls/tom/1.wav", "pnnp", OF),
        unscored("calls/maria/4.wav", "failed", "it is empty; copy it again"),
    ]
    maria, tom = summarise(OF, calls).agents
    assert (maria.agent, maria.calls, maria.scored) == ("maria", 4, 3)
    assert maria.mean_score == 46.7  # 40, 0 and 100
    assert maria.interval == mean_interval([40.0, 0.0, 100.0])
    assert maria.criteria == {
        "greeting": Counts(passed=3),
        "apology": Counts(passed=1, failed=1, review=1),
        "make_it_right": Counts(failed=1, na=2),
        "no_arguing": Counts(passed=2, failed=1),
    }
    assert maria.criteria["apology"].opportunities == 2
    assert (maria.auto_fails, maria.to_review, maria.provisional) == (1, 1, 1)
    assert (tom.mean_score, tom.interval, tom.calls) == (100.0, None, 1)


def test_critical_misses_are_counted_one_by_one() -> None:
    of = rubric([{"id": f"c{n}", "title": "C", "critical": n < 2, "expect": {"say": "hi"}} for n in range(3)])
    (agent,) = summarise(of, [call("x/1.wav", "fff", of), call("x/2.wav", "fpf", of)]).agents
    assert agent.critical_misses == 3


def test_an_agent_whose_calls_could_not_be_scored_has_no_mean() -> None:
    calls = [unscored("ben/1.wav", "unscorable", "too short", "too short"), call("ben/2.wav", "nnnr", OF)]
    (ben,) = summarise(OF, calls).agents
    assert (ben.calls, ben.scored, ben.mean_score, ben.interval) == (2, 1, None, None)
    assert ben.criteria["greeting"] == Counts(na=1)


def test_agents_come_in_alphabetical_order_and_the_unknown_last() -> None:
    calls = [call(path, "pppp", OF) for path in ("zoë/1.wav", "1.wav", "Ben/1.wav", "ana/1.wav", "ben/2.wav")]
    assert [agent.agent for agent in summarise(OF, calls).agents] == ["ana", "Ben", "ben", "zoë", "unknown"]


def test_coverage_says_what_became_of_everything() -> None:
    calls = [
        call("a/1.wav", "pppp", OF),
        unscored("a/2.wav", "unscorable", "too short: 4.2 s, and the rubric asks for 20 s", "too short"),
        unscored("a/3.wav", "unscorable", "too short: 3 s, and the rubric asks for 20 s", "too short"),
        unscored("a/4.wav", "unscorable", "an answering machine answers", "voicemail"),
        unscored("a/5.wav", "unscorable", "something else"),
        unscored("a/6.wav", "failed", "it is empty; copy it again"),
    ]
    run = summarise(OF, calls, skipped=3)
    coverage = run.coverage
    assert (coverage.found, coverage.scored, coverage.unscorable, coverage.failed) == (6, 1, 4, 1)
    assert coverage.reasons == {"other": 1, "too short": 2, "voicemail": 1}
    assert (run.skipped, run.interrupted) == (3, False)
    assert run.calls == tuple(calls)


def test_an_interrupted_run_says_what_it_did_not_reach() -> None:
    run = summarise(OF, [call("a/1.wav", "pppp", OF)], not_reached=1)
    assert (run.coverage.found, run.coverage.scored, run.interrupted) == (2, 1, True)


def test_a_run_of_nothing() -> None:
    run = summarise(OF, [])
    assert (run.coverage.found, run.agents, run.mean_score, run.audio_seconds, run.provisional) == (0, (), None, 0, 0)
    assert (run.skipped, run.interrupted) == (0, False)


def test_the_whole_run_has_a_mean_and_a_length() -> None:
    calls = [
        call("a/1.wav", "pffp", OF, duration=10.0, provisional=True),
        call("b/1.wav", "pppp", OF, duration=None, provisional=True),
        call("b/0.wav", "pppf", OF, duration=0.5),
        call("b/2.wav", "nnnr", OF, duration=5.5),
        replace(unscored("b/3.wav", "unscorable", "no"), duration=2.0, provisional=True),
    ]
    run = summarise(OF, calls)
    # 40, 100 and, by the auto-fail, 0
    assert (run.mean_score, run.audio_seconds, run.provisional) == (46.7, 18.0, 2)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text("pfnr", min_size=4, max_size=4)), max_size=12))
def test_the_agents_add_up_to_the_run(calls: list[tuple[str, str]]) -> None:
    run = summarise(OF, [call(f"{agent}/{n}.wav", verdicts, OF) for n, (agent, verdicts) in enumerate(calls)])
    assert sum(agent.calls for agent in run.agents) == run.coverage.found
    assert sum(agent.scored for agent in run.agents) == run.coverage.scored
    for agent in run.agents:
        for counts in agent.criteria.values():
            assert counts.passed + counts.failed + counts.na + counts.review == agent.scored
