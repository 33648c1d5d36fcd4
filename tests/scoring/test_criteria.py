from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.conversation.analysed_call import AnalysedCall
from callqa.rubrics.rubric_schema import Criterion
from callqa.scoring.criteria import judge
from callqa.scoring.scorecard import CriterionResult
from callqa.transcripts.transcript import Utterance
from support.small_calls import behavior, call_of, guessed, heard, lines, small_call


def criterion(**given: Any) -> Criterion:
    return Criterion.model_validate({"id": "one", "title": "One", **given})


REGRETS = criterion(expect={"behavior": "regret"})
ANSWERS = criterion(when={"behavior": "mishap"}, expect={"behavior": "regret", "within": {"after": "when"}})
NEVER_BLAMES = criterion(forbid={"say": "your fault"}, auto_fail=True)
WHEN_CALM = criterion(when={"behavior": "mishap"}, forbid={"say": "your fault"})


def verdict(criterion: Criterion, *said: str, **more: Any) -> tuple[str, str]:
    """Verdict and reason for a call of these lines, one every ten seconds."""
    result = judge(criterion, small_call(*said, **more))
    return result.verdict, result.reason


def parts(result: CriterionResult) -> list[tuple[str, int, str]]:
    """Part, line and quote of each piece of evidence."""
    return [(evidence.part, evidence.utterance, evidence.quote) for evidence in result.evidence]


# Expected


def test_found_is_a_pass_with_its_evidence() -> None:
    result = judge(REGRETS, small_call("customer: Hello?", "agent: Oh. I am SO  sorry! Well."))
    assert (result.verdict, result.reason, result.searched) == ("pass", "“I am SO sorry!” at 00:10", 1)
    (evidence,) = result.evidence
    assert (evidence.utterance, evidence.speaker, evidence.start, evidence.end) == (1, "agent", 10, 12)
    assert (evidence.quote, evidence.behavior, evidence.rule, evidence.part) == (
        "I am SO  sorry!",
        "regret",
        "so sorry",
        "answer",
    )


def test_the_result_carries_what_the_criterion_says() -> None:
    result = judge(criterion(expect={"say": "hi"}, weight=2.5, critical=True), small_call("agent: Hi."))
    assert (result.id, result.title, result.weight, result.critical, result.auto_fail) == (
        "one",
        "One",
        2.5,
        True,
        False,
    )
    assert judge(NEVER_BLAMES, small_call("agent: Hi.")).auto_fail


def test_not_found_is_a_fail_that_counts_what_was_searched() -> None:
    assert verdict(REGRETS, "agent: Goodbye now.", "customer: So sorry.", "agent: Take it or leave it.") == (
        "fail",
        "2 agent lines searched, nothing came near",
    )
    assert verdict(REGRETS, "agent: Goodbye now.") == ("fail", "1 agent line searched, nothing came near")
    assert verdict(REGRETS, "customer: So sorry.") == ("fail", "0 agent lines searched")


def test_a_fail_shows_the_nearest_miss() -> None:
    result = judge(
        REGRETS, small_call("agent: Take it or leave it.", "agent: I regretted that order.", "agent: Goodbye now.")
    )
    assert result.verdict == "fail"
    assert result.reason == "3 agent lines searched, nearest at 00:10 “I regretted that order.”"
    (evidence,) = result.evidence
    assert (evidence.part, evidence.utterance, evidence.rule) == ("nearest", 1, "i regret")
    assert evidence.quote == "I regretted that order."
    assert evidence.behavior is None


def test_the_nearest_miss_is_among_what_was_searched() -> None:
    near_the_end = criterion(expect={"behavior": "regret", "within": "1 turn"})
    said = ["agent: Take it or leave it.", "customer: I regretted it.", "agent: I regretted it."]
    assert verdict(near_the_end, *said) == ("fail", "1 agent line searched, nothing came near")


def test_a_hit_that_is_excluded_is_shown_as_the_nearest_miss() -> None:
    not_sorry = criterion(expect={"say": "so sorry", "not_near": {"say": "not", "words": 1}})
    result = judge(not_sorry, small_call("agent: I am not so sorry."))
    assert (result.verdict, parts(result)) == ("fail", [("nearest", 0, "I am not so sorry.")])


def test_a_long_line_is_shortened_in_the_reason_and_whole_in_the_evidence() -> None:
    long = "I regretted that order " + "again and again " * 20
    result = judge(REGRETS, small_call(f"agent: {long}"))
    assert result.reason.endswith("again…”")
    assert len(result.reason) < 150
    assert result.evidence[-1].quote == long


def test_lines_without_times_are_counted_from_one() -> None:
    assert verdict(REGRETS, "agent: Hello.", "agent: So sorry.", timed=False) == ("pass", "“So sorry.” in line 2")
    assert verdict(REGRETS, "agent: Hello.", "agent: I regretted it.", timed=False) == (
        "fail",
        "2 agent lines searched, nearest in line 2 “I regretted it.”",
    )


def test_anybody_may_be_expected_to_say_it() -> None:
    anybody = criterion(expect={"behavior": "regret", "speaker": "any"})
    assert verdict(anybody, "customer: So sorry.") == ("pass", "“So sorry.” at 00:00")
    assert verdict(anybody, "customer: Well.", "agent: Take it or leave it.") == (
        "fail",
        "2 lines searched, nothing came near",
    )
    the_customer = criterion(expect={"behavior": "regret", "speaker": "customer"})
    assert verdict(the_customer, "agent: So sorry.", "customer: Take it or leave it.") == (
        "fail",
        "1 customer line searched, nothing came near",
    )


def test_at_least_counts_places_not_lines() -> None:
    twice = criterion(expect={"behavior": "regret", "at_least": 2})
    result = judge(twice, small_call("agent: So sorry. I regret that."))
    assert (result.verdict, parts(result)) == ("pass", [("answer", 0, "So sorry."), ("answer", 0, "I regret that.")])


def test_fewer_than_at_least_is_a_fail_that_counts_them() -> None:
    twice = criterion(expect={"behavior": "regret", "at_least": 2})
    result = judge(twice, small_call("agent: So sorry.", "agent: Take it or leave it."))
    assert (result.verdict, result.reason) == ("fail", "2 agent lines searched, 1 of 2 found, nothing came near")
    assert parts(result) == [("answer", 0, "So sorry.")]


def test_what_was_found_is_not_the_nearest_miss_too() -> None:
    twice = criterion(expect={"behavior": "regret", "at_least": 2})
    result = judge(twice, small_call("agent: So sorry.", "agent: I regretted it."))
    assert result.reason == "2 agent lines searched, 1 of 2 found, nearest at 00:10 “I regretted it.”"
    assert parts(result) == [("answer", 0, "So sorry."), ("nearest", 1, "I regretted it.")]


def test_the_same_words_do_not_count_as_two() -> None:
    shame = behavior("shame", "sorry for that")
    twice = criterion(expect={"behavior": ["regret", "shame"], "say": "sorry", "at_least": 2})
    known = small_call("agent: Hm.").behaviors
    of = call_of(lines("agent: So sorry for that."), {**known, "shame": shame})
    assert judge(twice, of).verdict == "fail"


# When


def test_without_an_occasion_nothing_is_judged() -> None:
    result = judge(ANSWERS, small_call("customer: All is well.", "agent: Splendid.", "customer: Bye."))
    assert (result.verdict, result.reason) == ("na", "no mishap heard in the 2 customer lines")
    assert (result.evidence, result.searched) == ((), 2)


def test_an_occasion_on_the_other_side_is_none() -> None:
    assert verdict(ANSWERS, "agent: It fell apart.") == ("na", "no mishap heard in the 0 customer lines")
    said_by_agent = criterion(when={"behavior": "mishap", "speaker": "agent"}, expect={"say": "sorry"})
    assert verdict(said_by_agent, "agent: It fell apart.", "agent: Sorry.")[0] == "pass"


def test_one_occasion_of_two_needed_is_none_and_is_not_denied() -> None:
    twice = criterion(when={"say": "went missing", "at_least": 2}, expect={"say": "sorry"})
    assert verdict(twice, "customer: It went missing.", "customer: Yes.") == (
        "na",
        "“went missing” heard once in the 2 customer lines; 2 are needed",
    )
    assert verdict(twice, "customer: It went missing, went missing!", "agent: Right.")[0] == "fail"


def test_an_occasion_outside_its_window_is_none() -> None:
    early = criterion(when={"behavior": "mishap", "within": "1 turn"}, expect={"say": "sorry"})
    assert verdict(early, "customer: Hi.", "agent: Hi.", "customer: It fell apart.")[0] == "na"
    assert verdict(early, "customer: It fell apart.", "agent: Hi.")[0] == "fail"


def test_an_answer_after_the_occasion_is_a_pass_that_quotes_both() -> None:
    result = judge(ANSWERS, small_call("customer: My chair fell apart.", "agent: I am so sorry."))
    assert result.verdict == "pass"
    assert result.reason == "mishap at 00:00 “My chair fell apart.”; “I am so sorry.” at 00:10"
    assert parts(result) == [("trigger", 0, "My chair fell apart."), ("answer", 1, "I am so sorry.")]


def test_an_answer_before_the_occasion_is_none() -> None:
    result = judge(ANSWERS, small_call("agent: So sorry.", "customer: It went missing.", "agent: Take it or leave it."))
    assert result.verdict == "fail"
    assert result.reason == "mishap at 00:10 “It went missing.”; 1 later agent line searched, nothing came near"
    assert parts(result) == [("trigger", 1, "It went missing.")]


def test_an_answer_shortly_before_the_occasion_is_for_a_person_to_judge() -> None:
    said = ["customer: The legs are short.", "agent: So sorry.", "customer: And it went missing.", "agent: Right."]
    assert verdict(ANSWERS, *said) == (
        "review",
        "mishap at 00:20 “And it went missing.”; 1 later agent line searched, nothing came near; but “So sorry.” at"
        " 00:10 was said shortly before, perhaps about the same trouble: listen to it",
    )


def test_a_weak_or_an_early_answer_before_the_occasion_says_nothing() -> None:
    weak = ["customer: Short legs.", "agent: Oh dear.", "customer: It went missing.", "agent: Right."]
    early = ["customer: Hi.", "agent: So sorry.", "customer: Ok.", "agent: Yes.", "customer: Yes.", *weak[2:]]
    assert [verdict(ANSWERS, *said)[0] for said in (weak, early)] == ["fail", "fail"]


def test_an_answer_to_one_of_several_occasions_is_a_pass() -> None:
    soon = criterion(
        when={"behavior": "mishap"}, expect={"behavior": "regret", "within": {"after": "when", "seconds": 10}}
    )
    said = ["customer: It fell apart.", "agent: Hm.", "customer: It went missing.", "agent: So sorry."]
    assert verdict(soon, *said)[0] == "pass"
    assert verdict(soon, *said, starts=[0, 5, 100, 105])[0] == "pass"
    assert verdict(soon, *said, starts=[0, 5, 100, 113])[0] == "fail"


def test_several_behaviors_are_all_named() -> None:
    either = criterion(when={"behavior": ["mishap", "regret"]}, expect={"say": "sorry"})
    assert verdict(either, "customer: Fine.") == ("na", "no mishap or regret heard in the 1 customer line")


# Forbidden


def test_forbidden_words_not_said_are_a_pass() -> None:
    result = judge(NEVER_BLAMES, small_call("agent: Of course.", "customer: It is your fault."))
    assert (result.verdict, result.reason) == ("pass", "not heard in the 1 agent line")
    assert (result.evidence, result.searched) == ((), 1)


def test_forbidden_words_are_a_fail_with_their_evidence() -> None:
    result = judge(NEVER_BLAMES, small_call("agent: Hm.", "agent: Well. That is your fault.", "agent: Your fault!"))
    assert (result.verdict, result.reason) == ("fail", "“That is your fault.” at 00:10")
    assert parts(result) == [("answer", 1, "That is your fault."), ("answer", 2, "Your fault!")]
    assert result.evidence[0].behavior is None


def test_forbidden_fewer_times_than_it_takes_is_a_pass_that_says_so() -> None:
    twice = criterion(forbid={"say": "hold on", "at_least": 3})
    result = judge(twice, small_call("agent: Hold on.", "agent: Hold on.", "agent: Yes."))
    assert (result.verdict, result.reason) == ("pass", "heard 2 times in the 3 agent lines; it takes 3 to fail")
    assert parts(result) == [("answer", 0, "Hold on."), ("answer", 1, "Hold on.")]
    assert verdict(twice, "agent: Hold on, hold on, hold on.")[0] == "fail"


def test_forbidden_only_after_an_occasion() -> None:
    assert verdict(WHEN_CALM, "agent: It is your fault.") == ("na", "no mishap heard in the 0 customer lines")
    assert verdict(WHEN_CALM, "customer: It fell apart.", "agent: Your fault.") == ("fail", "“Your fault.” at 00:10")
    assert verdict(WHEN_CALM, "customer: It fell apart.", "agent: Quite.") == ("pass", "not heard in the 1 agent line")


def test_forbidden_in_a_window() -> None:
    at_the_end = criterion(forbid={"say": "bye", "within": {"last": "1 turn"}})
    assert verdict(at_the_end, "agent: Bye.", "customer: Wait.", "agent: Yes?")[0] == "pass"
    assert verdict(at_the_end, "agent: Yes?", "customer: Well.", "agent: Bye.")[0] == "fail"


# Heard badly


def low(utterance: Utterance) -> Utterance:
    return heard(utterance, *[0.2] * len(utterance.text.split()))


def test_an_answer_heard_badly_is_for_a_person() -> None:
    (line,) = lines("agent: I am so sorry")
    result = judge(REGRETS, call_of([heard(line, 0.9, 0.9, 0.3, 0.3)]))
    assert result.verdict == "review"
    doubt = "but it was recognised poorly (the words are 30% certain): listen to it"
    assert result.reason == f"“I am so sorry” at 00:00, {doubt}"
    assert parts(result) == [("answer", 0, "I am so sorry")]


def test_an_answer_in_a_line_with_a_doubt_is_for_a_person() -> None:
    (line,) = lines("agent: So sorry.")
    result = judge(REGRETS, call_of([replace(line, doubt="loop")]))
    assert result.verdict == "review"
    assert "but it was recognised poorly (loop): listen to it" in result.reason


def test_one_sure_answer_is_enough() -> None:
    first, second = lines("agent: So sorry.", "agent: So sorry.")
    result = judge(REGRETS, call_of([low(first), second]))
    assert (result.verdict, parts(result)) == ("pass", [("answer", 1, "So sorry.")])


def test_sure_and_doubtful_answers_do_not_add_up_to_a_pass() -> None:
    twice = criterion(expect={"behavior": "regret", "at_least": 2})
    first, second = lines("agent: So sorry.", "agent: So sorry.")
    result = judge(twice, call_of([first, low(second)]))
    assert result.verdict == "review"
    assert result.reason.startswith("“So sorry.” at 00:10, but")
    assert len(result.evidence) == 2


def test_a_weak_phrase_is_for_a_person() -> None:
    assert verdict(REGRETS, "agent: Oh dear.") == (
        "review",
        "“Oh dear.” at 00:00, but this wording is a weak sign of it (50% certain): listen to it",
    )


def test_forbidden_words_heard_badly_are_for_a_person() -> None:
    (line,) = lines("agent: It is your fault")
    result = judge(NEVER_BLAMES, call_of([heard(line, 0.9, 0.9, 0.2, 0.2)]))
    assert result.verdict == "review"
    doubt = "but it was recognised poorly (the words are 20% certain): listen to it"
    assert result.reason == f"“It is your fault” at 00:00, {doubt}"


def test_forbidden_words_not_heard_in_a_poor_transcript_pass_and_say_so() -> None:
    said = small_call("agent: Of course.", "agent: Right.")
    provisional = judge(NEVER_BLAMES, replace(said, provisional=True))
    missed = "the transcript is provisional, so it may have been missed"
    assert (provisional.verdict, provisional.reason) == ("pass", f"not heard in the 2 agent lines; {missed}")
    badly = judge(NEVER_BLAMES, call_of([low(one) for one in said.utterances]))
    missed = "2 of the 2 were recognised poorly, so it may have been missed"
    assert (badly.verdict, badly.reason) == ("pass", f"not heard in the 2 agent lines; {missed}")


def test_one_sure_offence_is_enough() -> None:
    first, second = lines("agent: Your fault.", "agent: Your fault.")
    result = judge(NEVER_BLAMES, call_of([low(first), second]))
    assert (result.verdict, parts(result)) == ("fail", [("answer", 1, "Your fault.")])


def test_of_sure_and_doubtful_offences_the_doubtful_one_is_to_be_heard() -> None:
    twice = criterion(forbid={"say": "your fault", "at_least": 2})
    first, second = lines("agent: Your fault.", "agent: Your fault!")
    result = judge(twice, call_of([first, low(second)]))
    assert result.verdict == "review"
    assert result.reason.startswith("“Your fault!” at 00:10, but it was recognised poorly")


def test_a_line_heard_half_well_is_not_heard_badly() -> None:
    (line,) = lines("agent: Goodbye now")
    assert judge(REGRETS, call_of([heard(line, 0.4, 0.6)])).verdict == "fail"
    assert judge(REGRETS, call_of([heard(line, 0.4, 0.59)])).verdict == "review"
    assert judge(REGRETS, call_of([heard(line, None, None)])).verdict == "fail"


@pytest.mark.parametrize(
    ("badly", "of", "expected"), [(1, 2, "review"), (1, 3, "fail"), (2, 5, "review"), (0, 4, "fail"), (4, 4, "review")]
)
def test_absence_from_lines_heard_badly_is_for_a_person(badly: int, of: int, expected: str) -> None:
    said = lines(*["agent: Take it or leave it."] * of)
    result = judge(REGRETS, call_of([*map(low, said[:badly]), *said[badly:]]))
    assert result.verdict == expected
    assert (f"{badly} of the {of} were recognised poorly: listen to them" in result.reason) == (expected == "review")


def test_lines_heard_badly_elsewhere_say_nothing() -> None:
    mine, theirs = lines("agent: Take it or leave it.", "customer: Mumble mumble.")
    assert judge(REGRETS, call_of([mine, low(theirs)])).verdict == "fail"
    early = criterion(expect={"behavior": "regret", "within": "1 turn"})
    said = lines("agent: Take it or leave it.", "customer: Hm.", "agent: Mumble mumble.")
    assert judge(early, call_of([*said[:2], low(said[2])])).verdict == "fail"


def test_a_doubtful_occasion_left_unanswered_is_for_a_person() -> None:
    theirs, mine = lines("customer: It fell apart.", "agent: Take it or leave it.")
    result = judge(ANSWERS, call_of([low(theirs), mine]))
    assert result.verdict == "review"
    assert result.reason == (
        "mishap at 00:00 “It fell apart.”; 1 later agent line searched, nothing came near; and it is not certain that"
        " there was an occasion (it was recognised poorly (the words are 20% certain)): listen to it"
    )
    assert verdict(ANSWERS, "customer: Oh no.", "agent: Take it or leave it.")[0] == "review"


def test_a_doubtful_occasion_that_was_answered_is_a_pass() -> None:
    theirs, mine = lines("customer: It fell apart.", "agent: So sorry.")
    assert judge(ANSWERS, call_of([low(theirs), mine])).verdict == "pass"


def test_one_sure_occasion_is_enough() -> None:
    said = lines("customer: It fell apart.", "customer: It fell apart.", "agent: Take it or leave it.")
    assert judge(ANSWERS, call_of([low(said[0]), *said[1:]])).verdict == "fail"


def test_two_occasions_needed_and_one_of_them_doubtful_is_for_a_person() -> None:
    twice = criterion(when={"behavior": "mishap", "at_least": 2}, expect={"behavior": "regret"})
    said = lines("customer: It fell apart.", "customer: It fell apart.", "agent: Take it or leave it.")
    assert judge(twice, call_of([low(said[0]), *said[1:]])).verdict == "review"
    assert judge(twice, call_of(said)).verdict == "fail"


def test_an_offence_at_a_doubtful_occasion_is_for_a_person() -> None:
    theirs, mine = lines("customer: It fell apart.", "agent: It is your fault.")
    result = judge(WHEN_CALM, call_of([low(theirs), mine]))
    assert result.verdict == "review"
    assert result.reason == (
        "“It is your fault.” at 00:10, but it is not certain that there was an occasion"
        " (it was recognised poorly (the words are 20% certain)): listen to it"
    )


# Provisional


def provisional(*said: str) -> AnalysedCall:
    return call_of(lines(*said), provisional=True)


def test_absence_in_a_provisional_transcript_is_for_a_person() -> None:
    result = judge(REGRETS, provisional("agent: Take it or leave it."))
    assert result.verdict == "review"
    assert result.reason == (
        "1 agent line searched, nothing came near; the transcript is provisional, so it may have been said:"
        " listen to it"
    )
    assert judge(ANSWERS, provisional("customer: It fell apart.", "agent: No.")).verdict == "review"


def test_what_was_heard_counts_in_a_provisional_transcript() -> None:
    assert judge(REGRETS, provisional("agent: So sorry.")).verdict == "pass"
    assert judge(NEVER_BLAMES, provisional("agent: Your fault.")).verdict == "fail"
    assert judge(NEVER_BLAMES, provisional("agent: Of course.")).verdict == "pass"
    assert judge(ANSWERS, provisional("customer: Fine.", "agent: Good.")).verdict == "na"


# Guessed speakers


def test_words_said_by_somebody_else_may_be_the_agents_where_it_is_a_guess() -> None:
    said = lines("agent: Take it or leave it.", "customer: I am so sorry.")
    result = judge(REGRETS, call_of(guessed(said)))
    assert result.verdict == "review"
    assert result.reason == (
        "1 agent line searched, nothing came near; “I am so sorry.” at 00:10 was said, but it is not certain by whom:"
        " listen to it"
    )
    assert judge(REGRETS, call_of(said)).verdict == "fail"


def test_what_nobody_said_is_a_fail_whoever_spoke() -> None:
    said = lines("agent: Take it or leave it.", "customer: Goodbye now.")
    assert judge(REGRETS, call_of(guessed(said))).verdict == "fail"


def test_what_was_said_outside_the_window_does_not_count_whoever_said_it() -> None:
    early = criterion(expect={"behavior": "regret", "within": "1 turn"})
    said = lines("agent: Take it.", "customer: Well.", "agent: Leave it.", "customer: So sorry.")
    assert judge(early, call_of(guessed(said))).verdict == "fail"


def test_what_a_stranger_said_may_be_the_agents() -> None:
    said = lines("agent: Hello.", "customer: It fell apart.", "agent: Oh.", "unknown: I am so sorry.")
    sure, stranger = said[:3], guessed(said[3:])
    result = judge(REGRETS, call_of([*sure, *stranger]))
    assert result.verdict == "review"
    assert "not certain by whom" in result.reason


def test_what_the_customer_surely_said_is_not_the_agents_though_others_are_guesses() -> None:
    said = lines("customer: It fell apart.", "agent: Oh.", "customer: I am so sorry.", "customer: Well.")
    assert judge(REGRETS, call_of([*said[:3], *guessed(said[3:])])).verdict == "fail"


def test_a_window_of_turns_is_as_wide_for_the_other_side() -> None:
    soon = criterion(
        when={"behavior": "mishap"}, expect={"behavior": "regret", "within": {"after": "when", "turns": 2}}
    )
    said = lines(
        "customer: It fell apart.", "agent: Hm.", "customer: Well?", "agent: Hm.", "customer: So sorry.", "agent: Hm."
    )
    assert judge(soon, call_of(guessed(said))).verdict == "review"


def test_an_offence_is_for_a_person_where_the_speaker_is_a_guess() -> None:
    said = lines("agent: It is your fault.")
    result = judge(NEVER_BLAMES, call_of(guessed(said)))
    assert (result.verdict, result.reason) == (
        "review",
        "“It is your fault.” at 00:00, but it is not certain who said it: listen to it",
    )


def test_an_offence_of_anybody_is_one_whoever_spoke() -> None:
    nobody_swears = criterion(forbid={"say": "blast", "speaker": "any"})
    assert judge(nobody_swears, call_of(guessed(lines("agent: Blast!")))).verdict == "fail"


def test_a_sure_line_counts_though_others_are_guesses() -> None:
    first, second = lines("agent: It is your fault.", "customer: Well.")
    assert judge(NEVER_BLAMES, call_of([first, *guessed([second])])).verdict == "fail"


def test_what_was_found_where_the_speaker_is_a_guess_is_for_a_person() -> None:
    result = judge(REGRETS, call_of(guessed(lines("agent: So sorry."))))
    assert result.verdict == "review"
    assert "not certain who said it" in result.reason
    either = criterion(expect={"behavior": "regret", "speaker": "any"})
    assert judge(either, call_of(guessed(lines("agent: So sorry.")))).verdict == "pass"


# All of it


LINES = st.sampled_from(
    ["agent: So sorry.", "agent: Oh dear.", "agent: It is your fault.", "agent: Well.", "customer: It fell apart.",
     "customer: Oh no.", "customer: Well.", "customer: So sorry.", "customer: It is your fault."]
)  # fmt: skip
CRITERIA = st.sampled_from(
    [REGRETS, ANSWERS, NEVER_BLAMES, WHEN_CALM,
     criterion(expect={"behavior": "regret", "at_least": 2, "speaker": "any"}),
     criterion(when={"behavior": "mishap", "within": {"last": "20s"}}, forbid={"say": "sorry", "within": "2 turns"})]
)  # fmt: skip
DOUBTS = st.sampled_from(["", "", "", "low", "loop", "guess"])


@given(CRITERIA, st.lists(st.tuples(LINES, DOUBTS), max_size=8), st.booleans(), st.booleans())
def test_every_verdict_has_a_reason_and_true_evidence(
    criterion: Criterion, said: list[tuple[str, str]], timed: bool, provisional: bool
) -> None:
    utterances = []
    for line, doubt in zip(lines(*(line for line, _ in said), timed=timed), (doubt for _, doubt in said), strict=True):
        if doubt == "low":
            utterances.append(low(line))
        elif doubt == "guess":
            utterances.extend(guessed([line]))
        else:
            utterances.append(replace(line, doubt=doubt or None))
    result = judge(criterion, call_of(utterances, provisional=provisional))
    assert result.reason
    assert "\n" not in result.reason
    assert result.searched <= len(utterances)
    for evidence in result.evidence:
        line = utterances[evidence.utterance]
        assert evidence.quote in line.text
        assert (evidence.speaker, evidence.start, evidence.end) == (line.speaker, line.start, line.end)
    if criterion.when is None:
        assert result.verdict != "na"
    if criterion.expect is not None and provisional:
        assert result.verdict != "fail"
    if result.verdict == "fail" and criterion.forbid is not None:
        answers = [evidence for evidence in result.evidence if evidence.part == "answer"]
        assert answers
        assert all(utterances[answer.utterance].speaker_sure for answer in answers)


@given(CRITERIA, st.lists(LINES, max_size=8))
def test_the_same_call_gives_the_same_result(criterion: Criterion, said: list[str]) -> None:
    assert judge(criterion, small_call(*said)) == judge(criterion, small_call(*said))


def test_a_call_that_ends_before_anyone_can_answer_is_no_miss() -> None:
    result = judge(ANSWERS, small_call("agent: Hello.", "customer: It fell apart."))
    assert (result.verdict, result.searched) == ("na", 0)
    assert result.reason == "mishap at 00:10 “It fell apart.”; the agent did not speak again"
    assert [evidence.part for evidence in result.evidence] == ["trigger"]


def test_who_answers_too_late_was_there_to_answer() -> None:
    soon = criterion(
        when={"behavior": "mishap"}, expect={"behavior": "regret", "within": {"after": "when", "seconds": 20}}
    )
    assert verdict(soon, "customer: It fell apart.", "agent: So sorry.", starts=[0, 90]) == (
        "fail",
        "mishap at 00:00 “It fell apart.”; 0 later agent lines searched",
    )
    assert verdict(soon, "customer: It fell apart.", "customer: Hello?", starts=[0, 90])[0] == "na"


def test_where_who_speaks_is_a_guess_the_other_side_counts_as_perhaps() -> None:
    said = guessed(lines("customer: It is your fault.", "agent: It fell apart."))
    blamed = judge(NEVER_BLAMES, call_of(said))
    assert blamed.verdict == "review"
    assert "not certain by whom" in blamed.reason
    assert judge(NEVER_BLAMES, small_call("customer: It is your fault.", "agent: Well.")).verdict == "pass"
    occasion = judge(ANSWERS, call_of(said))
    assert occasion.verdict == "review"
    assert judge(ANSWERS, small_call("customer: Hm.", "agent: It fell apart.")).verdict == "na"


def test_what_is_forbidden_is_shown_by_its_clearest_words() -> None:
    loud = behavior("loud", {"say": "well well", "confidence": 0.7}, "shut up")
    said = call_of(lines("agent: Well, well.", "agent: Shut up."), {"loud": loud})
    result = judge(criterion(forbid={"behavior": "loud"}), said)
    assert result.reason == "“Shut up.” at 00:10"
    assert [evidence.utterance for evidence in result.evidence] == [1, 0]


def test_a_model_alone_never_costs_a_point() -> None:
    said = small_call("customer: It fell apart.", "agent: Your fault.")
    learned = replace(said, hits=tuple(replace(hit, learned=True) for hit in said.hits))
    blames = behavior("blame", "your fault")
    blamed = call_of(said.utterances, {**said.behaviors, "blame": blames})
    never = criterion(forbid={"behavior": "blame"})
    assert judge(never, blamed).verdict == "fail"
    by_model = replace(blamed, hits=tuple(replace(hit, learned=True) for hit in blamed.hits))
    assert judge(never, by_model).verdict == "review"
    assert judge(ANSWERS, said).verdict == "fail"
    assert judge(ANSWERS, learned).verdict == "review"
    answered = small_call("customer: It fell apart.", "agent: So sorry.")
    assert (
        judge(ANSWERS, replace(answered, hits=tuple(replace(h, learned=True) for h in answered.hits))).verdict == "pass"
    )


def test_the_trigger_that_was_answered_is_cited_not_the_first() -> None:
    twice = ["customer: It fell apart.", "agent: Hm.", "customer: And the lid went missing.", "agent: So sorry."]
    assert verdict(ANSWERS, *twice) == (
        "pass",
        "mishap at 00:20 “And the lid went missing.”; “So sorry.” at 00:30",
    )


def test_of_several_answers_the_clearest_is_quoted() -> None:
    result = judge(REGRETS, small_call("agent: Oh dear.", "agent: Hm, so sorry.", "agent: I regret it."))
    assert result.reason.startswith("“Hm, so sorry.”")


def test_what_shares_no_word_that_matters_is_no_nearest_miss() -> None:
    assert verdict(REGRETS, "agent: I rejected that order.") == ("fail", "1 agent line searched, nothing came near")


def test_no_phrase_syntax_stands_in_a_reason() -> None:
    asked = criterion(when={"say": "(how long|when) (will|does) it"}, expect={"say": "(today|tomorrow)"})
    done = verdict(asked, "customer: How long will it be?", "agent: Hm.")
    assert done == (
        "fail",
        "“how long will it” at 00:00 “How long will it be?”; 1 agent line searched, nothing came near",
    )


def test_an_occasion_that_perhaps_the_other_party_raised_costs_no_point() -> None:
    said = lines("customer: It fell apart.", "agent: Hm.", "agent: Well.")
    unsure = call_of([replace(said[0], speaker_sure=False), *said[1:]])
    result = judge(ANSWERS, unsure)
    assert result.verdict == "review"
    assert "it is not certain that there was an occasion (it is not certain who said it)" in result.reason
