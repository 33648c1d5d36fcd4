from __future__ import annotations

from dataclasses import replace

from callqa.behaviors.detection import detect
from callqa.coaching.customer_experience import CustomerExperience, customer_experience
from callqa.conversation.conversation import SpeechOfCall
from callqa.conversation.events import Event
from callqa.core.timeline import Span
from callqa.rubrics.behavior_loader import load_behaviors
from callqa.transcripts.transcript import Utterance
from support.results_samples import call

BEHAVIORS, _ = load_behaviors()


def side_of(
    *lines: str, speech: SpeechOfCall | None = None, events: tuple[Event, ...] = (), timed: bool = True
) -> CustomerExperience:
    """Lines are `speaker: text`, ten seconds apart from the fourth second on."""
    utterances = []
    for index, line in enumerate(lines):
        speaker, _, text = line.partition(": ")
        at = 4.0 + 10 * index if timed else None
        utterances.append(
            Utterance("agent" if speaker == "agent" else "customer", text, at, None if at is None else at + 5)
        )
    return customer_experience(
        replace(call("a/1.wav"), utterances=tuple(utterances), speech=speech, events=events),
        detect(utterances, BEHAVIORS),
        BEHAVIORS,
    )


def test_the_wait_counts_from_the_first_word_and_not_from_the_ringing() -> None:
    side = side_of("customer: Hello?", "agent: Good morning.", "agent: How can I help you?")
    assert side.began == 4.0
    assert side.greeting is not None
    assert side.greeting.quote == "Good morning."
    assert side.wait(side.greeting) == 10.0
    assert side.wait(side.help) == 20.0


def test_what_had_to_be_said_twice_and_who_was_passed_on() -> None:
    side = side_of(
        "agent: Sorry, could you say that again?",
        "customer: As I already told your colleague, it never came.",
        "agent: I'll put you through to billing. Bear with me.",
        "agent: We'll send you a new one tomorrow.",
    )
    assert [line.utterance for line in side.asked_again] == [0]
    assert [line.utterance for line in side.told_before] == [1]
    assert [line.utterance for line in side.passed_on] == [2]
    assert [line.utterance for line in side.holds] == [2]
    assert "We'll send you a new one tomorrow." in [line.quote for line in side.promises]


def test_a_customer_who_says_please_hold_is_not_the_agent_putting_them_on_hold() -> None:
    assert side_of("customer: Hold on a second, I'll get my glasses.").holds == ()


def test_silences_and_holds_need_certain_times() -> None:
    assert side_of("agent: Hello.").quiet is None
    speech = SpeechOfCall((Span(4, 9), Span(30, 35)), (Span(14, 19),), 40.0)
    events = (Event("dead_air", 9, 14), Event("hold", 19, 30), Event("overtalk", 4, 5))
    side = side_of("agent: Hello.", "customer: Hi.", "agent: Right.", speech=speech, events=events)
    assert (side.quiet, side.quiet_seconds) == ((Span(9, 14),), 5.0)
    assert (side.on_hold, side.hold_seconds) == ((Span(19, 30),), 11.0)


def test_without_times_and_without_words() -> None:
    side = side_of("agent: Good morning, how can I help?", timed=False)
    assert side.began is None
    assert side.help is not None
    assert side.wait(side.help) is None
    empty = side_of()
    assert (empty.greeting, empty.help, empty.promises) == (None, None, ())
    assert empty.wait(None) is None
