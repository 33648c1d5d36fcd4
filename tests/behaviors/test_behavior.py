from __future__ import annotations

import itertools
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from callqa.behaviors.behavior import Behavior, Hit, in_role
from callqa.behaviors.behavior_schema import BehaviorFile, Example
from callqa.behaviors.detection import detect
from callqa.language.normalization import NormalizedText
from callqa.transcripts.transcript import Utterance
from support.small_calls import behavior, lines


def hits(one: Behavior, *said: str) -> list[tuple[int, str]]:
    """Line and words of each hit."""
    utterances = lines(*said)
    found = detect(utterances, {one.name: one})
    return [(hit.utterance, utterances[hit.utterance].text[hit.start : hit.end]) for hit in found]


def problems(**given: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        BehaviorFile.model_validate({"format": 1, "behavior": "wave", "phrases": ["hi"], **given})
    return [".".join(map(str, error["loc"])) for error in caught.value.errors()]


# The file


def test_a_phrase_stands_for_a_rule_with_one() -> None:
    file = BehaviorFile.model_validate(
        {"format": 1, "behavior": "wave", "phrases": ["hi", {"say": "ho"}, {"say": [7]}]}
    )
    assert [rule.say for rule in file.phrases] == [["hi"], ["ho"], ["7"]]
    assert {rule.confidence for rule in file.phrases} == {1.0}


def test_a_line_stands_for_an_example_of_it() -> None:
    file = BehaviorFile.model_validate(
        {
            "format": 1,
            "behavior": "wave",
            "phrases": ["hi"],
            "examples": {
                "found": ["Hi.", {"say": "Hi?", "todo": True}],
                "not_found": [{"say": "Ho.", "before": "Hi."}],
            },
        }
    )
    assert [(example.say, example.todo) for example in file.examples.found] == [("Hi.", False), ("Hi?", True)]
    assert file.examples.not_found[0].before == ["Hi."]


def test_an_example_carries_lines_of_either_party_around_it() -> None:
    example = Example.model_validate(
        {"say": "Sorry.", "before": ["Tea.", "agent: What?"], "after": "customer: Tea, I said."}
    )
    assert example.call("agent") == (
        [
            Utterance("customer", "Tea."),
            Utterance("agent", "What?"),
            Utterance("agent", "Sorry."),
            Utterance("customer", "Tea, I said."),
        ],
        2,
    )
    assert [line.speaker for line in example.call("customer")[0]] == ["agent", "agent", "customer", "customer"]


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"phrases": []}, "phrases"),
        ({"phrases": ["hi", "(ho"]}, "phrases.1.say.0"),
        ({"phrases": [{"say": ["hi", ""]}]}, "phrases.0.say.1"),
        ({"phrases": [{"say": "hi", "unless": "(no"}]}, "phrases.0.unless.0"),
        ({"phrases": [{"say": "hi", "after": ["ok", "/(/"]}]}, "phrases.0.after.1"),
        ({"phrases": [{"say": "hi", "not_after": "[no"}]}, "phrases.0.not_after.0"),
        ({"phrases": [{"say": "hi", "confidence": 0}]}, "phrases.0.confidence"),
        ({"phrases": [{"say": "hi", "confidence": 1.1}]}, "phrases.0.confidence"),
        ({"phrases": [{"say": "hi", "first_turns": 0}]}, "phrases.0.first_turns"),
        ({"phrases": [{"say": "hi", "befor": "ho"}]}, "phrases.0.befor"),
        ({"exceptions": ["ok", "no)"]}, "exceptions.1"),
        ({"behavior": "Wave hands"}, "behavior"),
        ({"speaker": "boss"}, "speaker"),
        ({"extends": "mine"}, "extends"),
        ({"format": 2}, "format"),
        ({"examples": {"fond": []}}, "examples.fond"),
    ],
)
def test_a_mistake_is_found_at_its_place(given: dict[str, Any], place: str) -> None:
    assert problems(**given) == [place]


def test_the_title_comes_from_the_name_where_none_is_given() -> None:
    assert behavior("make_way", "hi").title == "Make way"
    assert behavior("make_way", "hi", title="Makes way").title == "Makes way"


# Phrases, exceptions, conditions


def test_every_place_is_a_hit() -> None:
    assert hits(behavior("wave", "hi", "hello there"), "agent: Hi, hello there. Hi!", "customer: HELLO, there") == [
        (0, "Hi"),
        (0, "hello there"),
        (0, "Hi"),
        (1, "HELLO, there"),
    ]


def test_a_hit_knows_all_about_itself() -> None:
    one = behavior("wave", {"say": ["(hi|hey) you"], "confidence": 0.7})
    assert detect(lines("customer: Oh hey, you."), {"wave": one}) == [
        Hit("wave", 0, "customer", 3, 11, 0.7, "(hi|hey) you", phrase=0.7)
    ]


def test_of_phrases_that_overlap_the_surest_then_the_longest_counts() -> None:
    one = behavior("wave", {"say": "well hello there you", "confidence": 0.5}, "hello", "hello there")
    assert hits(one, "agent: Well hello there you.") == [(0, "hello there")]


def test_an_exception_takes_away_what_it_overlaps_and_nothing_else() -> None:
    one = behavior("wave", "hello", exceptions=["say hello to"])
    assert hits(one, "agent: Say hello to Ben.") == []
    assert hits(one, "agent: Hello, say hello to Ben.") == [(0, "Hello")]
    assert hits(one, "agent: Say hello.") == [(0, "hello")]


def test_unless_takes_away_what_is_anywhere_in_the_line() -> None:
    one = behavior("wave", {"say": "hello", "unless": ["is anybody", "anyone there"]}, "good day")
    assert hits(one, "agent: Hello! I ask: is anybody at home?") == []
    assert hits(one, "agent: Good day, is anybody at home?") == [(0, "Good day")]
    assert hits(one, "agent: Hello!", "agent: Is anybody at home?") == [(0, "Hello")]


def test_after_asks_for_the_other_partys_last_turn() -> None:
    one = behavior("agree", {"say": "yes", "after": "would you like"})
    asked = "customer: Would you like tea?"
    assert hits(one, asked, "agent: Yes.") == [(1, "Yes")]
    assert hits(one, asked, "customer: Or not.", "agent: Hm.", "agent: Yes.") == [(3, "Yes")]
    assert hits(one, asked, "agent: Hm.", "customer: And?", "agent: Yes.") == []
    assert hits(one, "agent: Would you like tea?", "agent: Yes.") == []
    assert hits(one, "agent: Yes.", asked) == []


def test_not_after_refuses_the_other_partys_last_turn() -> None:
    one = behavior("agree", {"say": "yes", "not_after": "are you still there"})
    assert hits(one, "customer: Are you still there?", "agent: Yes.") == []
    assert hits(one, "customer: Tea?", "agent: Yes.") == [(1, "Yes")]
    assert hits(one, "agent: Yes.") == [(0, "Yes")]


def test_not_after_own_refuses_the_speakers_own_line_before_in_the_turn() -> None:
    one = behavior("regret", {"say": "sorry", "not_after_own": "what"})
    assert hits(one, "agent: About what?", "agent: Sorry.") == []
    assert hits(one, "customer: What?", "agent: Sorry.") == [(1, "Sorry")]
    assert hits(one, "agent: What?", "agent: Well.", "agent: Sorry.") == [(2, "Sorry")]


def test_not_before_own_refuses_the_speakers_own_line_after_in_the_turn() -> None:
    one = behavior("regret", {"say": "sorry", "not_before_own": "did not hear"})
    assert hits(one, "agent: Sorry.", "agent: I didn't hear you.") == []
    assert hits(one, "agent: Sorry.", "customer: I didn't hear you.") == [(0, "Sorry")]
    assert hits(one, "agent: Sorry.", "customer: Pardon?", "agent: I didn't hear you.") == [(0, "Sorry")]


def test_answered_asks_for_the_other_partys_next_turn() -> None:
    one = behavior("regret", {"say": "sorry", "answered": "no harm done"})
    assert hits(one, "agent: Sorry.", "agent: I am.", "customer: Well.", "customer: No harm done.") == [(0, "Sorry")]
    assert hits(one, "agent: Sorry.", "agent: No harm done.") == []
    assert hits(one, "customer: No harm done.", "agent: Sorry.") == []


def test_what_is_said_again_was_asked_for() -> None:
    one = behavior("regret", {"say": "sorry", "unless_said_again": True})
    wish = "customer: A window seat to Leeds, please."
    assert hits(one, wish, "agent: Sorry.", "customer: Er, a window seat.") == []
    assert hits(one, wish, "agent: Sorry.", "customer: Then the aisle will do nicely.") == [(1, "Sorry")]
    assert hits(one, wish, "agent: Sorry.") == [(1, "Sorry")]


def test_turns_are_counted_for_each_speaker() -> None:
    first = behavior("open", {"say": "well", "first_turns": 1})
    said = ["customer: Well.", "customer: Well.", "agent: Well.", "customer: Well.", "agent: Well."]
    assert [index for index, _ in hits(first, *said)] == [0, 1, 2]
    last = behavior("close", {"say": "well", "last_turns": 1})
    assert [index for index, _ in hits(last, *said)] == [3, 4]
    both = behavior("ends", {"say": "well", "last_turns": 2, "first_turns": 1})
    assert [index for index, _ in hits(both, *said)] == [0, 1, 2]


def test_without_a_context_only_the_line_itself_counts() -> None:
    one = behavior("agree", {"say": "yes", "after": "tea", "first_turns": 1, "unless": "but"})
    assert len(one.find(NormalizedText("Yes."))) == 1
    assert one.find(NormalizedText("Yes, but.")) == []


def test_an_empty_call_or_line_has_no_hits() -> None:
    one = behavior("wave", "hi")
    assert detect([], {"wave": one}) == []
    assert hits(one, "agent: ", "agent: ...") == []
    assert detect(lines("agent: Hi."), {}) == []


def test_hits_come_in_the_order_of_the_call() -> None:
    ahoy, bye = behavior("ahoy", "ahoy"), behavior("bye", "bye")
    found = detect(lines("agent: Bye. Ahoy.", "customer: Bye."), {"ahoy": ahoy, "bye": bye})
    assert [(hit.utterance, hit.behavior) for hit in found] == [(0, "ahoy"), (0, "bye"), (1, "bye")]


@pytest.mark.parametrize(
    ("whose", "speaker", "expected"),
    [
        ("agent", "agent", True),
        ("agent", "customer", False),
        ("agent", "unknown", True),
        ("customer", "agent", False),
        ("customer", "customer", True),
        ("any", "agent", True),
        ("any", "customer", True),
        ("any", "unknown", True),
    ],
)
def test_a_behavior_is_somebodys(whose: str, speaker: Any, expected: bool) -> None:
    one = behavior("wave", "hi", speaker=whose)
    assert in_role(Hit("wave", 0, speaker, 0, 2, 1.0, "hi"), one) is expected


# Extending


def test_extending_adds_and_keeps_what_is_not_said() -> None:
    first = behavior(
        "wave", "hi", {"say": "hey", "unless": "no"}, exceptions=["hi five"], speaker="customer", about="X."
    )
    more = BehaviorFile.model_validate(
        {
            "format": 1,
            "behavior": "wave",
            "extends": "shipped",
            "phrases": [{"say": "ahoy", "unless": "ship"}],
            "exceptions": ["hi ho"],
        }
    )
    both = Behavior(more, first)
    assert (both.title, both.about, both.speaker) == ("Wave", "X.", "customer")
    assert hits(both, "agent: Hi, hey, ahoy.") == [(0, "Hi"), (0, "hey"), (0, "ahoy")]
    assert hits(both, "agent: Hi five!", "agent: Hi ho!", "agent: Hey no.", "agent: Ahoy ship!") == []


def test_a_behavior_crosses_process_borders() -> None:
    one = behavior("wave", "hi", {"say": "hey", "after": "you"}, exceptions=["hi five"])
    sent = pickle.loads(pickle.dumps(one))
    said = ["customer: You.", "agent: Hey, hi.", "agent: Hi five."]
    assert hits(sent, *said) == hits(one, *said) == [(1, "Hey"), (1, "hi")]


WORDS = st.lists(st.sampled_from(["hi", "hello", "there", "say", "no", "."]), max_size=6).map(" ".join)


@given(st.lists(st.tuples(st.sampled_from(["agent", "customer", "unknown"]), WORDS), max_size=6))
def test_hits_of_one_behavior_never_overlap_and_quote_the_line(said: list[tuple[str, str]]) -> None:
    one = behavior("wave", "hi", "hello there", {"say": "there hi", "confidence": 0.5}, exceptions=["say hello"])
    utterances = lines(*(f"{who}: {text}" for who, text in said))
    found = detect(utterances, {"wave": one})
    assert found == sorted(found, key=lambda hit: (hit.utterance, hit.start))
    for before, after in itertools.pairwise(found):
        assert before.utterance < after.utterance or before.end <= after.start
    for hit in found:
        text = utterances[hit.utterance].text
        assert one.find(NormalizedText(text[hit.start : hit.end]))
        assert hit.speaker == utterances[hit.utterance].speaker


def test_later_in_a_turn() -> None:
    file = {"format": 1, "behavior": "regret", "phrases": [{"say": "sorry", "later_in_turn": True}]}
    one = Behavior(BehaviorFile.model_validate(file))
    assert hits(one, "agent: sorry", "customer: yes", "agent: right", "agent: sorry") == [(3, "sorry")]
