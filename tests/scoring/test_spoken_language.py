"""Courteous lines as people speak them, which only look like arguing, cost nobody a call; rude ones are noticed."""

from __future__ import annotations

import pytest

from callqa.conversation.analysed_call import analyse
from callqa.rubrics.loader import load_rubric
from callqa.rubrics.rubric_schema import Rubric
from callqa.scoring.criteria import judge
from callqa.scoring.scorecard import CriterionResult
from callqa.transcripts.transcript import Transcript
from support.small_calls import lines

CALLS = {
    "complaint": "Hi, um, I'm calling about my order, it was supposed to come on Tuesday and it, it never turned up.",
    "question": "Hello, I'd like to ask about, about changing my delivery day.",
}

COURTEOUS = [
    "And, you know, it should be there tomorrow.",
    "That's-- let me see.",
    "Sh-- sorry, what was the postcode again?",
    "I don't care for the blue one either.",
    "You can jog on the treadmill.",
    "Do you really think this one would suit you better?",
    "Can you read a report?",
    "You know what, I'd do exactly the same in your place.",
    "I mean, you should've got a letter from us last week.",
    "Listen, don't worry about it, we'll get it sorted.",
    "Look, it's nobody's fault, the courier had a bad day.",
    "You're joking, that's brilliant, congratulations!",
    "Could you read me the, the number on the label?",
    "It's not that hard, I'll walk you through it.",
    "I'd calm down that itch with a bit of cream, ask the pharmacist.",
    "If you'd told me you had a puppy I'd have sent the tougher one!",
    "You better believe we'll be there by nine.",
    "I can't argue with that, it's a lovely day.",
    "Good luck with that exam on Saturday!",
    "Your problem is our problem, so let's fix it.",
    "I already told you the good news, didn't I, the refund's gone through.",
    "You're the only one who has the key, is that right?",
    "Let me spell it out for you, D, U, double N.",
    "We shut up shop at five, so come before.",
    "You must have lost it in the move, that happens to everybody.",
]

RUDE = [
    "Well, that's, you know, that's your own fault, isn't it.",
    "I mean, did you even read the, the instructions?",
    "Look, I've told you, like, three times now.",
    "You're not listening, are you, you're just not listening.",
    "Oh for-- just calm down, will you.",
    "That's your problem, mate, not mine.",
    "You should have thought of that before you bought it.",
    "Are you stupid or something?",
    "I don't have time for this nonsense.",
]


@pytest.fixture(scope="module")
def support() -> Rubric:
    """The shipped rubric."""
    return load_rubric("support")


def no_arguing(support: Rubric, opening: str, line: str) -> CriterionResult:
    """The verdict on a call in which the agent says this line."""
    said = lines(
        "agent: Good morning, this is Ann, how can I help?",
        f"customer: {opening}",
        "agent: Okay, let me have a look at that.",
        "customer: Thanks.",
        f"agent: {line}",
        "customer: Right, okay.",
        "agent: Is there anything else?",
        "customer: No, that's it, bye.",
    )
    [criterion] = [one for one in support.criteria if one.id == "no_arguing"]
    return judge(criterion, analyse(Transcript(said), support.behaviors))


@pytest.mark.parametrize("opening", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("line", COURTEOUS)
def test_courtesy_costs_no_call(support: Rubric, opening: str, line: str) -> None:
    assert no_arguing(support, opening, line).verdict != "fail"


def test_where_nothing_went_wrong_courtesy_is_mostly_not_even_doubted(support: Rubric) -> None:
    doubted = [one for one in COURTEOUS if no_arguing(support, CALLS["question"], one).verdict == "review"]
    assert len(doubted) <= len(COURTEOUS) // 5


@pytest.mark.parametrize("opening", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("line", RUDE)
def test_rudeness_is_noticed(support: Rubric, opening: str, line: str) -> None:
    assert no_arguing(support, opening, line).verdict in ("fail", "review")


def test_rudeness_that_the_customer_resents_costs_the_call(support: Rubric) -> None:
    said = lines(
        "agent: Hello, this is Ann.",
        "customer: My order never came.",
        "agent: Well, that's your own fault. You should have read the terms.",
        "customer: How dare you, this is a disgrace, I want to speak to your manager!",
    )
    [criterion] = [one for one in support.criteria if one.id == "no_arguing"]
    result = judge(criterion, analyse(Transcript(said), support.behaviors))
    assert result.verdict == "fail"
    assert "a phrase found it, and " in result.reason
