from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.behaviors.detection import detect
from callqa.conversation.analysed_call import AnalysedCall, analyse
from callqa.conversation.attribution import speech_of_utterances
from callqa.rubrics.measure_schema import Measure
from callqa.rubrics.rubric_schema import Criterion
from callqa.scoring.criteria import judge
from callqa.scoring.measures import judge_measure
from callqa.scoring.scorecard import CriterionResult
from callqa.transcripts.transcript import Transcript
from support.small_calls import BEHAVIORS, behavior, guessed, lines, small_call


def timed(*said: str) -> AnalysedCall:
    """A call of lines such as `0-5 agent: Hello.`, analysed."""
    spans = [tuple(map(float, line.split(" ", 1)[0].split("-"))) for line in said]
    uttered = lines(*(line.split(" ", 1)[1] for line in said), starts=[start for start, _ in spans])
    transcript = Transcript(tuple(replace(one, end=end) for one, (_, end) in zip(uttered, spans, strict=True)))
    return analyse(transcript, BEHAVIORS, speech_of_utterances(transcript))


def judged(of: AnalysedCall, asked: dict[str, Any], **more: Any) -> CriterionResult:
    return judge(Criterion.model_validate({"id": "one", "title": "One", "measure": asked, **more}), of)


def verdict(of: AnalysedCall, asked: dict[str, Any]) -> str:
    return judged(of, asked).verdict


QUIET = timed("0-4 agent: I will look.", "14-16 agent: Found it.", "25-27 customer: Good.", "28-30 agent: Yes.")
TALKED_OVER = timed(
    "0-10 customer: It came on Monday and then", "6-12 agent: Let me stop you there.", "13-14 agent: So."
)
EVERYTHING = [
    {"dead_air": {}},
    {"overtalk": {}},
    {"interruptions": {}},
    {"hold": {}},
    {"response_time": {"longer_than": "2s"}},
    {"monologue": {"longer_than": "5s"}},
    {"talk_share": {"max": "70%"}},
    {"pace": {"min": 100}},
    {"pace_match": {"within": "30%"}},
]


def test_a_silence_too_long_is_a_fail_at_its_own_time() -> None:
    result = judged(QUIET, {"dead_air": {"longer_than": "8s"}})
    assert result.verdict == "fail"
    assert result.reason == "2 silences longer than 8 s, the longest 10 s, at 00:04, the agent's turn"
    first, second = result.evidence
    assert (first.utterance, first.speaker, first.start, first.end) == (0, "agent", 4.0, 14.0)
    assert (first.quote, first.behavior, first.measured) == ("I will look.", None, "dead air")
    assert (second.utterance, second.start, second.end) == (1, 16.0, 25.0)
    assert result.moment == first


@pytest.mark.parametrize(
    ("seconds", "allow", "expected"), [(8, 2, "pass"), (8, 1, "fail"), (9, 1, "pass"), (10, 0, "pass")]
)
def test_so_many_silences_are_allowed(seconds: int, allow: int, expected: str) -> None:
    assert verdict(QUIET, {"dead_air": {"longer_than": seconds, "allow": allow}}) == expected


def test_a_silence_that_was_announced_can_be_excused() -> None:
    said = ["0-4 agent: So sorry.", "14-16 agent: Found it.", "25-27 customer: Good."]
    asked = {"dead_air": {"longer_than": "8s", "unless": "regret"}}
    result = judged(timed(*said), asked)
    assert result.reason == "1 silence longer than 8 s (1 more was announced), 9 s long, at 00:16, the agent's turn"
    assert verdict(timed(*said[:2]), asked) == "pass"
    assert judged(timed(*said[:2]), asked).reason == "no silence longer than 8 s (1 more was announced)"
    # Said by the customer, or a turn too early, it excuses nothing.
    assert verdict(timed("0-4 customer: So sorry.", "14-16 agent: Found it."), asked) == "fail"
    sure = ["0-4 agent: So sorry.", "5-6 customer: Fine.", "6-7 agent: Well.", "20-21 agent: Found it."]
    assert verdict(timed(*sure), asked) == "pass"
    early = ["0-4 agent: So sorry.", "5-14 customer: Fine.", "14-15 agent: Well.", "25-26 agent: Found it."]
    assert verdict(timed(*early), asked) == "fail"


def test_dead_air_is_somebodys() -> None:
    said = ["0-4 agent: What is your number?", "14-16 customer: It is four.", "25-27 agent: Good."]
    result = judged(timed(*said), {"dead_air": {"longer_than": "8s"}})
    assert result.reason == "2 silences longer than 8 s, the longest 10 s, at 00:04, the customer's turn"
    by_agent = judged(timed(*said), {"dead_air": {"longer_than": "8s", "by": "agent"}})
    assert by_agent.reason == "1 silence longer than 8 s in the agent's turn, 9 s long, at 00:16"
    assert verdict(timed(*said), {"dead_air": {"longer_than": "9s", "by": "agent"}}) == "pass"


WAIT = {"hold_request": behavior("hold_request", "bear with me")}


def test_a_hold_is_no_dead_air() -> None:
    said = ["0-4 agent: Please bear with me.", "5-6 customer: Sure.", "34-36 agent: Found it."]
    of = timed(*said)
    of = replace(of, hits=tuple(detect(of.utterances, WAIT)))
    assert verdict(of, {"dead_air": {}}) == "pass"
    result = judged(of, {"hold": {"longer_than": "20s"}})
    assert (result.verdict, result.reason) == ("fail", "1 hold longer than 20 s, 30 s long, at 00:04")
    assert (result.evidence[0].utterance, result.evidence[0].measured) == (0, "hold")
    assert verdict(of, {"hold": {"longer_than": "30s"}}) == "pass"
    assert verdict(of, {"response_time": {"longer_than": "2s"}}) == "pass"
    assert verdict(replace(of, provisional=True), {"hold": {"longer_than": "20s"}}) == "review"


def test_waits_for_an_answer() -> None:
    said = ["0-4 customer: It broke.", "7-9 agent: I see.", "10-12 customer: Well?", "13-14 agent: Yes."]
    result = judged(timed(*said), {"response_time": {"longer_than": "2s"}})
    assert result.verdict == "fail"
    assert result.reason == "1 wait for the agent's answer longer than 2 s, 3 s long, at 00:04"
    assert (result.evidence[0].start, result.evidence[0].end) == (4.0, 7.0)
    assert verdict(timed(*said), {"response_time": {"longer_than": "2s", "allow": 1}}) == "pass"


def test_monologues() -> None:
    said = ["0-9 agent: One two.", "9.5-20 agent: Three four.", "22-24 customer: Five.", "25-30 agent: Six."]
    result = judged(timed(*said), {"monologue": {"longer_than": "15s"}})
    assert (result.verdict, result.evidence[0].utterance) == ("fail", 0)
    assert result.reason == "1 monologue by the agent longer than 15 s, 20 s long, at 00:00"
    assert verdict(timed(*said), {"monologue": {"by": "customer", "longer_than": "1s"}}) == "fail"


def test_speaking_at_once() -> None:
    result = judged(TALKED_OVER, {"overtalk": {"longer_than": "2s"}})
    assert result.reason == "1 moment in which both speak for longer than 2 s, 4 s long, at 00:06"
    assert verdict(TALKED_OVER, {"overtalk": {"longer_than": "4s"}}) == "pass"
    assert verdict(TALKED_OVER, {"overtalk": {"longer_than": "2s", "allow": 1}}) == "pass"


def test_interruptions_are_somebodys() -> None:
    result = judged(TALKED_OVER, {"interruptions": {"by": "agent"}})
    assert (result.verdict, result.reason) == ("fail", "1 interruption by the agent, 4 s long, at 00:06")
    assert (result.evidence[0].utterance, result.evidence[0].quote) == (1, "Let me stop you there.")
    assert verdict(TALKED_OVER, {"interruptions": {"by": "customer"}}) == "pass"
    assert verdict(TALKED_OVER, {"interruptions": {"allow": 1}}) == "pass"


SHARES = timed("0-9 agent: One two three.", "9-12 customer: Four.")


@pytest.mark.parametrize(
    ("asked", "expected", "bounds"),
    [
        ({"max": "70%"}, "fail", "at most 70%"),
        ({"max": "75%"}, "pass", "at most 75%"),
        ({"min": "30%", "who": "customer"}, "fail", "at least 30%"),
        ({"min": 20, "max": 30, "who": "customer"}, "pass", "20 to 30%"),
    ],
)
def test_shares_of_talk(asked: dict[str, Any], expected: str, bounds: str) -> None:
    result = judged(SHARES, {"talk_share": asked})
    who, share = (asked.get("who", "agent"), 25 if asked.get("who") else 75)
    assert (result.verdict, result.reason) == (expected, f"the {who} speaks {share}% of the time spoken ({bounds})")
    assert [one.utterance for one in result.evidence] == ([int(who == "customer")] if expected == "fail" else [])


WORDS = " ".join(["word"] * 20)


def test_paces() -> None:
    of = timed(f"0-6 agent: {WORDS}", f"6-18 customer: {WORDS}", "20-26 agent: one two three")
    result = judged(of, {"pace": {"max": 110}})
    assert (result.verdict, result.reason) == ("fail", "the agent speaks 115 words a minute (at most 110)")
    assert result.evidence[0].utterance == 0
    assert judged(of, {"pace": {"min": 120}}).evidence[0].utterance == 2
    assert verdict(of, {"pace": {"min": 110, "max": 190}}) == "pass"
    assert verdict(of, {"pace": {"who": "customer", "min": 110}}) == "fail"
    match = judged(of, {"pace_match": {"within": "10%"}})
    assert match.verdict == "fail"
    assert match.reason == "the agent speaks 115 words a minute, the customer 100: 15% faster (up to 10%)"
    assert verdict(of, {"pace_match": {"within": "15%"}}) == "pass"
    assert verdict(replace(of, provisional=True), {"pace": {"max": 110}}) == "review"
    assert verdict(replace(of, provisional=True), {"pace_match": {"within": "15%"}}) == "review"


def test_too_little_speech_has_no_pace() -> None:
    of = timed("0-4 agent: one two", f"5-15 customer: {WORDS}")
    assert verdict(of, {"pace": {"min": 110}}) == "na"
    assert verdict(of, {"pace_match": {"within": "15%"}}) == "na"


@pytest.mark.parametrize("asked", EVERYTHING)
def test_without_times_nothing_is_measured(asked: dict[str, Any]) -> None:
    result = judged(small_call("agent: Hello.", "customer: Hello.", timed=False), asked)
    assert (result.verdict, result.reason) == ("na", "cannot be measured: the transcript has no times")
    assert verdict(replace(QUIET, speech=None), asked) == "na"


@pytest.mark.parametrize("asked", EVERYTHING)
def test_where_it_is_a_guess_who_speaks_only_what_is_nobodys_is_measured(asked: dict[str, Any]) -> None:
    unsure = replace(QUIET, transcript=Transcript(guessed(QUIET.utterances)))
    assert (verdict(unsure, asked) == "na") == (next(iter(asked)) not in ("dead_air", "overtalk"))


def test_what_is_measured_may_need_an_occasion() -> None:
    when = {"when": {"behavior": "mishap"}}
    assert judged(QUIET, {"dead_air": {}}, **when).verdict == "na"
    broke = ["0-4 customer: It fell apart.", "14-16 agent: Found it."]
    result = judged(timed(*broke), {"dead_air": {}}, **when)
    assert (result.verdict, [one.part for one in result.evidence]) == ("fail", ["trigger", "answer"])
    weak = ["0-4 customer: Oh no.", "14-16 agent: Found it."]
    assert judged(timed(*weak), {"dead_air": {}}, **when).verdict == "review"


SPANS = st.lists(
    st.tuples(st.sampled_from(["agent", "customer"]), st.integers(0, 500), st.integers(0, 60)), min_size=1, max_size=12
)


@given(SPANS, st.sampled_from(EVERYTHING))
def test_every_call_gets_a_verdict_whose_evidence_lies_in_it(spans: list[Any], asked: dict[str, Any]) -> None:
    said = [
        f"{start}-{start + length} {who}: one two three" for who, start, length in sorted(spans, key=lambda s: s[1])
    ]
    of = timed(*said)
    result_verdict, reason, evidence = judge_measure(Measure.model_validate(asked), of)
    assert result_verdict in ("pass", "fail", "na", "review")  # review: channels that say the same seem to leak
    assert reason
    assert bool(evidence) or result_verdict != "fail" or next(iter(asked)) == "pace"
    last = max(one.end or 0 for one in of.utterances)
    for one in evidence:
        assert 0 <= (one.start or 0) <= (one.end or 0) <= last + 0.001
        assert one.quote == of.utterances[one.utterance].text


def test_what_sounds_like_leaking_channels_is_for_a_person() -> None:
    leaking = timed(
        "0-20 customer: It came on Monday and then it broke.", "1-18 agent: It came on Monday.", "30-40 agent: So."
    )
    for asked in ({"overtalk": {"longer_than": "2s"}}, {"interruptions": {"by": "agent"}}):
        result = judged(leaking, asked)
        assert result.verdict == "review"
        assert result.reason.endswith(", but the channels seem to leak into one another: listen to it")
        assert result.evidence
    assert verdict(leaking, {"overtalk": {"longer_than": "30s"}}) == "pass"
