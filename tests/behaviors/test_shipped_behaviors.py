"""The behaviors that come with callqa keep the promises their own files make."""

from __future__ import annotations

import pytest

from callqa.behaviors.behavior import Behavior, in_role
from callqa.behaviors.behavior_schema import Example
from callqa.behaviors.detection import detect
from callqa.language.normalization import NormalizedText
from callqa.rubrics.behavior_loader import load_behaviors
from callqa.rubrics.cues import load_cues
from callqa.transcripts.transcript import Utterance
from support.small_calls import call_of

BEHAVIORS, FILES = load_behaviors()

NAMES = {
    "greeting", "identify", "offer_help", "apology", "empathy", "make_it_right", "arguing", "hold_request",
    "thanks", "closing", "complaint", "ask_again", "told_before", "transfer",
}  # fmt: skip

CASES = [
    (behavior, example, wanted)
    for behavior in BEHAVIORS.values()
    for wanted, examples in ((True, behavior.examples.found), (False, behavior.examples.not_found))
    for example in examples
]
# Recognised speech often has neither capitals nor full stops; what only a question mark tells is not asked for.
PLAIN_CASES = [
    (behavior, example, wanted)
    for behavior, example, wanted in CASES
    if not example.todo and "." in example.say and not set(example.say) & set("?!*")
]


def name_of(case: object) -> str:
    """How a part of a case is named in the test's id."""
    if isinstance(case, Behavior):
        return case.name
    if isinstance(case, Example):
        return case.say[:60]
    return "found" if case else "not found"


def shows(behavior: Behavior, example: Example) -> bool:
    """Whether the behavior is found in the example's line, said by the one whose behavior it is."""
    utterances, judged = example.call(behavior.speaker)
    hits = detect(utterances, {behavior.name: behavior})
    return any(hit.utterance == judged and in_role(hit, behavior) and hit.sure for hit in hits)


def found(name: str, *lines: str) -> list[int]:
    """Indices of the lines, written `agent: …` or `customer: …`, that show a behavior."""
    utterances = []
    for line in lines:
        speaker, _, text = line.partition(": ")
        utterances.append(Utterance("customer" if speaker == "customer" else "agent", text))
    behavior = BEHAVIORS[name]
    hits = detect(utterances, {name: behavior})
    return sorted({hit.utterance for hit in hits if in_role(hit, behavior) and hit.sure})


def test_every_behavior_is_shipped_in_a_file_of_its_name() -> None:
    assert (
        set(BEHAVIORS) == NAMES == {path.stem for paths in FILES.values() for path in paths if path.suffix == ".yaml"}
    )


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_behavior_explains_itself_and_says_whose_it_is(name: str) -> None:
    behavior = BEHAVIORS[name]
    assert behavior.title
    assert behavior.about
    assert behavior.speaker == ("customer" if name in ("complaint", "told_before") else "agent")


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_behavior_carries_examples_both_ways(name: str) -> None:
    examples = BEHAVIORS[name].examples
    assert len(examples.found) >= 20
    assert len(examples.not_found) >= 10


@pytest.mark.parametrize("name", sorted(NAMES))
def test_no_phrase_of_a_behavior_stands_twice(name: str) -> None:
    phrases = [phrase for rule in BEHAVIORS[name].rules for phrase in rule.say if not rule.model_fields_set - {"say"}]
    assert len(phrases) == len(set(phrases))


@pytest.mark.parametrize(("behavior", "example", "wanted"), CASES, ids=name_of)
def test_example(behavior: Behavior, example: Example, wanted: bool) -> None:
    works = shows(behavior, example) == wanted
    if example.todo:
        assert not works, f"“{example.say}” works; take `todo` off it"
    else:
        assert works, f"“{example.say}” should {'' if wanted else 'not '}be found"


@pytest.mark.parametrize(("behavior", "example", "wanted"), PLAIN_CASES, ids=name_of)
def test_example_without_capitals_and_full_stops(behavior: Behavior, example: Example, wanted: bool) -> None:
    plain = "".join(character for character in example.say.lower() if character not in ".,;:")
    assert shows(behavior, Example(say=plain, before=example.before, after=example.after)) == wanted


@pytest.mark.parametrize(
    "line",
    [example.say for name in ("greeting", "offer_help", "hold_request", "thanks", "closing", "make_it_right")
     for example in BEHAVIORS[name].examples.found],
)  # fmt: skip
def test_courtesy_is_never_taken_for_arguing(line: str) -> None:
    assert found("arguing", f"agent: {line}") == []


@pytest.mark.parametrize(
    "line",
    [
        "It's the tenant's responsibility to read the notices.",
        "That's a matter between you and your landlord.",
        "Then someone must have turned it off.",
        "You did agree to it.",
    ],
)
def test_cold_words_that_the_tone_decides_are_for_a_person_to_judge(line: str) -> None:
    behavior = BEHAVIORS["arguing"]
    assert [hit.sure for hit in detect([Utterance("agent", line)], {"arguing": behavior}, phrases_only=True)] == [False]


def test_a_greeting_belongs_at_the_beginning() -> None:
    lines = ["agent: Hello, Ann here.", "customer: Hi.", "agent: Right.", "customer: So.", "agent: And say hello, Jo."]
    assert found("greeting", *lines) == [0]


def test_back_on_the_line_an_agent_may_greet_again() -> None:
    lines = ["agent: Hello, Ann here.", "customer: Hi.", "agent: One moment.", "customer: Ok.", "agent: Hello again."]
    assert found("greeting", *lines) == [0, 4]


def test_a_closing_belongs_at_the_end() -> None:
    middle = ["agent: Thank you for your patience.", "customer: Ok.", "agent: Found it.", "customer: Oh."]
    end = ["agent: It is in the post.", "customer: Thanks.", "agent: Thank you for your patience. Bye now."]
    assert found("closing", *middle, *end) == [6]


def test_a_bare_sorry_after_a_number_asks_to_repeat() -> None:
    assert found("apology", "customer: It's four four two nine.", "agent: Sorry") == []
    assert found("apology", "customer: You left me in the rain.", "agent: Sorry") == [1]


def test_understanding_counts_as_empathy_where_there_is_something_to_feel_for() -> None:
    assert found("empathy", "customer: I lost my job in May.", "agent: I understand.") == [1]
    assert found("empathy", "customer: The blue one.", "agent: I understand.") == []


def test_accepting_a_proposed_plan_makes_it_right() -> None:
    assert found("make_it_right", "customer: I can pay half now and the rest in May.", "agent: That's fine.") == [1]
    assert found("make_it_right", "customer: My postcode ends in B.", "agent: That's fine.") == []


def test_an_agents_trouble_is_no_complaint() -> None:
    assert found("complaint", "agent: My screen is not working and I am fed up.") == []


@pytest.mark.parametrize(
    ("line", "agent", "customer"),
    [
        ("Can I take your account number, please?", True, False),
        ("Let me bring up your account.", True, False),
        ("On my screen it says Tuesday.", True, False),
        ("Is there anything else?", True, False),
        ("I'm calling about my bill.", False, True),
        ("I ordered a kettle.", False, True),
        ("Could you help me?", False, True),
        ("It is raining.", False, False),
    ],
)
def test_cues_tell_the_parties_apart(line: str, agent: bool, customer: bool) -> None:
    cues, _ = load_cues()
    spoken = NormalizedText(line)
    assert (bool(cues.agent.find(spoken)), bool(cues.customer.find(spoken))) == (agent, customer)


@pytest.mark.parametrize(
    "line",
    [
        "Hi, this is Jo, please leave your name and number after the beep.",
        "The person you are calling is not available to take your call.",
        "You have reached the voicemail of Lakeside Dental.",
        "the number you have dialled has not been recognised",
        "Your call cannot be completed as dialed.",
        "This mailbox is full.",
        "The subscriber you are trying to reach is switched off or not reachable.",
    ],
)
def test_machines_are_recognised(line: str) -> None:
    _, voicemail = load_cues()
    assert voicemail.answers(call_of([Utterance("customer", line)]))


@pytest.mark.parametrize("line", ["Hello?", "Can you leave it with my neighbour?", "I tried the number on the card."])
def test_people_are_not_mistaken_for_machines(line: str) -> None:
    _, voicemail = load_cues()
    assert not voicemail.answers(call_of([Utterance("customer", line)]))


def test_sorry_after_ones_own_words_is_an_apology() -> None:
    assert found("apology", "customer: It's four four two nine.", "agent: Yes", "agent: sorry") == [2]


def test_a_bare_sorry_in_answer_is_for_a_person_to_judge() -> None:
    lines = [Utterance("customer", "I'd like the blue kettle."), Utterance("agent", "Sorry")]
    assert [hit.sure for hit in detect(lines, {"apology": BEHAVIORS["apology"]})] == [False]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("complaint", "customer: the ferry sailed without us and the next one isn't till morning"),
        ("empathy", "agent: it's miserable being stuck on the quay all night, I do know"),
        ("make_it_right", "agent: I'll have the harbour office book you a cabin and we'll pay for it"),
        ("arguing", "agent: well you should have been on the quay on time, shouldn't you"),
    ],
)
def test_a_trade_nobody_wrote_phrases_for_is_understood(name: str, line: str) -> None:
    assert found(name, line) == [0]


@pytest.mark.parametrize(
    "line",
    [
        "If it ever leaked, would the warranty pay for that?",
        "I spilled tea all over my laptop, do you mend those?",
        "My old bank charged me for everything, so I'm coming over to yours.",
        "My neighbour's boiler broke down and he told me to ring you for a new one.",
        "The new kettle is lovely and quiet, not like the old broken one.",
        "Your nurse was wonderful with my son, he didn't even cry.",
        "The roads are awful with the snow so I'll be late for my appointment.",
        "She's kept the same number for years and wants to go on with it.",
        "Do I press the wrong button if the light goes red?",
        "Can a child get stuck in the lift, or is there an alarm?",
        "What's the complaint form for, do I need it to join?",
        "This one doesn't need batteries, does it?",
    ],
)
def test_a_single_word_of_trouble_is_no_sure_complaint(line: str) -> None:
    assert found("complaint", f"customer: {line}") == []


@pytest.mark.parametrize("name", ["complaint", "empathy", "make_it_right", "arguing"])
def test_a_model_keeps_to_the_lines_of_the_party_it_learned_from(name: str) -> None:
    behavior = BEHAVIORS[name]
    lines = [Utterance("unknown", example.say) for example in behavior.examples.found]
    assert not any(hit.learned for hit in detect(lines, {name: behavior}))
