"""Figures on talk, silence, pace and turn taking in a call, which can be added up over calls."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from callqa.conversation.conversation import LEAST_SPEECH, Conversation, Party
from callqa.conversation.events import dead_air
from callqa.conversation.turn_taking import interruptions, monologues, owed_by, responses
from callqa.core.timeline import Span, total

TOLERANCE = 0.5
"""Seconds by which a recogniser's times may be early, since speech regions are padded."""


@dataclass(frozen=True)
class Metrics:
    """Seconds of talk and silence, counts, and words per minute; None if the source does not tell."""

    agent_talk: float
    customer_talk: float
    silence: float
    """Seconds in which nobody speaks, in the whole recording."""
    overtalk: float
    """Seconds in which both speak."""
    interruptions_by_agent: int
    interruptions_by_customer: int
    agent_pace: float | None
    """Words per minute of the agent's own speech; None if there is too little of it."""
    customer_pace: float | None
    pace_difference: float | None = None
    """Words per minute by which the agent is faster than the customer."""
    dead_air: float | None = None
    """Seconds of dead air."""
    dead_air_agent: float | None = None
    """Seconds of it in which the agent owed the next word."""
    longest_dead_air: float | None = None
    hold: float | None = None
    """Seconds on hold."""
    holds: int | None = None
    response_time: float | None = None
    """Median seconds from the end of a customer's turn to the agent's next words; None if there are none."""
    longest_response_time: float | None = None
    agent_monologue: float | None = None
    """The longest stretch the agent holds the floor, in seconds."""
    customer_monologue: float | None = None
    first_greeting: float | None = None
    """Seconds from the first words in the call to the agent's first greeting; None if there are none."""
    first_help: float | None = None
    """Seconds from the first words in the call to the agent's first offer of help."""


def measure(conversation: Conversation) -> Metrics:
    """Measure one call."""
    speech = conversation.speech
    silent = dead_air(conversation)
    waits = [span.duration for span in responses(conversation)]
    agent_pace, customer_pace = _pace("agent", conversation), _pace("customer", conversation)
    apart = None if agent_pace is None or customer_pace is None else agent_pace - customer_pace
    return Metrics(
        agent_talk=round(total(speech.agent), 2),
        customer_talk=round(total(speech.customer), 2),
        silence=round(max(0.0, speech.duration - total(speech.anyone)), 2),
        overtalk=round(total(speech.both), 2),
        interruptions_by_agent=len(interruptions("agent", conversation)),
        interruptions_by_customer=len(interruptions("customer", conversation)),
        agent_pace=agent_pace,
        customer_pace=customer_pace,
        pace_difference=apart,
        dead_air=round(total(silent), 2),
        dead_air_agent=round(total(gap for gap in silent if owed_by(gap, conversation) == "agent"), 2),
        longest_dead_air=_longest(silent),
        hold=round(total(conversation.holds), 2),
        holds=len(conversation.holds),
        response_time=round(statistics.median(waits), 2) if waits else None,
        longest_response_time=round(max(waits), 2) if waits else None,
        agent_monologue=_longest(monologues("agent", conversation)),
        customer_monologue=_longest(monologues("customer", conversation)),
        first_greeting=_first("greeting", conversation),
        first_help=_first("offer_help", conversation),
    )


def _longest(spans: Sequence[Span]) -> float:
    return round(max((span.duration for span in spans), default=0.0), 2)


def _pace(side: Party, conversation: Conversation) -> float | None:
    seconds = total(conversation.speech.of(side))
    words = sum(len(line.text.split()) for line in conversation.utterances if line.speaker == side)
    return round(words / seconds * 60) if words and seconds >= LEAST_SPEECH else None


def _first(behavior: str, conversation: Conversation) -> float | None:
    """Return the second at which the agent first shows a behavior, from the first words of either party."""
    lines = conversation.utterances
    starts = [
        lines[hit.utterance].times_at(hit.start, hit.end)[0]
        for hit in conversation.hits
        if hit.behavior == behavior and hit.speaker == "agent" and hit.sure and lines[hit.utterance].doubt is None
    ]
    known = [_voiced(start, conversation.speech.agent) for start in starts if start is not None]
    spoken = conversation.speech.anyone
    return round(max(0.0, min(known) - spoken[0].start), 2) if known and spoken else None


def _voiced(moment: float, speech: Sequence[Span]) -> float:
    """Correct a recogniser's time by the sound: shortly before a stretch of speech, return its beginning."""
    if any(span.start <= moment < span.end for span in speech):
        return moment
    return min((span.start for span in speech if moment <= span.start <= moment + TOLERANCE), default=moment)
