"""Numbers about how a call was spoken, as parts that add up over calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callqa.events import SpeechOfCall, interruptions
from callqa.timeline import total
from callqa.transcript import Speaker, Utterance


@dataclass(frozen=True)
class Metrics:
    """Seconds of talk and silence, counts, and words per minute; None where the source cannot tell."""

    agent_talk: float
    customer_talk: float
    silence: float
    """Seconds in which nobody speaks, in the whole recording."""
    overtalk: float
    """Seconds in which both speak."""
    interruptions_by_agent: int
    interruptions_by_customer: int
    agent_pace: float | None
    """Words per minute of the agent's own speech; None where there is too little to tell."""
    customer_pace: float | None


LEAST_SPEECH = 5.0
"""Seconds of speech below which a pace says nothing."""


def measure(speech: SpeechOfCall, utterances: Sequence[Utterance]) -> Metrics:
    """Measure one call."""
    return Metrics(
        agent_talk=round(total(speech.agent), 2),
        customer_talk=round(total(speech.customer), 2),
        silence=round(max(0.0, speech.duration - total(speech.anyone)), 2),
        overtalk=round(total(speech.both), 2),
        interruptions_by_agent=len(interruptions(speech.agent, speech.customer)),
        interruptions_by_customer=len(interruptions(speech.customer, speech.agent)),
        agent_pace=_pace("agent", total(speech.agent), utterances),
        customer_pace=_pace("customer", total(speech.customer), utterances),
    )


def _pace(speaker: Speaker, seconds: float, utterances: Sequence[Utterance]) -> float | None:
    words = sum(len(utterance.text.split()) for utterance in utterances if utterance.speaker == speaker)
    return round(words / seconds * 60) if words and seconds >= LEAST_SPEECH else None
