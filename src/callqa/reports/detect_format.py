"""The JSON form of `callqa detect -f json`: every behavior and event heard, call by call.

Format 1: calls with behaviors and events. Keys are only ever added.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from callqa.results.result_format import Count, EventPart, Part
from callqa.transcripts.transcript import Speaker


class BehaviorPart(Part):
    """One occurrence of a behavior."""

    behavior: str
    speaker: Speaker
    utterance: Count
    """Index of the utterance in the transcript, from 0."""
    start: float | None
    """Seconds from the start of the recording; null where the transcript has no times."""
    end: float | None
    quote: str
    confidence: Annotated[float, Field(ge=0, le=1)]
    rule: str
    """The phrase that found it, or the model and the words that weigh most in it."""


class DetectedCallPart(Part):
    """What was heard in one call; both lists are empty where it could not be read."""

    call_id: str
    behaviors: list[BehaviorPart]
    """What stands without a person's judgement: confidence of at least 0.6."""
    events: list[EventPart]
    path: str | None = None
    status: Literal["detected", "failed"] = "detected"
    reason: str | None = None
    """Why the call could not be read."""
    doubtful: list[BehaviorPart] = Field(default_factory=list)
    """What a person should judge: a weak wording, or the model in two minds."""


class DetectFile(Part):
    """Every behavior and event heard, as `callqa detect -f json` writes it."""

    format: Literal[1]
    calls: list[DetectedCallPart]
