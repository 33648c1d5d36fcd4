from __future__ import annotations

import pytest

from callqa.conversation.voicemail import MOST_TURNS, Voicemail
from callqa.language.phrases import PhraseSet
from support.small_calls import call_of, lines

MACHINE = Voicemail(PhraseSet(["after the beep", "nobody is home"]))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (["customer: Nobody is home. Speak after the beep."], True),
        (["customer: Nobody is home.", "agent: Hello, this is the kite shop."], True),
        (["agent: Hello?", "customer: You know what to do AFTER, the beep!"], True),
        (["agent: Hello?", "customer: Good day."], False),
        ([], False),
        (["agent: "], False),
    ],
)
def test_a_machine_is_known_by_what_it_says(said: list[str], expected: bool) -> None:
    assert MACHINE.answers(call_of(lines(*said))) is expected


@pytest.mark.parametrize(("turns", "expected"), [(MOST_TURNS, True), (MOST_TURNS + 1, False)])
def test_in_a_conversation_people_talk_about_machines(turns: int, expected: bool) -> None:
    said = [f"{('agent', 'customer')[n % 2]}: I spoke after the beep." for n in range(turns)]
    assert MACHINE.answers(call_of(lines(*said))) is expected


def test_turns_count_and_not_lines() -> None:
    said = ["customer: Nobody is home."] + ["agent: Hello?"] * 9
    assert MACHINE.answers(call_of(lines(*said)))
