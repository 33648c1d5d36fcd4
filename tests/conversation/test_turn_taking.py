from __future__ import annotations

import pytest

from callqa.conversation.conversation import BACKCHANNEL, TURN_PAUSE, Party
from callqa.conversation.turn_taking import (
    asks,
    interruptions,
    keeps_turn,
    monologues,
    only_listens,
    owed_by,
    responses,
)
from callqa.core.timeline import Span
from callqa.language.normalization import NormalizedText
from callqa.transcripts.transcript import Utterance, Word
from support.small_calls import conversation

AGENT = [(0.0, 4.0)]
CUSTOMER = [(0.0, 4.0)]
QUIET = Span(4, 14)


def line(speaker: Party, start: float, end: float, text: str, doubt: str | None = None) -> Utterance:
    return Utterance(speaker, text, start, end, doubt=doubt)


@pytest.mark.parametrize(
    ("text", "asking"),
    [
        ("What is your order number?", True),
        ("Can I take your name? Take your time.", True),
        ("what is your order number", True),
        ("right could you read me the number on the label", True),
        ("Read me the last four digits of your card, please.", True),
        ("Please tell me your postcode.", True),
        ("I just need your email address.", True),
        ("how long have you had it now", True),
        ("It never came.", False),
        ("it never came and nobody could tell me why", False),
        ("I will look into that for you.", False),
        ("What did you order? I see. A kettle. I will send another one.", False),
        ("can you hear me yes well as i said the parcel was meant to come on the second of may and it did not", False),
        ("", False),
        ("?", True),
    ],
)
def test_what_asks_for_an_answer(text: str, asking: bool) -> None:
    assert asks(NormalizedText(text)) is asking


@pytest.mark.parametrize(
    ("text", "keeping"),
    [
        ("Hang on.", True),
        ("sure let me just find the letter", True),
        ("One moment.", True),
        ("I'll go and get it.", True),
        ("Let me tell you, it was cold.", False),
        ("It came a moment ago.", False),
        ("", False),
    ],
)
def test_who_goes_to_look_for_something_keeps_the_turn(text: str, keeping: bool) -> None:
    assert keeps_turn(NormalizedText(text)) is keeping


@pytest.mark.parametrize(
    ("said", "owed"),
    [
        (line("agent", 0, 4, "What is your order number?"), "customer"),
        (line("agent", 0, 4, "can i take your name please"), "customer"),
        (line("agent", 0, 4, "I see. It is with our courier."), "agent"),
        (line("agent", 0, 4, "Could you bear with me for a moment?"), "agent"),
        (line("agent", 0, 4, "What is your order number?", doubt="low probability"), None),
        (line("customer", 0, 4, "It never came."), "agent"),
        (line("customer", 0, 4, "When will it come?"), "agent"),
        (line("customer", 0, 4, "Let me get the letter."), "customer"),
        (line("customer", 0, 4, "Hang on, is it the blue one?"), "agent"),
    ],
)
def test_who_owed_the_next_word(said: Utterance, owed: Party | None) -> None:
    agent = AGENT if said.speaker == "agent" else [(14.0, 15.0)]
    customer = CUSTOMER if said.speaker == "customer" else [(14.0, 15.0)]
    assert owed_by(QUIET, conversation(agent, customer, utterances=[said])) == owed


def test_without_words_only_the_customers_turn_is_known_to_be_over() -> None:
    assert owed_by(QUIET, conversation(AGENT, [(14, 15)])) is None
    assert owed_by(QUIET, conversation([(14, 15)], CUSTOMER)) == "agent"


def test_the_turn_goes_by_who_really_spoke_last() -> None:
    said = [line("agent", 0, 2, "What is your order number?"), line("customer", 2.5, 4, "I have no number.")]
    assert owed_by(QUIET, conversation([(0, 2)], [(2.5, 4)], utterances=said)) == "agent"
    # A later line of the same party tells nothing of a silence before it.
    said = [line("agent", 0, 4, "What is your order number?"), line("agent", 14, 15, "Hello.")]
    assert owed_by(QUIET, conversation([(0, 4), (14, 15)], [], utterances=said)) == "customer"


def worded(text: str, start: float, each: float = 0.4) -> Utterance:
    words = tuple(Word(word, start + n * each, start + (n + 1) * each) for n, word in enumerate(text.split()))
    return Utterance("agent", text, start, start + len(words) * each, words)


@pytest.mark.parametrize(
    ("text", "seconds", "listens"),
    [
        ("mm-hm", 0.9, True),
        ("Stop.", BACKCHANNEL, True),
        ("right okay I see", 1.6, True),
        ("Right, okay, but listen", 1.6, False),
        ("", 1.6, False),
    ],
)
def test_signs_of_listening_are_short_or_made_of_such_words(text: str, seconds: float, listens: bool) -> None:
    of = conversation([(2, 2 + seconds)], [(0, 9)], utterances=[worded(text, 2)] if text else [])
    assert only_listens("agent", Span(2, 2 + seconds), of) is listens
    assert interruptions("agent", of) == ([] if listens else [Span(2, 2 + seconds)])


def test_only_the_words_inside_count() -> None:
    utterances = [worded("okay right yes well now to your order", 2)]
    of = conversation([(2, 3.6), (3.9, 6)], [(0, 3.7)], utterances=utterances)
    assert only_listens("agent", Span(2, 3.6), of)
    assert not only_listens("agent", Span(3.7, 6), of)


def test_answers_are_the_pauses_before_the_agents_words() -> None:
    of = conversation([(0, 2), (7, 9), (13, 15)], [(3, 6), (9.5, 11), (11.5, 12)])
    assert responses(of) == [Span(6, 7), Span(12, 13)]


def test_cutting_in_is_no_answer() -> None:
    assert responses(conversation([(4, 9)], [(0, 5)])) == []
    assert responses(conversation([(5, 9)], [(0, 5)])) == []
    assert responses(conversation([(0, 2)], [(3, 6)])) == []


def test_a_monologue_survives_pauses_and_signs_of_listening() -> None:
    agent = [(0, 10), (10 + TURN_PAUSE, 20), (21.1, 22)]
    of = conversation(agent, [(5, 5.5), (10.2, 10.9)])
    assert monologues("agent", of) == [Span(0, 20), Span(21.1, 22)]


def test_the_others_words_end_a_monologue() -> None:
    of = conversation([(0, 10), (10.5, 20)], [(9.5, 11)])
    assert monologues("agent", of) == [Span(0, 10), Span(10.5, 20)]
    assert monologues("customer", of) == [Span(9.5, 11)]
    assert monologues("customer", conversation([], [])) == []
