from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.behaviors.behavior_schema import PartyOrAny
from callqa.conversation.analysed_call import AnalysedCall
from callqa.rubrics.rubric_schema import Condition, Window
from callqa.scoring.conditions import ConditionMatch, doubt_of, find, in_window, occurrences
from callqa.transcripts.transcript import Utterance, Word
from support.small_calls import BEHAVIORS, behavior, call_of, heard, lines, small_call


def condition(**given: Any) -> Condition:
    return Condition.model_validate(given)


def quotes(condition: Condition, of: AnalysedCall, party: PartyOrAny = "agent") -> list[str]:
    found = find(condition, of.by(party), of)
    return [of.utterances[one.hit.utterance].text[one.hit.start : one.hit.end] for one in found]


def allowed(within: Any, of: AnalysedCall, party: PartyOrAny = "agent", after: Condition | None = None) -> list[int]:
    """The lines a window allows, with triggers anybody may say."""
    window = Condition.model_validate({"say": "x", "within": within}).within
    triggers = [] if after is None else find(after, of.by("any"), of)
    return in_window(window, party, of, triggers)


# What is found


def test_behaviors_and_phrases_are_found_in_the_order_of_the_call() -> None:
    of = small_call("agent: I regret that, no wonder.", "agent: No wonder. So sorry.", "customer: So sorry.")
    both = condition(behavior="regret", say="no wonder")
    assert quotes(both, of) == ["I regret", "no wonder", "No wonder", "So sorry"]
    assert [one.behavior for one in find(both, of.by("agent"), of)] == ["regret", None, None, "regret"]


def test_only_the_lines_searched_count() -> None:
    of = small_call("agent: So sorry.", "agent: So sorry.", "agent: So sorry.")
    assert [one.hit.utterance for one in find(condition(behavior="regret"), [0, 2], of)] == [0, 2]
    assert find(condition(behavior="regret"), [], of) == []


def test_words_that_are_a_hit_in_two_ways_count_once() -> None:
    shame = behavior("shame", "sorry and ashamed")
    of = call_of(lines("agent: We are so sorry and ashamed."), {**BEHAVIORS, "shame": shame})
    found = find(condition(behavior=["regret", "shame"], say=["sorry", "are so sorry"]), [0], of)
    assert len(found) == 1


def test_of_two_ways_the_surer_one_counts_and_then_the_longer() -> None:
    weak = behavior("weak", {"say": "we are so sorry about it", "confidence": 0.3})
    of = call_of(lines("agent: We are so sorry about it."), {**BEHAVIORS, "weak": weak})
    assert quotes(condition(behavior=["weak", "regret"]), of) == ["so sorry"]
    assert quotes(condition(behavior=["weak", "regret"], say="are so sorry about"), of) == ["are so sorry about"]


def test_the_same_words_twice_in_a_line_count_twice() -> None:
    of = small_call("agent: So sorry, so sorry.")
    assert quotes(condition(behavior="regret"), of) == ["So sorry", "so sorry"]
    assert quotes(condition(say="sorry"), of) == ["sorry", "sorry"]


def test_the_rule_that_found_it_is_kept() -> None:
    of = small_call("agent: Dear me, so sorry.")
    (mine,) = find(condition(say="dear [oh] (me|you)"), [0], of)
    assert (mine.hit.rule, mine.hit.behavior, mine.behavior) == ("dear [oh] (me|you)", "", None)
    assert mine.hit.confidence == 1.0


def test_places_that_only_touch_are_two() -> None:
    of = small_call("agent: Hahaha.")
    assert quotes(condition(say=["/ha/"]), of) == ["Ha", "ha", "ha"]


# not_near


@pytest.mark.parametrize(
    ("text", "words", "left"),
    [
        # before
        ("Not so sorry.", 1, 0),
        ("Not at all so sorry.", 3, 0),
        ("Not at all so sorry.", 2, 1),
        ("It is not one two three so sorry.", 4, 0),
        ("It is not one two three four so sorry.", 4, 1),
        # after
        ("So sorry not.", 1, 0),
        ("So sorry one two three not.", 4, 0),
        ("So sorry one two three four not.", 4, 1),
        # beside it in the text, in another line, or not at all
        ("So sorry.", 9, 1),
        # both sides, and two hits of which one is far away
        ("Not so sorry not.", 1, 0),
        ("Not so sorry one two three four five so sorry.", 4, 1),
    ],
)
def test_a_hit_is_excluded_up_to_so_many_words_away(text: str, words: int, left: int) -> None:
    of = small_call(f"agent: {text}", "agent: Not now.")
    near = condition(behavior="regret", not_near={"say": "not", "words": words})
    assert len(quotes(near, of)) == left


@pytest.mark.parametrize("words", [0, 4])
def test_a_word_inside_the_hit_excludes_it(words: int) -> None:
    of = small_call("agent: You really should call back.")
    assert quotes(condition(say="you ... call", not_near={"say": "really", "words": words}), of) == []
    assert quotes(condition(say="you ... call", not_near={"say": "now", "words": words}), of) == [
        "You really should call"
    ]


def test_no_words_away_means_inside_only() -> None:
    of = small_call("agent: Not so sorry, not.")
    assert len(quotes(condition(behavior="regret", not_near={"say": "not", "words": 0}), of)) == 1
    assert quotes(condition(behavior="regret", not_near={"say": "sorry", "words": 0}), of) == []


def test_four_words_are_near_where_nothing_is_said() -> None:
    of = small_call("agent: Not one two three so sorry.", "agent: Not one two three four so sorry.")
    found = find(condition(say="so sorry", not_near={"say": "not"}), [0, 1], of)
    assert [one.hit.utterance for one in found] == [1]


@pytest.mark.parametrize(
    ("text", "words", "left"),
    [
        ("So sorry?", 1, 0),
        ("So sorry? It may be.", 0, 1),
        ("So sorry one two?", 2, 1),
        ("So sorry one two?", 3, 0),
        ("One? Two so sorry", 1, 1),
        ("One? Two so sorry", 2, 0),
        ("? So sorry", 1, 0),
    ],
)
def test_mere_punctuation_stands_between_its_neighbours(text: str, words: int, left: int) -> None:
    of = small_call(f"agent: {text}")
    assert len(quotes(condition(behavior="regret", not_near={"say": r"/\?/", "words": words}), of)) == left


def test_another_line_is_never_near() -> None:
    of = small_call("agent: Not.", "agent: So sorry.")
    assert quotes(condition(behavior="regret", not_near={"say": "not", "words": 20}), of) == ["So sorry"]


# Doubt


def doubt(utterance: Utterance, of: Any = None) -> str | None:
    known = call_of([utterance], of or BEHAVIORS)
    (found,) = find(condition(behavior="regret"), [0], known)
    assert doubt_of(found.hit, known) == found.doubt
    return found.doubt


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ((0.1, 0.6, 0.5, 0.1), None),
        ((0.9, 0.6, 0.39, 0.9), "it was recognised poorly (the words are 50% certain)"),
        ((0.9, 0.2, 0.4, 0.9), "it was recognised poorly (the words are 30% certain)"),
        ((None, None, None, None), None),
        ((0.1, None, 0.4, 0.9), "it was recognised poorly (the words are 40% certain)"),
        ((0.0, 1.0, 0.0, 0.0), None),
    ],
)
def test_only_the_quoted_words_count(probabilities: tuple[float | None, ...], expected: str | None) -> None:
    (line,) = lines("agent: I'm so sorry, madam.")
    assert doubt(heard(line, *probabilities)) == expected


def test_the_mean_of_the_quoted_words_counts() -> None:
    (line,) = lines("agent: so sorry")
    assert doubt(heard(line, 1.0, 0.0)) is None
    assert doubt(heard(line, 0.99, 0.0)) is not None


def test_a_word_said_twice_is_told_apart() -> None:
    (line,) = lines("agent: so it is so sorry so")
    assert doubt(heard(line, 0.1, 0.9, 0.9, 0.9, 0.9, 0.1)) is None
    assert doubt(heard(line, 0.9, 0.9, 0.9, 0.1, 0.1, 0.9)) is not None


def test_punctuation_beside_the_quote_does_not_count() -> None:
    (line,) = lines("agent: (so sorry)")
    words = [Word(text, probability=sure) for text, sure in [("(", 0.0), ("so", 0.6), ("sorry", 0.6), (")", 0.0)]]
    assert doubt(replace(line, words=tuple(words))) is None


def test_words_with_spaces_around_them_are_found() -> None:
    (line,) = lines("agent: so sorry")
    words = (Word(" so", probability=0.1), Word(" sorry ", probability=0.1))
    assert doubt(replace(line, words=words)) is not None


def test_words_that_are_not_in_the_text_are_passed_over() -> None:
    (line,) = lines("agent: so sorry")
    words = (Word("xyz", probability=0.9), Word("so", probability=0.1), Word("sorry", probability=0.1))
    assert doubt(replace(line, words=words)) is not None


def test_a_doubtful_line_makes_all_in_it_doubtful() -> None:
    (line,) = lines("agent: so sorry")
    assert doubt(replace(line, doubt="loop")) == "it was recognised poorly (loop)"


@pytest.mark.parametrize(
    ("confidence", "expected"), [(0.59, "this wording is a weak sign of it (59% certain)"), (0.6, None), (1.0, None)]
)
def test_a_weak_phrase_is_doubtful(confidence: float, expected: str | None) -> None:
    weak = behavior("regret", {"say": "oh dear", "confidence": confidence})
    (line,) = lines("agent: Oh dear.")
    assert doubt(line, {"regret": weak}) == expected


def test_a_phrase_of_the_rubric_is_never_weak() -> None:
    of = small_call("agent: Oh dear.")
    (found,) = find(condition(say="oh dear"), [0], of)
    assert found.doubt is None


# Windows


def test_seconds_count_from_the_agents_first_words() -> None:
    of = small_call(
        "customer: Hello?", "agent: Good day.", "agent: Well.", "agent: Later.", "agent: Much later.",
        starts=[0, 30, 49, 50, 50.1],
    )  # fmt: skip
    assert allowed("20s", of) == [1, 2, 3]
    assert allowed("19s", of) == [1, 2]


def test_seconds_for_the_customer_count_from_the_agents_first_words_too() -> None:
    of = small_call("customer: Hello?", "agent: Good day.", "customer: Yes.", "customer: No.", starts=[0, 30, 45, 55])
    assert allowed("20s", of, "customer") == [0, 2]
    assert allowed("20s", of, "any") == [0, 1, 2]


def test_without_an_agent_seconds_count_from_the_first_words_there_are() -> None:
    of = small_call("customer: Hello?", "customer: Yes.", "customer: No.", starts=[5, 25, 26])
    assert allowed("20s", of, "customer") == [0, 1]
    assert allowed("20s", of, "agent") == []


TURNS = small_call(
    "customer: One.", "agent: One.", "agent: Still one.", "customer: Two.", "agent: Two.", "customer: Three.",
    "agent: Three.", "agent: Still three.", "customer: Four.",
)  # fmt: skip


def test_turns_are_the_speakers_own_and_may_be_several_lines() -> None:
    assert allowed("1 turn", TURNS) == [1, 2]
    assert allowed("2 turns", TURNS) == [1, 2, 4]
    assert allowed("2 turns", TURNS, "customer") == [0, 3]
    assert allowed("1 turn", TURNS, "any") == [0, 1, 2]


def test_the_last_turns_are_the_speakers_own() -> None:
    assert allowed({"last": "1 turn"}, TURNS) == [6, 7]
    assert allowed({"last": "2 turns"}, TURNS) == [4, 6, 7]
    assert allowed({"last": "1 turn"}, TURNS, "customer") == [8]
    assert allowed({"last": "1 turn"}, TURNS, "any") == [6, 7, 8]
    assert allowed({"last": "99 turns"}, TURNS) == [1, 2, 4, 6, 7]
    assert allowed({"last": "1 turn"}, small_call("agent: Only this.")) == [0]


def test_the_last_seconds_end_with_the_last_words_of_anybody() -> None:
    of = small_call("agent: A.", "agent: B.", "agent: C.", "customer: D.", starts=[0, 65, 66, 96])
    assert allowed({"last": "30s"}, of) == [2]
    assert allowed({"last": "31s"}, of) == [1, 2]
    assert allowed({"last": "30s"}, of, "customer") == [3]


def test_a_line_that_reaches_into_the_last_seconds_counts() -> None:
    long = replace(lines("agent: A long story.")[0], start=0.0, end=80.0)
    of = call_of([long, *lines("customer: Well.", starts=[98])])
    assert allowed({"last": "30s"}, of) == [0]


SAID = condition(say="now")


def test_after_a_trigger_to_the_end() -> None:
    of = small_call("agent: A.", "customer: Now.", "agent: B.", "customer: C.", "agent: D.")
    assert allowed({"after": "when"}, of, after=SAID) == [2, 4]


def test_without_a_trigger_nothing_is_after_it() -> None:
    assert allowed({"after": "when"}, small_call("agent: A.", "agent: B."), after=SAID) == []


def test_seconds_after_count_from_the_end_of_the_trigger() -> None:
    of = small_call("customer: Now.", "agent: A.", "agent: B.", starts=[0, 62, 62.1])
    assert allowed({"after": "when", "seconds": 60}, of, after=SAID) == [1]


def test_turns_after_a_trigger_are_counted_from_it() -> None:
    said = ("agent: A.", "customer: Now.", "agent: B.", "agent: C.", "customer: D.", "agent: E.", "customer: F.")
    of = small_call(*said)
    assert allowed({"after": "when", "turns": 1}, of, after=SAID) == [2, 3]
    assert allowed({"after": "when", "turns": 2}, of, after=SAID) == [2, 3, 5]


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        pytest.param([0, 100, 110, 120], [1], id="a long silence: the turn leaves more time"),
        pytest.param([0, 5, 10, 15], [1, 3], id="quick turns: the seconds leave more time"),
        pytest.param([0, 5, 10, 63], [1], id="the seconds are over"),
    ],
)
def test_whichever_leaves_more_time(starts: list[float], expected: list[int]) -> None:
    of = small_call("customer: Now.", "agent: A.", "customer: B.", "agent: C.", starts=starts)
    assert allowed({"after": "when", "seconds": 60, "turns": 1}, of, after=SAID) == expected


def test_each_trigger_opens_a_window_of_its_own() -> None:
    of = small_call(
        "customer: Now.", "agent: A.", "agent: B.", "customer: Now.", "agent: C.", "agent: D.",
        starts=[0, 5, 40, 100, 105, 140],
    )  # fmt: skip
    assert allowed({"after": "when", "seconds": 10}, of, after=SAID) == [1, 4]


def test_the_line_of_the_trigger_is_not_after_it() -> None:
    of = small_call("agent: Now, so sorry.", "agent: Then.")
    assert allowed({"after": "when", "turns": 1}, of, after=SAID) == [1]


def test_without_times_seconds_become_turns() -> None:
    of = small_call(
        "agent: A.", "customer: B.", "agent: C.", "customer: D.", "agent: E.", "customer: F.", "agent: G.", timed=False
    )  # fmt: skip
    assert allowed("20s", of) == [0, 2]
    assert allowed("5s", of) == [0, 2]
    assert allowed("30s", of) == [0, 2, 4]
    assert allowed("35s", of) == [0, 2, 4, 6]
    assert allowed({"last": "20s"}, of) == [4, 6]
    assert allowed("1 turn", of) == [0]


def test_without_times_seconds_after_a_trigger_become_turns() -> None:
    of = small_call(
        "customer: Now.", "agent: A.", "customer: B.", "agent: C.", "customer: D.", "agent: E.", "customer: F.",
        "agent: G.", timed=False,
    )  # fmt: skip
    assert allowed({"after": "when", "seconds": 10}, of, after=SAID) == [1, 3]
    assert allowed({"after": "when", "seconds": 30}, of, after=SAID) == [1, 3, 5]
    assert allowed({"after": "when", "seconds": 10, "turns": 4}, of, after=SAID) == [1, 3, 5, 7]
    assert allowed({"after": "when", "seconds": 40, "turns": 1}, of, after=SAID) == [1, 3, 5, 7]


def test_without_a_window_all_lines_of_the_party_count() -> None:
    assert in_window(None, "agent", TURNS, ()) == [1, 2, 4, 6, 7]
    assert in_window(None, "any", TURNS, ()) == list(range(9))


def test_an_empty_call_has_no_lines() -> None:
    empty = small_call()
    for within in ("20s", "2 turns", {"last": "30s"}, {"last": "1 turn"}, {"after": "when"}):
        assert allowed(within, empty) == []


SPEAKERS = st.lists(st.sampled_from(["agent", "customer"]), min_size=1, max_size=12)
WINDOWS = st.sampled_from(
    ["20s", "1 turn", "3 turns", {"last": "15s"}, {"last": "2 turns"}, {"after": "when"},
     {"after": "when", "seconds": 15}, {"after": "when", "turns": 2}, {"after": "when", "seconds": 5, "turns": 1}]
)  # fmt: skip
PARTIES: Any = st.sampled_from(["agent", "customer", "any"])


@given(SPEAKERS, WINDOWS, PARTIES, st.booleans())
def test_a_window_allows_lines_of_the_party_in_order(
    who: list[str], within: Any, party: PartyOrAny, timed: bool
) -> None:
    of = small_call(*(f"{name}: now" for name in who), timed=timed)
    window = Condition.model_validate({"say": "x", "within": within}).within
    triggers = find(SAID, of.by("customer"), of)
    chosen = in_window(window, party, of, triggers)
    assert chosen == sorted(set(chosen))
    assert set(chosen) <= set(of.by(party))


@given(SPEAKERS, PARTIES, st.integers(1, 6), st.booleans())
def test_a_wider_window_allows_no_less(who: list[str], party: PartyOrAny, turns: int, timed: bool) -> None:
    of = small_call(*(f"{name}: now" for name in who), timed=timed)
    triggers: list[ConditionMatch] = find(SAID, of.by("customer"), of)
    for narrow, wide in [
        (Window.model_validate({"first": f"{turns} turns"}), Window.model_validate({"first": f"{turns + 1} turns"})),
        (Window.model_validate({"last": f"{turns}0s"}), Window.model_validate({"last": f"{turns + 1}0s"})),
        (
            Window.model_validate({"after": "when", "turns": turns}),
            Window.model_validate({"after": "when", "turns": turns, "seconds": 25}),
        ),
    ]:
        assert set(in_window(narrow, party, of, triggers)) <= set(in_window(wide, party, of, triggers))


def test_a_line_without_end_is_searched_whole_and_quoted_in_part() -> None:
    from callqa.language.quotes import sentence_text

    text = "so sorry and on it goes " * 5000
    of = small_call(f"agent: {text}")
    found = find(Condition.model_validate({"behavior": "regret"}), [0], of)
    assert len(found) == 5000
    assert all(len(sentence_text(text, one.hit.start, one.hit.end).split()) == 18 for one in found[10:-10:500])


def test_a_behavior_counts_once_in_a_sentence_and_words_of_a_rubric_each_time() -> None:
    call = small_call("agent: So sorry, I regret it. So sorry!", "agent: I regret it.")
    lines = [0, 1]
    assert occurrences(find(Condition(behavior=["regret"]), lines, call), call) == 3
    assert occurrences(find(Condition(say=["so sorry", "i regret"]), lines, call), call) == 4
