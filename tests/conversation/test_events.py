from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.conversation.conversation import BACKCHANNEL, DEAD_AIR, OVERTALK
from callqa.conversation.events import Event, find_events
from callqa.conversation.turn_taking import interruptions
from callqa.core.timeline import Span, union
from support.small_calls import behavior, lines
from support.small_calls import conversation as speech


def test_a_long_silence_between_words_is_dead_air() -> None:
    assert find_events(speech([(0, 2)], [(2 + DEAD_AIR, 9)])) == [Event("dead_air", 2, 2 + DEAD_AIR, owed=None)]
    assert find_events(speech([(0, 2)], [(1.9 + DEAD_AIR, 9)])) == []


def test_ringing_before_and_noise_after_the_words_are_not() -> None:
    assert find_events(speech([(20, 22)], [(22, 24)], duration=90)) == []


def test_dead_air_tells_whose_turn_it_was() -> None:
    said = lines("agent: What is your number?", starts=[0])
    [gap] = find_events(speech([(0, 2)], [(12, 14)], utterances=said))
    assert gap == Event("dead_air", 2, 12, owed="customer")


def test_a_hold_is_no_dead_air() -> None:
    wait = {"hold_request": behavior("hold_request", "bear with me")}
    said = lines("agent: Please bear with me.", starts=[0])
    [hold] = find_events(speech([(0, 2), (30, 31)], [(3, 4)], utterances=said, behaviors=wait))
    assert hold == Event("hold", 2, 30, by="agent")
    assert [event.event for event in find_events(speech([(0, 2), (30, 31)], [(3, 4)], utterances=said))] == ["dead_air"]


def test_both_at_once_is_overtalk_when_it_lasts() -> None:
    assert find_events(speech([(0, 2)], [(2 - OVERTALK, 2.4)])) == [Event("overtalk", 2 - OVERTALK, 2)]
    assert find_events(speech([(0, 2)], [(2.1 - OVERTALK, 2.4)])) == []


def test_breaking_in_and_going_on_is_an_interruption() -> None:
    found = find_events(speech([(0, 5)], [(4, 9)]))
    assert found == [Event("interruption", 4, 5, "customer"), Event("overtalk", 4, 5)]
    assert find_events(speech([(4, 9)], [(0, 5)]))[0] == Event("interruption", 4, 5, "agent")


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ((4, 9), 1),
        ((2, 2 + BACKCHANNEL), 0),
        ((2, 2.1 + BACKCHANNEL), 1),
        ((5 - OVERTALK, 9), 1),
        ((5.1 - OVERTALK, 9), 0),
        ((0, 9), 0),
        ((5, 9), 0),
        ((6, 9), 0),
    ],
)
def test_an_interruption_begins_inside_the_others_words(by: tuple[float, float], expected: int) -> None:
    assert len(interruptions("agent", speech([by], [(0, 5)]))) == expected


def test_a_call_without_speech_has_no_events() -> None:
    assert find_events(speech([], [])) == []
    assert find_events(speech([(1, 2)], [])) == []


SPANS = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), max_size=8).map(
    lambda pairs: [(one.start, one.end) for one in union(Span(start, start + length) for start, length in pairs)]
)


@given(SPANS, SPANS)
def test_events_are_sorted_and_mirror_when_the_parties_change_places(
    agent: list[tuple[float, float]], customer: list[tuple[float, float]]
) -> None:
    found, mirrored = find_events(speech(agent, customer)), find_events(speech(customer, agent))
    assert [event.start for event in found] == sorted(event.start for event in found)
    other = {"agent": "customer", "customer": "agent", None: None}
    assert {(event.event, event.start, event.end, other[event.by]) for event in found} == {
        (event.event, event.start, event.end, event.by) for event in mirrored
    }
    for event in found:
        span = Span(event.start, event.end)
        if event.event == "dead_air":
            assert not any(span.overlaps(Span(*one)) for one in agent + customer)
