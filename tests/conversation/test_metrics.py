from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.conversation.conversation import LEAST_SPEECH
from callqa.conversation.metrics import Metrics, measure
from callqa.core.timeline import Span, union
from support.small_calls import behavior, conversation, lines


def test_a_call_is_measured_in_parts() -> None:
    utterances = lines("agent: one two three four five", "customer: one two")
    measured = measure(conversation([(0, 10), (18, 20)], [(9, 15)], 30, utterances))
    assert measured == Metrics(
        agent_talk=12,
        customer_talk=6,
        silence=13,
        overtalk=1,
        interruptions_by_agent=0,
        interruptions_by_customer=1,
        agent_pace=25,
        customer_pace=20,
        pace_difference=5,
        dead_air=0,
        dead_air_agent=0,
        longest_dead_air=0,
        hold=0,
        holds=0,
        response_time=3,
        longest_response_time=3,
        agent_monologue=10,
        customer_monologue=6,
    )


@pytest.mark.parametrize(("seconds", "pace"), [(LEAST_SPEECH, 12), (LEAST_SPEECH - 0.1, None), (0, None)])
def test_a_pace_needs_some_speech(seconds: float, pace: float | None) -> None:
    spans = [(0.0, seconds)] if seconds else []
    assert measure(conversation(spans, [], 60, lines("agent: hello"))).agent_pace == pace


def test_seconds_have_two_places_and_a_pace_none() -> None:
    of = conversation([(0, 10 / 3), (4, 20 / 3)], [(6, 6 + 10 / 3)], 10.1234, lines("agent: " + "word " * 101))
    measured = measure(of)
    assert (measured.agent_talk, measured.customer_talk) == (6.0, 3.33)
    assert (measured.silence, measured.overtalk, measured.agent_pace) == (1.46, 0.67, 1010)


def test_a_pace_needs_words() -> None:
    measured = measure(conversation([(0, 10)], [(10, 20)], 20, lines("agent: hello there")))
    assert (measured.agent_pace, measured.customer_pace) == (12, None)


def test_silence_is_never_negative() -> None:
    assert measure(conversation([(0, 10)], [], 9.9, ())).silence == 0


def test_answers_and_first_words() -> None:
    behaviors = {
        "greeting": behavior("greeting", "good morning"),
        "offer_help": behavior("offer_help", "how can i help"),
    }
    said = lines("customer: Hello?", "agent: Good morning.", "agent: How can I help?", starts=[1, 3.8, 8])
    of = conversation([(4, 6), (8, 9), (12.5, 13)], [(1, 2), (10, 11.5)], 20, said, behaviors)
    measured = measure(of)
    assert (measured.response_time, measured.longest_response_time) == (1.5, 2)
    # The line begins 0.2 s before the words can be heard, and the call with the customer.
    assert (measured.first_greeting, measured.first_help) == (3, 7)
    doubtful = [replace(line, doubt="probably no speech") for line in said]
    assert measure(conversation([(4, 6)], [(1, 2)], 20, doubtful, behaviors)).first_greeting is None


def test_dead_air_and_holds_add_up_apart() -> None:
    wait = {"hold_request": behavior("hold_request", "bear with me")}
    said = lines("agent: What is it?", "agent: Please bear with me.", "customer: It broke.", starts=[0, 10, 50])
    measured = measure(conversation([(0, 2), (10, 12), (40, 42)], [(50, 52), (60, 61)], 70, said, wait))
    assert (measured.dead_air, measured.dead_air_agent, measured.longest_dead_air) == (24, 16, 8)
    assert (measured.hold, measured.holds, measured.silence) == (28, 1, 61)


SPANS = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), max_size=8).map(
    lambda pairs: [(one.start, one.end) for one in union(Span(start, start + length) for start, length in pairs)]
)


@given(SPANS, SPANS)
def test_the_parts_add_up_to_the_call(agent: list[tuple[float, float]], customer: list[tuple[float, float]]) -> None:
    measured = measure(conversation(agent, customer, 60, ()))
    assert measured.agent_talk + measured.customer_talk - measured.overtalk + measured.silence == pytest.approx(60)
