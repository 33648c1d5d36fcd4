from __future__ import annotations

from collections import Counter
from dataclasses import replace
from statistics import fmean

from hypothesis import given
from hypothesis import strategies as st

from callqa.evaluation.sampling import reasons_to_listen, sample
from callqa.scoring.scorecard import CallResult
from callqa.transcripts.transcript import Utterance
from support.results_samples import call, rubric, unscored

OF = rubric()
CALLS = [
    *(call(f"calls/ana/{n:02}.wav", "pppp", OF) for n in range(12)),
    *(call(f"calls/ben/{n:02}.wav", "pffp", OF) for n in range(6)),
    call("calls/cem/01.wav", "pppf", OF),
    call("calls/cem/02.wav", "rrpp", OF),
    unscored("calls/cem/03.wav", "failed", "it is empty"),
]

verdicts = st.text("pfnr", min_size=4, max_size=4)


def paths(picked: object, part: str | None = None) -> list[str]:
    return [one.call.path for one in picked if part in (None, one.part)]  # type: ignore[attr-defined]


def test_the_parts_are_separate_and_no_call_is_picked_twice() -> None:
    picked = sample(CALLS, 8, seed=7)
    assert Counter(one.part for one in picked) == {"random": 4, "risk": 4}
    assert len(set(paths(picked))) == 8


def test_the_riskiest_of_each_agent_come_first() -> None:
    picked = sample(CALLS, 3, seed=7, at_random=0)
    assert [one.call.path for one in picked] == ["calls/cem/01.wav", "calls/ben/00.wav", "calls/cem/02.wav"]
    assert picked[0].why == "auto-fail"
    assert picked[1].why == "score 40"


def test_calls_without_risk_do_not_fill_up_the_risk_part() -> None:
    assert sample(CALLS[:12], 6, seed=1, at_random=2)[2:] == []


def test_the_same_seed_draws_the_same_calls_in_any_order() -> None:
    assert paths(sample(CALLS, 8, seed=7)) == paths(sample(CALLS[::-1], 8, seed=7))
    assert len({tuple(paths(sample(CALLS, 8, seed=seed), "random")) for seed in range(20)}) > 10


def test_chance_is_spread_over_agents_by_their_calls() -> None:
    for seed in range(30):
        agents = Counter(path.split("/")[1] for path in paths(sample(CALLS, 10, seed, at_random=10)))
        assert agents["ana"] in (5, 6, 7)
        assert agents["ben"] in (2, 3, 4)


def test_every_call_is_equally_likely_so_that_means_are_unbiased() -> None:
    drawn = Counter(path for seed in range(2000) for path in paths(sample(CALLS, 5, seed, at_random=5)))
    assert set(drawn) == {one.path for one in CALLS if one.status == "scored"}
    assert all(abs(count - 500) < 110 for count in drawn.values())
    scored = [one.score for one in CALLS if one.score is not None]
    means = [fmean(one.call.score or 0.0 for one in sample(CALLS, 5, seed, at_random=5)) for seed in range(2000)]
    assert abs(fmean(means) - fmean(scored)) < 1.5


@given(st.lists(verdicts, max_size=30), st.integers(1, 40), st.integers(), st.none() | st.integers(0, 40))
def test_no_more_calls_than_asked_for_are_picked_and_only_scored_ones(
    given_verdicts: list[str], n: int, seed: int, at_random: int | None
) -> None:
    calls = [call(f"c/{index % 3}/{index}.wav", one, OF) for index, one in enumerate(given_verdicts)]
    picked = sample([*calls, unscored("x.wav", "unscorable", "too short")], n, seed, at_random)
    assert len(picked) <= n
    assert len({one.call.path for one in picked}) == len(picked)
    assert all(one.call.status == "scored" and one.why for one in picked)


def test_reasons_are_in_words() -> None:
    badly = (Utterance("agent", "hello", doubt="repetition loop"), Utterance("agent", "bye"))
    odd: CallResult = replace(call("a/1.wav", "prfp", OF), provisional=True, utterances=badly)
    assert reasons_to_listen(odd) == ["1 to review", "provisional", "1 utterance recognised badly"]
    assert reasons_to_listen(call("a/2.wav", "pppp", OF)) == []
