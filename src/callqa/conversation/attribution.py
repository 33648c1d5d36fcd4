"""Attribution: from a raw transcript to one in which agent and customer are named, with the basis for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from callqa.behaviors.behavior import Behavior
from callqa.behaviors.phrase_search import PhraseSearch
from callqa.conversation.conversation import BACKCHANNEL, SpeechOfCall
from callqa.conversation.roles import Cues, RoleAssignment, assign_by_party, assign_by_words
from callqa.core.timeline import Span, union
from callqa.engines.base import Segment
from callqa.speech.diarization import OTHER_VOICE
from callqa.transcription.preprocessing import CHANNEL_NAMES
from callqa.transcription.transcriber import RawTranscript
from callqa.transcripts.formats.speaker_labels import is_machine
from callqa.transcripts.transcript import Speaker, Transcript, Utterance

BREATH = 1.0
"""Seconds a speaker may pause inside an utterance. People pause within sentences for up to about this long; speech
regions end at shorter pauses, which would split "I am so … sorry" in two."""

LONGEST_UTTERANCE = 20.0
"""Seconds after which a new utterance begins at the next pause, so that evidence is a moment, not a monologue."""


@dataclass(frozen=True)
class Attribution:
    """A call with its speakers named.

    `speech` holds the stretches of speech of each party, None if there are no times or if who speaks is a guess.
    `basis` is a sentence that says how the agent was identified.
    """

    transcript: Transcript
    basis: str
    sure: bool
    speech: SpeechOfCall | None
    search: PhraseSearch
    """The search for phrases in the utterances of the transcript, which detection uses again."""
    agent_channel: int | None = None
    """The agent's channel, if each party has its own."""


def attribute(
    heard: RawTranscript, behaviors: Mapping[str, Behavior], cues: Cues, *, agent_channel: int | None = None
) -> Attribution:
    """Name the speaker of every utterance."""
    segments = _in_order(heard)
    utterances = [_utterance(segment) for segment in segments]
    search = PhraseSearch.of(utterances, behaviors)
    if heard.layout in ("dual", "one-silent"):
        parties = [CHANNEL_NAMES[segment.channel or 0] for segment in segments]
        agent = None if agent_channel is None else CHANNEL_NAMES[agent_channel]
        assigned = assign_by_party(utterances, parties, search, cues, agent_party=agent)
        side = _agent_channel(assigned, agent_channel)
        return Attribution(
            Transcript(assigned.utterances, heard.call_id, heard.agent),
            assigned.basis,
            assigned.sure,
            _speech_of_channels(heard, side) if heard.layout == "dual" else None,
            search,
            side if heard.layout == "dual" else None,
        )
    if heard.layout is not None:
        told_apart = any(segment.label for segment in segments)
        assigned = (
            _assign_voices(segments, utterances, search, cues)
            if told_apart
            else assign_by_words(utterances, search, cues)
        )
        if agent_channel is not None:
            ignored = "--agent-channel has no effect on a single channel"
            assigned = replace(assigned, basis=f"{assigned.basis}; {ignored}")
        transcript = Transcript(assigned.utterances, heard.call_id, heard.agent)
        return Attribution(transcript, assigned.basis, assigned.sure, None, search)
    return _attribute_transcript(heard, segments, utterances, search, cues)


def _assign_voices(
    segments: Sequence[Segment], utterances: Sequence[Utterance], search: PhraseSearch, cues: Cues
) -> RoleAssignment:
    """Name the agent among two voices in one channel. A third voice belongs to neither party."""
    parties = [index for index, segment in enumerate(segments) if segment.label != OTHER_VOICE]
    labels = [segments[index].label or "" for index in parties]
    said = [utterances[index] for index in parties]
    assigned = assign_by_party(said, labels, search.among(parties), cues, party_word="voice")
    named = [replace(utterance, speaker="unknown", speaker_sure=False) for utterance in utterances]
    for index, utterance in zip(parties, assigned.utterances, strict=True):
        named[index] = replace(utterance, speaker_sure=utterance.speaker_sure and segments[index].speaker_sure)
    basis = f"one channel holds both parties, who were distinguished by their voices; {assigned.basis}"
    unsure = sum(not utterance.speaker_sure for utterance in named)
    if assigned.sure and unsure:
        basis += f"; in {unsure} of {len(named)} lines it is not certain who speaks"
    return RoleAssignment(tuple(named), basis, assigned.sure)


def _attribute_transcript(
    heard: RawTranscript,
    segments: Sequence[Segment],
    utterances: list[Utterance],
    search: PhraseSearch,
    cues: Cues,
) -> Attribution:
    """Name the speakers of a transcript made elsewhere, which gives roles, other names, or nothing."""
    known = {segment.speaker for segment in segments} - {"unknown"}
    labels = {segment.label for segment in segments if segment.speaker == "unknown"}
    if not labels:
        sure = all(utterance.speaker_sure for utterance in utterances)
        basis = "the transcript names the agent" if sure else "the transcript only guesses who speaks"
        assigned = RoleAssignment(tuple(utterances), basis, sure)
    elif {"agent", "customer"} <= known:
        # A third speaker, such as a supervisor or an announcement: a person must say whose words they are.
        third = [utterance.speaker == "unknown" for utterance in utterances]
        told = [
            replace(u, speaker_sure=u.speaker_sure and not other) for u, other in zip(utterances, third, strict=True)
        ]
        others = " and ".join(sorted(label for label in labels if label)) or "somebody"
        basis = f"the transcript names the agent; {sum(third)} of {len(third)} lines belong to neither party ({others})"
        assigned = RoleAssignment(tuple(told), basis, sure=True)
    elif known or len(labels - {None}) > 1:
        assigned = _assign_named(segments, utterances, search, cues)
    else:
        assigned = assign_by_words(utterances, search, cues)
    transcript = Transcript(assigned.utterances, heard.call_id, heard.agent)
    speech = speech_of_utterances(transcript) if assigned.sure and transcript.timed else None
    return Attribution(transcript, assigned.basis, assigned.sure, speech, search)


def _assign_named(
    segments: Sequence[Segment], utterances: Sequence[Utterance], search: PhraseSearch, cues: Cues
) -> RoleAssignment:
    """Name the agent and the customer among speakers with names of their own.

    Only two are parties: the agent, and of the others the one who says most. The words of a third, of a machine and of
    nobody in particular are for a person to attribute.
    """
    parties = [segment.speaker if segment.speaker != "unknown" else segment.label or "" for segment in segments]
    people = {party for party in parties if party and not is_machine(party)}
    if len(people) == 1 and "" in parties:  # whoever speaks with the only one named is the other
        people.add("")
    places = [index for index, party in enumerate(parties) if party in people]
    if not places:
        return assign_by_words(utterances, search, cues)
    said, names = [utterances[index] for index in places], [parties[index] for index in places]
    agent, named = _named_agent(people)
    assigned = assign_by_party(said, names, search.among(places), cues, agent_party=agent, party_word="speaker")
    basis = assigned.basis if agent is None else f"the transcript names the {named}"
    sure = assigned.sure or agent is not None
    agents = {name for name, utterance in zip(names, assigned.utterances, strict=True) if utterance.speaker == "agent"}
    words = Counter[str]()
    for name, utterance in zip(names, said, strict=True):
        words[name] += len(utterance.text.split())
    customer = "customer" if "customer" in people else max(people - agents, key=lambda name: words[name], default=None)
    told = [replace(utterance, speaker="unknown", speaker_sure=False) for utterance in utterances]
    for index, utterance in zip(places, assigned.utterances, strict=True):
        if parties[index] in agents or parties[index] == customer:
            told[index] = utterance
    others = sorted(party or "somebody" for party in {*parties} - agents - {customer})
    if others:
        count = sum(utterance.speaker == "unknown" for utterance in told)
        basis += f"; {count} of {len(told)} lines belong to neither party ({' and '.join(others)})"
    return RoleAssignment(tuple(told), basis, sure)


def _named_agent(parties: set[str]) -> tuple[str | None, str]:
    """Return the only party that can be the agent by the transcript's names, else None, and the role that is named."""
    if "agent" in parties:
        return "agent", "agent"
    others = parties - {"customer"}
    return (others.pop() if len(others) == 1 else None), "customer"


def _in_order(heard: RawTranscript) -> list[Segment]:
    """Return the segments by start. A transcript made elsewhere keeps its own order, which others refer to."""
    if heard.layout is None:
        return list(heard.segments)
    segments = sorted(heard.segments, key=lambda segment: (segment.start or 0.0, segment.channel or 0))
    # If both parties share a channel and cannot be distinguished, the other may begin after any pause.
    return _joined(segments) if heard.layout == "dual" or any(segment.label for segment in segments) else segments


def _joined(segments: Sequence[Segment]) -> list[Segment]:
    """Join each party's segments across short pauses, so that what is said in one breath is searched as one.

    They are joined across a word of the other party only within a sentence: an answer must stay behind its question.
    """
    joined: list[Segment] = []
    latest: dict[tuple[int | None, str | None], int] = {}
    for segment in segments:
        party = segment.channel, segment.label
        at = latest.get(party)
        if at is not None and _goes_on(joined[at], segment) and _only_listened(joined[at], joined[at + 1 :]):
            before = joined[at]
            joined[at] = replace(
                before, text=f"{before.text} {segment.text}", end=segment.end, words=(*before.words, *segment.words)
            )
        else:
            latest[party] = len(joined)
            joined.append(segment)
    return joined


def _only_listened(before: Segment, others: Sequence[Segment]) -> bool:
    """Return True if the other party only gave a sign of listening since, inside an unfinished sentence."""
    if not others:
        return True
    lengths = [(other.end or 0.0) - (other.start or 0.0) for other in others]
    return not before.text.rstrip().endswith((".", "?", "!")) and max(lengths) <= BACKCHANNEL


def _goes_on(before: Segment, after: Segment) -> bool:
    """Return True if a segment continues the one before it, and both are equally reliable."""
    if before.start is None or before.end is None or after.start is None or after.end is None:
        return False
    return (
        after.start - before.end < BREATH
        and after.end - before.start <= LONGEST_UTTERANCE
        and before.doubt == after.doubt
        and before.speaker_sure == after.speaker_sure
        and bool(before.words) == bool(after.words)
    )


def _utterance(segment: Segment) -> Utterance:
    return Utterance(
        segment.speaker,
        segment.text,
        segment.start,
        segment.end,
        segment.words,
        segment.doubt,
        segment.speaker_sure,
        segment.channel,
    )


def _agent_channel(assigned: RoleAssignment, asked: int | None) -> int:
    if asked is not None:
        return asked
    for utterance in assigned.utterances:
        if utterance.channel is not None:
            return utterance.channel if utterance.speaker == "agent" else 1 - utterance.channel
    return 0


def _speech_of_channels(heard: RawTranscript, agent_channel: int) -> SpeechOfCall:
    speech = dict(heard.speech)
    return SpeechOfCall(
        agent=tuple(speech.get(agent_channel, ())),
        customer=tuple(speech.get(1 - agent_channel, ())),
        duration=heard.duration or 0.0,
    )


def speech_of_utterances(transcript: Transcript) -> SpeechOfCall:
    """Return the stretches of speech of each party, by the times of a transcript's utterances."""

    def spans(speaker: Speaker) -> tuple[Span, ...]:
        own = [
            Span(utterance.start, utterance.end)
            for utterance in transcript.utterances
            if utterance.speaker == speaker and utterance.start is not None and utterance.end is not None
        ]
        return tuple(union(own))

    agent, customer = spans("agent"), spans("customer")
    return SpeechOfCall(agent, customer, max((span.end for span in (*agent, *customer)), default=0.0))
