"""What is learned from whole calls."""

from __future__ import annotations

from callqa.behaviors.classifier.call_training import LONGEST_EXCERPT, excerpts, train_on_calls
from callqa.behaviors.classifier.corpus import LabelledUtterance, TrainingCall, TrainingLine
from callqa.behaviors.classifier.training import train

PARTIES = {"grumble": "customer", "sneer": "agent"}


def turn(text: str, speaker: str, *labels: str, agreed: bool = True) -> LabelledUtterance:
    """A turn of a call."""
    return LabelledUtterance(text, "agent" if speaker == "agent" else "customer", frozenset(labels), agreed)


def made() -> tuple[list[TrainingCall], dict[str, list[TrainingLine]]]:
    """Calls in which "well" is a sneer where the customer has grumbled and nothing where not, and their lines."""
    calls = []
    for n in range(40):
        cross = n % 2 == 0
        first = turn(
            f"it broke on day {n}" if cross else f"a table for {n}", "customer", *(["grumble"] if cross else [])
        )
        second = turn(f"well well number {n}", "agent", *(["sneer"] if cross else []))
        calls.append(TrainingCall(f"trade{n % 9}", (first, second, turn("bye", "customer"), turn("bye", "agent"))))
    lines = {
        name: [
            TrainingLine(one.text, one.speaker, call.trade, one.labels, None, number * 10 + at, 1.0, in_call=True)
            for number, call in enumerate(calls)
            for at, one in enumerate(call.utterances)
            if one.speaker == speaker
        ]
        for name, speaker in PARTIES.items()
    }
    return calls, lines


def test_what_it_answers_tells_what_a_line_is() -> None:
    calls, lines = made()
    trained = {name: train(lines[name], name, {}) for name in PARTIES}
    found = train_on_calls(calls, trained, PARTIES, {}, {"grumble": 0.2, "sneer": 0.2})
    assert set(found) == {"grumble", "sneer"}
    assert found["sneer"]["grumble before"] > 0.1
    assert found == train_on_calls(calls, trained, PARTIES, {}, {"grumble": 0.2, "sneer": 0.2})


def test_turns_people_disagree_on_are_not_learned_from() -> None:
    calls, lines = made()
    trained = {name: train(lines[name], name, {}) for name in PARTIES}
    shares = {"grumble": 0.2, "sneer": 0.2}

    def learned(*labels: str) -> dict[str, dict[str, float]]:
        unsure = turn("a table for one", "customer", agreed=False), turn("well well", "agent", *labels, agreed=False)
        return train_on_calls([*calls, TrainingCall("trade1", unsure)], trained, PARTIES, {}, shares)

    assert learned() == learned("sneer")


def test_a_call_is_cut_into_pieces_that_cover_it() -> None:
    whole, *pieces = excerpts(11)
    assert whole == (0, 11)
    assert [place for first, last in pieces for place in range(first, last)] == list(range(11))
    assert {last - first for first, last in pieces} <= set(range(1, LONGEST_EXCERPT + 1))
    assert list(excerpts(0)) == [(0, 0)]
