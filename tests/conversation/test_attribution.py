from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from callqa.conversation.attribution import BREATH, LONGEST_UTTERANCE, Attribution, attribute
from callqa.conversation.roles import Cues
from callqa.core.timeline import Span
from callqa.engines.base import Segment
from callqa.language.phrases import PhraseSet
from callqa.transcription.transcriber import RawTranscript
from callqa.transcripts.transcript import Word
from support.small_calls import behavior

BEHAVIORS = {
    one.name: one
    for one in (behavior("offer_help", "at your service"), behavior("complaint", "fell apart", speaker="customer"))
}
CUES = Cues(PhraseSet(["membership number"]), PhraseSet(["i bought"]))


def recording(layout: Any, *segments: Segment, **more: Any) -> RawTranscript:
    return RawTranscript(segments, 60.0, "scripted", None, layout, **more)


def transcript(*segments: Segment) -> RawTranscript:
    return RawTranscript(segments, None, "transcript", None, call_id="k9", agent="nadia")


def line(label: str | None, text: str = "Hm.", start: float | None = None, **more: Any) -> Segment:
    """A line of a transcript, whose speaker is a role or a name."""
    role = label if label in ("agent", "customer") else "unknown"
    end = None if start is None else start + 2
    return Segment(text, start, end, speaker=role, label=None if role == label else label, **more)  # type: ignore[arg-type]


def heard_as(heard: RawTranscript, agent_channel: int | None = None) -> Attribution:
    return attribute(heard, BEHAVIORS, CUES, agent_channel=agent_channel)


def speakers(attributed: Attribution) -> str:
    return "".join({"agent": "A", "customer": "C"}[one.speaker] for one in attributed.transcript.utterances)


LEFT, RIGHT = (Span(0, 3), Span(8, 9)), (Span(4, 7),)
DUAL = recording(
    "dual",
    Segment("It fell apart.", 4.0, 7.0, channel=1),
    Segment("At your service.", 0.5, 3.0, channel=0),
    Segment("I see.", 8.0, 9.0, channel=0),
    speech=((0, LEFT), (1, RIGHT)),
)


def test_each_channel_of_a_dual_recording_is_a_party() -> None:
    attributed = heard_as(DUAL)
    assert speakers(attributed) == "ACA"
    assert [one.start for one in attributed.transcript.utterances] == [0.5, 4.0, 8.0]
    assert attributed.sure
    assert attributed.basis == "the agent is channel left, by the words “At your service.”"


def test_speech_goes_to_the_party_whose_channel_it_is() -> None:
    speech = heard_as(DUAL).speech
    assert speech is not None
    assert (speech.agent, speech.customer, speech.duration) == (LEFT, RIGHT, 60.0)


def test_the_asked_channel_decides_words_and_speech() -> None:
    attributed = heard_as(DUAL, agent_channel=1)
    assert speakers(attributed) == "CAC"
    assert attributed.basis == (
        "the agent is channel right, as asked for, but the words suggest channel left: are the channels swapped?"
    )
    assert attributed.speech is not None
    assert (attributed.speech.agent, attributed.speech.customer) == (RIGHT, LEFT)


def test_swapped_channels_are_found_by_the_words() -> None:
    swapped = replace(
        DUAL,
        segments=tuple(replace(one, channel=1 - (one.channel or 0)) for one in DUAL.segments),
        speech=((0, RIGHT), (1, LEFT)),
    )
    attributed = heard_as(swapped)
    assert speakers(attributed) == "ACA"
    assert attributed.speech is not None
    assert (attributed.speech.agent, attributed.speech.customer) == (LEFT, RIGHT)


@pytest.mark.parametrize(("asked", "agent"), [(None, RIGHT), (0, LEFT), (1, RIGHT)])
def test_speech_is_told_apart_where_one_party_was_not_understood(asked: int | None, agent: tuple[Span, ...]) -> None:
    attributed = heard_as(replace(DUAL, segments=(Segment("At your service.", 4.0, 7.0, channel=1),)), asked)
    assert attributed.speech is not None
    assert attributed.speech.agent == agent


def test_speech_is_told_apart_where_the_customer_speaks_first() -> None:
    attributed = heard_as(replace(DUAL, segments=(replace(DUAL.segments[0], start=0.1), *DUAL.segments[1:])))
    assert speakers(attributed) == "CAA"
    assert attributed.speech is not None
    assert (attributed.speech.agent, attributed.speech.customer) == (LEFT, RIGHT)


def dual(*said: tuple[int, float, float, str], **more: Any) -> list[str]:
    """The lines made of what was heard: channel, start, end and text of each."""
    segments = tuple(Segment(text, start, end, channel=channel, **more) for channel, start, end, text in said)
    return [one.text for one in heard_as(replace(DUAL, segments=segments)).transcript.utterances]


def test_what_begins_at_once_is_in_the_order_of_the_channels() -> None:
    assert dual((1, 2.0, 3.0, "B."), (0, 2.0, 3.0, "A."), (1, 0.0, 1.0, "C.")) == ["C.", "A.", "B."]


def test_a_short_pause_does_not_part_what_one_party_says() -> None:
    heard = [Segment("I am so", 1.0, 2.0, (Word("so", 1, 2),), 0), Segment("sorry.", 2.9, 3.5, (Word("sorry."),), 0)]
    (line,) = heard_as(replace(DUAL, segments=tuple(heard))).transcript.utterances
    assert (line.text, line.start, line.end, line.channel) == ("I am so sorry.", 1.0, 3.5, 0)
    assert [word.text for word in line.words] == ["so", "sorry."]


@pytest.mark.parametrize(
    ("pause", "end"),
    [pytest.param(BREATH, 9.0, id="a long pause"), pytest.param(0.5, LONGEST_UTTERANCE + 0.1, id="long")],
)
def test_a_long_pause_or_speech_begins_a_new_line(pause: float, end: float) -> None:
    assert dual((0, 0.0, 3.0, "A."), (0, 3.0 + pause, end, "B.")) == ["A.", "B."]


def test_an_answer_stays_behind_what_it_answers() -> None:
    assert dual((0, 0.0, 3.0, "Yes?"), (1, 2.9, 3.5, "It broke."), (0, 3.6, 5.0, "So sorry.")) == [
        "Yes?",
        "It broke.",
        "So sorry.",
    ]


def test_what_is_heard_worse_stays_apart() -> None:
    heard = (Segment("A.", 0.0, 1.0, channel=0), Segment("B.", 1.2, 2.0, channel=0, doubt="loop"))
    assert [one.doubt for one in heard_as(replace(DUAL, segments=heard)).transcript.utterances] == [None, "loop"]


def test_in_one_channel_for_both_a_pause_may_be_where_the_other_begins() -> None:
    heard = recording("mono", Segment("A.", 0.0, 1.0, channel=0), Segment("B.", 1.2, 2.0, channel=0))
    assert len(heard_as(heard).transcript.utterances) == 2


def test_a_dual_recording_without_words_has_no_lines() -> None:
    attributed = heard_as(replace(DUAL, segments=()))
    assert attributed.transcript.utterances == ()
    assert attributed.speech is not None


def test_all_that_was_heard_of_a_line_is_kept() -> None:
    words = (Word("hm", 1.0, 2.0, 0.4),)
    heard = recording("dual", Segment("hm", 1.0, 2.0, words, 1, doubt="low probability"))
    (kept,) = heard_as(heard).transcript.utterances
    assert (kept.text, kept.words, kept.doubt, kept.channel) == ("hm", words, "low probability", 1)


def test_a_silent_channel_leaves_one_party_and_no_measured_speech() -> None:
    heard = recording("one-silent", Segment("At your service.", 1.0, 2.0, channel=1), speech=((1, RIGHT),))
    attributed = heard_as(heard)
    assert (speakers(attributed), attributed.speech) == ("A", None)
    assert speakers(heard_as(heard, agent_channel=0)) == "C"


@pytest.mark.parametrize("layout", ["mono", "dual-mono"])
def test_one_channel_for_both_is_told_apart_by_the_words(layout: str) -> None:
    texts = ["At your service.", "It fell apart.", "Membership number?", "Seven."]
    heard = recording(layout, *(Segment(text, 5.0 * i, 5.0 * i + 3, channel=0) for i, text in enumerate(texts)))
    attributed = heard_as(heard)
    assert speakers(attributed) == "ACAC"
    assert (attributed.sure, attributed.speech) == (False, None)
    assert attributed.basis.startswith("one channel holds both parties")


VOICES = [("A", "At your service."), ("B", "It fell apart."), ("A", "Membership number?"), ("B", "Seven.")]


def by_voice(*said: tuple[str, str], layout: str = "mono", **more: Any) -> RawTranscript:
    """One channel whose voices were told apart, a line every five seconds."""
    return recording(
        layout,
        *(Segment(text, 5.0 * i, 5.0 * i + 3, channel=0, label=name, **more) for i, (name, text) in enumerate(said)),
    )


@pytest.mark.parametrize("layout", ["mono", "dual-mono"])
def test_voices_told_apart_are_parties(layout: str) -> None:
    attributed = heard_as(by_voice(*VOICES, layout=layout))
    assert (speakers(attributed), attributed.sure, attributed.speech) == ("ACAC", True, None)
    assert all(one.speaker_sure for one in attributed.transcript.utterances)
    assert attributed.basis == (
        "one channel holds both parties, who were distinguished by their voices; "
        "the agent is voice A, by the words “At your service.”"
    )


def test_it_does_not_matter_which_voice_comes_first() -> None:
    assert speakers(heard_as(by_voice(("A", "It fell apart."), ("B", "At your service."), ("A", "Thanks.")))) == "CAC"


def test_a_line_whose_voice_is_uncertain_stays_a_guess() -> None:
    heard = by_voice(*VOICES)
    unsure = replace(heard, segments=(*heard.segments[:3], replace(heard.segments[3], speaker_sure=False)))
    attributed = heard_as(unsure)
    assert [one.speaker_sure for one in attributed.transcript.utterances] == [True, True, True, False]
    assert attributed.basis.endswith("; in 1 of 4 lines it is not certain who speaks")


def test_voices_that_say_nothing_telling_are_guesses() -> None:
    attributed = heard_as(by_voice(("A", "Hm."), ("B", "Well.")))
    assert not attributed.sure
    assert not any(one.speaker_sure for one in attributed.transcript.utterances)


def test_a_third_voice_is_nobodys() -> None:
    attributed = heard_as(by_voice(("other", "At your service. Membership number?"), *VOICES))
    assert [one.speaker for one in attributed.transcript.utterances][:2] == ["unknown", "agent"]
    assert [one.speaker_sure for one in attributed.transcript.utterances] == [False, True, True, True, True]


def test_what_one_voice_says_in_one_breath_is_one_line() -> None:
    heard = recording(
        "mono",
        Segment("I am so", 0.0, 1.0, channel=0, label="A"),
        Segment("sorry.", 1.5, 2.0, channel=0, label="A"),
        Segment("Yes.", 2.1, 2.4, channel=0, label="B"),
        Segment("No.", 2.5, 2.8, channel=0, label="B", speaker_sure=False),
    )
    assert [one.text for one in heard_as(heard).transcript.utterances] == ["I am so sorry.", "Yes.", "No."]


# Transcripts


def test_a_transcript_that_names_roles_is_taken_at_its_word() -> None:
    attributed = heard_as(transcript(line("customer", "At your service.", 0), line("agent", "It fell apart.", 3)))
    assert (speakers(attributed), attributed.sure) == ("CA", True)
    assert attributed.basis == "the transcript names the agent"
    assert (attributed.transcript.call_id, attributed.transcript.agent) == ("k9", "nadia")


def test_a_transcript_keeps_its_order() -> None:
    attributed = heard_as(transcript(line("agent", "B.", 9), line("customer", "A.", 1)))
    assert [one.text for one in attributed.transcript.utterances] == ["B.", "A."]


def test_a_transcript_that_guesses_is_not_sure() -> None:
    attributed = heard_as(transcript(line("agent", start=0, speaker_sure=False), line("customer", start=3)))
    assert (attributed.sure, attributed.speech) == (False, None)
    assert attributed.basis == "the transcript only guesses who speaks"


def test_the_speech_of_a_transcript_is_that_of_its_lines() -> None:
    heard = transcript(line("agent", start=0), line("agent", start=2), line("customer", start=6))
    speech = heard_as(heard).speech
    assert speech is not None
    assert (speech.agent, speech.customer, speech.duration) == ((Span(0, 4),), (Span(6, 8),), 8)


def test_a_transcript_without_times_has_no_measured_speech() -> None:
    assert heard_as(transcript(line("agent"), line("customer"))).speech is None
    assert heard_as(transcript(line("agent", start=0), line("customer"))).speech is None


def test_names_are_told_apart_by_what_they_say() -> None:
    attributed = heard_as(transcript(line("Ann"), line("Ben", "At your service."), line("Ann", "It fell apart.")))
    assert (speakers(attributed), attributed.sure) == ("CAC", True)
    assert attributed.basis == "the agent is speaker Ben, by the words “At your service.”"


def test_names_that_say_nothing_are_a_guess() -> None:
    attributed = heard_as(transcript(line("Ann"), line("Ben")))
    assert (speakers(attributed), attributed.sure) == ("AC", False)
    assert "naming the agent in the transcript makes it certain" in attributed.basis


def test_who_speaks_to_a_named_agent_is_the_customer_and_a_third_is_nobody() -> None:
    attributed = heard_as(transcript(line("Ann", "At your service."), line("agent", "It fell apart."), line(None)))
    assert spoken_by(attributed) == [("customer", True), ("agent", True), ("unknown", False)]
    assert attributed.sure
    assert attributed.basis == "the transcript names the agent; 1 of 3 lines belong to neither party (somebody)"


@pytest.mark.parametrize("name", ["Sam", None])
def test_who_speaks_to_a_named_customer_is_the_agent(name: str | None) -> None:
    attributed = heard_as(transcript(line("customer", "At your service."), line(name, "It fell apart.")))
    assert (speakers(attributed), attributed.sure) == ("CA", True)
    assert attributed.basis == "the transcript names the customer"


@pytest.mark.parametrize("names", [(None, None), ("Ann", "Ann"), (None, "Ann")])
def test_one_name_for_all_or_none_leaves_the_words(names: tuple[str | None, str | None]) -> None:
    attributed = heard_as(transcript(line(names[0], "It fell apart. I bought it."), line(names[1], "At your service.")))
    assert (speakers(attributed), attributed.sure) == ("CA", False)


def test_an_empty_transcript_has_no_lines() -> None:
    assert heard_as(transcript()).transcript.utterances == ()


def test_a_third_person_beside_both_parties_is_nobody() -> None:
    found = heard_as(
        transcript(
            line("agent", "Good morning."),
            line("customer", "It fell apart."),
            line("Supervisor", "You are wrong, sir."),
        )
    )
    assert [(one.speaker, one.speaker_sure) for one in found.transcript.utterances] == [
        ("agent", True),
        ("customer", True),
        ("unknown", False),
    ]
    assert found.sure
    assert found.basis == "the transcript names the agent; 1 of 3 lines belong to neither party (Supervisor)"


def spoken_by(found: Attribution) -> list[tuple[str, bool]]:
    return [(one.speaker, one.speaker_sure) for one in found.transcript.utterances]


def test_of_three_names_the_third_is_neither_party() -> None:
    found = heard_as(
        transcript(
            line("S0", "At your service."),
            line("S1", "It fell apart, and it was a present for my brother."),
            line("S2", "Let me take this one."),
            line("S0", "Right."),
        )
    )
    assert spoken_by(found) == [("agent", True), ("customer", True), ("unknown", False), ("agent", True)]
    assert "1 of 4 lines belong to neither party (S2)" in found.basis
    assert found.sure


def test_a_line_without_a_name_among_named_ones_is_nobodys() -> None:
    found = heard_as(
        transcript(
            line("S0", "At your service."), line("S1", "It fell apart."), line(None, "Oh."), line("S0", "Right.")
        )
    )
    assert spoken_by(found) == [("agent", True), ("customer", True), ("unknown", False), ("agent", True)]
    assert "(somebody)" in found.basis


def test_a_machine_is_not_taken_for_the_agent() -> None:
    found = heard_as(
        transcript(
            line("Virtual Assistant", "At your service, at your service."),
            line("customer", "It fell apart."),
            line("Nadia", "What is the membership number?"),
            line("customer", "Four two."),
        )
    )
    assert spoken_by(found) == [("unknown", False), ("customer", True), ("agent", True), ("customer", True)]
    assert "Virtual Assistant" in found.basis


def test_of_two_names_nothing_changes() -> None:
    found = heard_as(transcript(line("S0", "At your service."), line("S1", "It fell apart.")))
    assert spoken_by(found) == [("agent", True), ("customer", True)]
    assert "neither" not in found.basis
