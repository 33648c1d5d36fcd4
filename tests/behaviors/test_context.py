"""The context of an utterance in its call."""

from __future__ import annotations

import pytest

from callqa.behaviors.context import Context, contexts
from callqa.language.normalization import NormalizedText
from support.small_calls import lines


def contexts_of(*said: str) -> list[Context]:
    """The contexts of lines such as `agent: Hello.`"""
    utterances = lines(*said)
    return contexts(utterances, [NormalizedText(utterance.text) for utterance in utterances])


def texts(spoken: tuple[NormalizedText, ...]) -> list[str]:
    """What a few lines say."""
    return [line.text for line in spoken]


def test_turns_are_numbered_for_each_speaker() -> None:
    found = contexts_of("agent: One.", "agent: Two.", "customer: Three.", "agent: Four.")
    assert [(context.turn, context.turns) for context in found] == [(0, 2), (0, 2), (0, 1), (1, 2)]
    assert [context.opens for context in found] == [True, False, True, True]


def test_a_line_knows_the_turns_and_the_lines_around_it() -> None:
    found = contexts_of("customer: A.", "customer: B.", "agent: C.", "agent: D.", "agent: E.", "customer: F.")
    middle = found[3]
    assert texts(middle.before) == ["A.", "B."]
    assert texts(middle.own_before) == ["C."]
    assert texts(middle.own_after) == ["E."]
    assert texts(middle.answer) == ["F."]


def test_the_ends_of_a_call_and_of_a_turn_have_nothing_beyond() -> None:
    first, last = contexts_of("agent: A.", "customer: B.")
    assert (first.before, first.own_before, first.own_after) == ((), (), ())
    assert (last.own_before, last.own_after, last.answer) == ((), (), ())
    assert contexts([], []) == []


@pytest.mark.parametrize(
    ("before", "answer", "again"),
    [
        ("a return to Leeds on Friday", "Friday, a return to Leeds", True),
        ("I'd like the alarm call, please", "an alarm call", True),
        ("nine four two seven", "nine four two seven", True),
        ("a return to Leeds on Friday", "oh, never mind, I'll ask somebody else", False),
        ("it keeps cutting out", "and the bill was wrong", False),
        ("yes", "yes", False),
        ("it is the one", "", False),
    ],
)
def test_half_of_the_content_words_make_it_a_repetition(before: str, answer: str, again: bool) -> None:
    assert contexts_of(f"customer: {before}", "agent: Sorry?", f"customer: {answer}")[1].repeated_in_answer is again


def test_an_answer_begins_with_its_first_line_that_says_something() -> None:
    found = contexts_of("customer: the blue kettle", "agent: Sorry?", "customer: oh", "customer: the blue kettle")
    assert found[1].repeated_in_answer
    assert not found[0].repeated_in_answer
