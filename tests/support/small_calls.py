"""Calls of a few lines, made by hand, and small behaviors to judge them by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from callqa.behaviors.behavior import Behavior
from callqa.behaviors.behavior_schema import BehaviorFile
from callqa.behaviors.detection import detect
from callqa.conversation.analysed_call import AnalysedCall, analyse
from callqa.conversation.conversation import Conversation, SpeechOfCall
from callqa.core.timeline import Span
from callqa.transcripts.transcript import Speaker, Transcript, Utterance, Word

LASTS = 2.0
"""Seconds a line lasts; where no starts are given, one begins every ten seconds."""


def behavior(name: str, *phrases: Any, **more: Any) -> Behavior:
    """A behavior shown by these phrases or phrase rules."""
    return Behavior(BehaviorFile(format=1, behavior=name, phrases=list(phrases), **more))


REGRET = behavior("regret", "so sorry", "i regret", {"say": "oh dear", "confidence": 0.5})
MISHAP = behavior("mishap", "fell apart", "went missing", {"say": "oh no", "confidence": 0.59}, speaker="customer")
BEHAVIORS = {one.name: one for one in (REGRET, MISHAP)}


def lines(*said: str, starts: Sequence[float] | None = None, timed: bool = True) -> tuple[Utterance, ...]:
    """Lines such as `agent: Hello.` as utterances."""
    utterances = []
    for index, line in enumerate(said):
        name, text = line.split(": ", 1)
        speaker: Speaker = "agent" if name == "agent" else "customer" if name == "customer" else "unknown"
        start = starts[index] if starts else 10.0 * index
        utterances.append(Utterance(speaker, text, start, start + LASTS) if timed else Utterance(speaker, text))
    return tuple(utterances)


def call_of(
    utterances: Sequence[Utterance], behaviors: Mapping[str, Behavior] = BEHAVIORS, *, provisional: bool = False
) -> AnalysedCall:
    """A call of these utterances, analysed; it is timed if they are."""
    return analyse(Transcript(tuple(utterances)), behaviors, provisional=provisional)


def small_call(*said: str, starts: Sequence[float] | None = None, timed: bool = True) -> AnalysedCall:
    """A call of these lines, analysed."""
    return call_of(lines(*said, starts=starts, timed=timed))


def conversation(
    agent: Sequence[tuple[float, float]],
    customer: Sequence[tuple[float, float]],
    duration: float = 60,
    utterances: Sequence[Utterance] = (),
    behaviors: Mapping[str, Behavior] = BEHAVIORS,
) -> Conversation:
    """A conversation in which the parties speak from and to these seconds, and say these lines."""
    speech = SpeechOfCall(tuple(Span(*one) for one in agent), tuple(Span(*one) for one in customer), duration)
    return Conversation(speech, tuple(utterances), tuple(detect(utterances, behaviors)))


def guessed(utterances: Sequence[Utterance]) -> tuple[Utterance, ...]:
    """The same lines, where it is a guess who says them."""
    return tuple(replace(utterance, speaker_sure=False) for utterance in utterances)


def heard(utterance: Utterance, *probabilities: float | None) -> Utterance:
    """The utterance with its words, recognised with these probabilities."""
    words = utterance.text.split()
    assert len(words) == len(probabilities)
    return replace(utterance, words=tuple(Word(w, probability=p) for w, p in zip(words, probabilities, strict=True)))
