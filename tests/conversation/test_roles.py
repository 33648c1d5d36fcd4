from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.behaviors.phrase_search import PhraseSearch
from callqa.conversation.roles import (
    CUE_WEIGHT,
    WEIGHTS,
    Cues,
    RoleAssignment,
    assign_by_party,
    assign_by_words,
    evidence_for_agent,
)
from callqa.language.phrases import PhraseSet
from callqa.transcripts.transcript import Utterance
from support.small_calls import behavior

# Named as the behaviors that are signs, found by words of our own.
BEHAVIORS = {
    one.name: one
    for one in (
        behavior("greeting", "ahoy"),
        behavior("offer_help", "at your service"),
        behavior("apology", "so sorry"),
        behavior("complaint", "fell apart", speaker="customer"),
        behavior("whistle", "whee"),
    )
}
CUES = Cues(PhraseSet(["membership number"]), PhraseSet(["i bought"]))


def spoken(*texts: str) -> list[Utterance]:
    return [Utterance("unknown", text) for text in texts]


def search(utterances: Sequence[Utterance]) -> PhraseSearch:
    return PhraseSearch.of(utterances, BEHAVIORS)


def by_party(said: Sequence[tuple[str, str]], agent: str | None = None, word: str = "channel") -> RoleAssignment:
    """Who is who, where each line is given with its party."""
    utterances = spoken(*(text for _, text in said))
    parties = [party for party, _ in said]
    return assign_by_party(utterances, parties, search(utterances), CUES, agent_party=agent, party_word=word)


def speakers(assigned: RoleAssignment) -> str:
    """A for the agent, C for the customer, in the order of the lines."""
    return "".join({"agent": "A", "customer": "C"}[utterance.speaker] for utterance in assigned.utterances)


SERVED = [("left", "Ahoy, at your service."), ("right", "My kite fell apart."), ("left", "I see.")]


# Parties known


def test_the_agent_is_who_speaks_like_one() -> None:
    assigned = by_party(SERVED)
    assert speakers(assigned) == "ACA"
    assert assigned.sure
    assert assigned.basis == "the agent is channel left, by the words “Ahoy, at your service.”"
    assert all(utterance.speaker_sure for utterance in assigned.utterances)


def test_it_does_not_matter_which_channel_it_is() -> None:
    swapped = [({"left": "right", "right": "left"}[party], text) for party, text in SERVED]
    assigned = by_party(swapped)
    assert (speakers(assigned), assigned.sure) == ("ACA", True)
    assert assigned.basis.startswith("the agent is channel right, by the words")


def test_it_does_not_matter_who_speaks_first() -> None:
    assigned = by_party([SERVED[1], SERVED[0]])
    assert (speakers(assigned), assigned.sure) == ("CA", True)


def test_nothing_but_the_speaker_changes() -> None:
    said = Utterance("unknown", "At your service.", 1.0, 2.0, (), "loop", False, 1)
    (line,) = assign_by_party([said], ["right"], search([said]), CUES).utterances
    assert line == Utterance("agent", "At your service.", 1.0, 2.0, (), "loop", True, 1)


def test_the_asked_channel_is_the_agents() -> None:
    assigned = by_party(SERVED, agent="left")
    assert (speakers(assigned), assigned.sure) == ("ACA", True)
    assert assigned.basis == "the agent is channel left, as asked for"


def test_an_asked_channel_that_contradicts_the_words_is_taken_and_doubted_aloud() -> None:
    assigned = by_party(SERVED, agent="right")
    assert (speakers(assigned), assigned.sure) == ("CAC", True)
    assert assigned.basis == (
        "the agent is channel right, as asked for, but the words suggest channel left: are the channels swapped?"
    )


def test_little_that_contradicts_is_not_worth_a_word() -> None:
    assigned = by_party([("left", "Ahoy."), ("right", "Hm.")], agent="right")
    assert assigned.basis == "the agent is channel right, as asked for"


def test_an_asked_channel_on_which_nobody_speaks_leaves_customers_only() -> None:
    assigned = by_party([("left", "Ahoy, at your service.")], agent="right")
    assert speakers(assigned) == "C"
    assert assigned.basis.endswith("but the words suggest channel left: are the channels swapped?")
    assert (
        by_party([("left", "My kite fell apart.")], agent="right").basis == "the agent is channel right, as asked for"
    )


def test_with_nothing_to_go_by_the_first_to_speak_is_taken_without_being_sure() -> None:
    assigned = by_party([("right", "Hm."), ("left", "Well."), ("right", "Yes.")])
    assert (speakers(assigned), assigned.sure) == ("ACA", False)
    assert assigned.basis == (
        "the agent is assumed to be channel right, going by speaking first; --agent-channel makes it certain"
    )
    assert not any(utterance.speaker_sure for utterance in assigned.utterances)


def test_a_weak_sign_is_taken_without_being_sure() -> None:
    assigned = by_party([("right", "Hm."), ("left", "Ahoy.")])
    assert (speakers(assigned), assigned.sure) == ("CA", False)
    assert assigned.basis == (
        "the agent is assumed to be channel left, going by the few signs in the words; --agent-channel makes it certain"
    )


def test_signs_on_both_sides_weigh_against_each_other() -> None:
    assigned = by_party([("left", "At your service."), ("right", "At your service."), ("right", "Hm.")])
    assert (speakers(assigned), assigned.sure) == ("ACC", False)
    assert by_party([("left", "At your service."), ("right", "At your service. Membership number?")]).sure


def test_one_party_alone_is_the_agent_by_its_words() -> None:
    assigned = by_party([("left", "At your service."), ("left", "Hm.")])
    assert (speakers(assigned), assigned.sure) == ("AA", True)
    assert not by_party([("left", "Hm.")]).sure


def test_of_three_parties_one_is_the_agent() -> None:
    assigned = by_party([("Ann", "Hm."), ("Ben", "At your service."), ("Cy", "My kite fell apart.")], word="speaker")
    assert speakers(assigned) == "CAC"
    assert assigned.basis == "the agent is speaker Ben, by the words “At your service.”"


def test_a_speaker_of_a_transcript_cannot_be_named_by_the_channel_option() -> None:
    assigned = by_party([("Ann", "Hm."), ("Ben", "Well.")], word="speaker")
    assert assigned.basis == (
        "the agent is assumed to be speaker Ann, going by speaking first;"
        " naming the agent in the transcript makes it certain"
    )


def test_without_utterances_there_is_nobody() -> None:
    assert by_party([]).utterances == ()
    assert assign_by_words([], search([]), CUES).utterances == ()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["left", "right"]),
            st.sampled_from(["Ahoy.", "At your service.", "So sorry.", "It fell apart.", "I bought it.", "Hm."]),
        ),
        max_size=10,
    )
)
def test_each_party_has_one_role(said: list[tuple[str, str]]) -> None:
    assigned = by_party(said)
    roles: dict[str, set[str]] = {}
    for (party, text), utterance in zip(said, assigned.utterances, strict=True):
        roles.setdefault(party, set()).add(utterance.speaker)
        assert utterance.text == text
    assert all(len(role) == 1 for role in roles.values())
    assert sum(role == {"agent"} for role in roles.values()) == bool(said)
    swapped = [({"left": "right", "right": "left"}[party], text) for party, text in said]
    if assigned.sure:
        assert speakers(by_party(swapped)) == speakers(assigned)


# The signs


def test_signs_add_up_and_the_strongest_is_quoted() -> None:
    said = spoken("Hm.", "Ahoy! At your service. Membership number?", "It fell apart! So sorry.")
    scores = evidence_for_agent(said, search(said), CUES)
    assert scores[0] == (0.0, None)
    assert scores[1] == (pytest.approx(WEIGHTS["greeting"] + WEIGHTS["offer_help"] + CUE_WEIGHT), "At your service.")
    assert scores[2] == (pytest.approx(WEIGHTS["apology"] + WEIGHTS["complaint"]), "So sorry.")


def test_other_behaviors_are_no_sign() -> None:
    assert evidence_for_agent(spoken("Whee!"), search(spoken("Whee!")), CUES) == [(0.0, None)]


def test_a_cue_counts_once_a_line() -> None:
    said = spoken("I bought it.", "I bought it, I bought it.")
    once, twice = evidence_for_agent(said, search(said), CUES)
    assert once[0] == twice[0] < 0


# One channel for both


def test_in_one_channel_the_words_tell_who_speaks() -> None:
    said = spoken("Ahoy, at your service.", "My kite fell apart.", "So sorry. Membership number?", "Seven.", "Thanks.")
    assigned = assign_by_words(said, search(said), CUES)
    assert speakers(assigned) == "ACACA"
    assert not assigned.sure
    assert (
        assigned.basis
        == "one channel holds both parties; who speaks is guessed from the words alone, with low confidence"
    )
    assert not any(utterance.speaker_sure for utterance in assigned.utterances)


def test_where_the_words_say_nothing_parties_alternate_from_the_agent_on() -> None:
    assert speakers(assign_by_words(spoken(*["Hm."] * 6), search(spoken(*["Hm."] * 6)), CUES)) == "ACACAC"


def test_a_strong_sign_breaks_the_alternation() -> None:
    said = spoken(
        "Ahoy, at your service.", "At your service. Membership number?", "My kite fell apart.", "I bought it."
    )
    assert speakers(assign_by_words(said, search(said), CUES)) == "AACC"


def test_a_customer_may_begin() -> None:
    said = spoken("My kite fell apart. I bought it here.", "At your service.")
    assert speakers(assign_by_words(said, search(said), CUES)) == "CA"


@given(st.lists(st.sampled_from(["Ahoy, at your service.", "It fell apart. I bought it.", "Hm."]), max_size=12))
def test_a_strong_sign_decides_its_line_whatever_stands_around_it(texts: list[str]) -> None:
    assigned = assign_by_words(spoken(*texts), search(spoken(*texts)), CUES)
    assert [utterance.text for utterance in assigned.utterances] == texts
    for text, who in zip(texts, speakers(assigned), strict=True):
        assert text == "Hm." or who == ("A" if text.startswith("Ahoy") else "C")
