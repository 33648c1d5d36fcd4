from __future__ import annotations

import pytest

from callqa.conversation.conversation import ANNOUNCED, HOLD, Conversation
from callqa.core.timeline import Span
from callqa.transcripts.transcript import Utterance
from support.small_calls import behavior, conversation

WAIT = {"hold_request": behavior("hold_request", "bear with me", {"say": "a moment", "confidence": 0.5})}


def call(
    agent: list[tuple[float, float]],
    customer: list[tuple[float, float]],
    *said: tuple[str, float, float, str],
    duration: float = 60,
) -> Conversation:
    lines = [Utterance("agent" if who == "agent" else "customer", text, start, end) for who, start, end, text in said]
    return conversation(agent, customer, duration, lines, WAIT)


ASKED = ("agent", 2.0, 4.0, "Please bear with me.")


def test_a_hold_goes_from_the_request_to_the_agents_next_words() -> None:
    of = call([(2, 4), (34, 36)], [(4.5, 5.2)], ASKED)
    assert of.holds == [Span(4, 34)]
    assert of.on_hold(Span(5.2, 34))
    assert not of.on_hold(Span(5.2, 35))


def test_a_word_of_thanks_before_it_moves_its_beginning() -> None:
    assert call([(2, 4), (6, 6.5), (40, 41)], [(4.5, 5.2)], ASKED).holds == [Span(6.5, 40)]


@pytest.mark.parametrize(
    ("agent", "customer", "said"),
    [
        ([(2, 4), (4 + HOLD - 0.1, 20)], [], ASKED),  # too short
        ([(2, 4), (34, 36)], [], ("agent", 2.0, 4.0, "It is on its way.")),  # not asked for
        ([(2, 4), (34, 36)], [(4, 5)], ("customer", 2.0, 4.0, "Bear with me.")),  # asked for by the customer
        ([(2, 4), (34, 36)], [], ("agent", 2.0, 4.0, "It came a moment ago.")),  # a weak wording
        ([(2, 4), (34, 36)], [(5, 30)], ASKED),  # the agent listens
        ([(2, 4), (5, 5 + ANNOUNCED), (44, 46)], [], ASKED),  # long after
        ([], [(2, 4)], ASKED),
    ],
)
def test_what_is_no_hold(agent: list[tuple[float, float]], customer: list[tuple[float, float]], said: object) -> None:
    assert call(agent, customer, said).holds == []  # type: ignore[arg-type]


def test_what_was_heard_badly_asks_for_nothing() -> None:
    doubtful = Utterance("agent", "Please bear with me.", 2, 4, doubt="probably no speech")
    assert conversation([(2, 4), (34, 36)], [], 60, [doubtful], WAIT).holds == []


def test_a_customer_who_gives_up_was_on_hold_to_the_end() -> None:
    assert call([(2, 4)], [(20, 21)], ASKED, duration=50).holds == [Span(4, 50)]
