"""The output of `callqa detect`: every behavior and event with its rule, as JSON or as an annotated transcript."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from callqa.behaviors.behavior import Hit
from callqa.conversation.events import Event
from callqa.core.durations import clock
from callqa.core.json_form import Count, JsonObject, json_text
from callqa.core.text import printable
from callqa.execution.tasks import DetectedCall
from callqa.scoring.scorecard import CallResult, JsonEvent
from callqa.transcripts.transcript import Speaker, Utterance

MOST_RULE = 60
"""Characters of a rule shown in the text form."""


class BehaviorFound(JsonObject):
    """One occurrence of a behavior."""

    behavior: str
    speaker: Speaker
    utterance: Count
    """Index of the utterance in the transcript, from 0."""
    start: float | None
    """Seconds from the start of the recording; null if the transcript has no times."""
    end: float | None
    quote: str
    confidence: Annotated[float, Field(ge=0, le=1)]
    rule: str
    """The phrase that found it, or the model and the words that weigh most in it."""


class CallDetections(JsonObject):
    """The behaviors and events of one call; both lists are empty if it could not be read."""

    call_id: str
    behaviors: list[BehaviorFound]
    """Found with a confidence of at least 0.6: no person needs to judge them."""
    events: list[JsonEvent]
    path: str | None = None
    status: Literal["detected", "failed"] = "detected"
    reason: str | None = None
    """Why the call could not be read."""
    doubtful: list[BehaviorFound] = Field(default_factory=list)
    """Left to a person to judge: a weak wording, or an undecided model."""


class DetectFile(JsonObject):
    """Every behavior and event, as `callqa detect -f json` writes it.

    Format 1: calls with behaviors and events. Keys are only ever added.
    """

    format: Literal[1]
    calls: list[CallDetections]


def detections_json(results: Sequence[DetectedCall | CallResult]) -> str:
    """Return the fixed JSON form; a call that could not be read is among the others, with its reason."""
    calls = [_failed(result) if isinstance(result, CallResult) else _detected(result) for result in results]
    return json_text(DetectFile(format=1, calls=sorted(calls, key=lambda call: call.path or "")))


def _failed(result: CallResult) -> CallDetections:
    return CallDetections(
        call_id=result.call_id, behaviors=[], events=[], path=result.path, status="failed", reason=result.reason
    )


def _detected(result: DetectedCall) -> CallDetections:
    utterances = result.transcript.utterances
    return CallDetections(
        call_id=result.recording.call_id,
        behaviors=[_behavior(hit, utterances[hit.utterance]) for hit in result.hits if hit.sure],
        doubtful=[_behavior(hit, utterances[hit.utterance]) for hit in result.hits if not hit.sure],
        events=[replace(event, start=round(event.start, 3), end=round(event.end, 3)) for event in result.events],
        path=result.shown_path,
    )


def _behavior(hit: Hit, utterance: Utterance) -> BehaviorFound:
    start, end = utterance.times_at(hit.start, hit.end)
    return BehaviorFound(
        behavior=hit.behavior,
        speaker=hit.speaker,
        utterance=hit.utterance,
        start=start,
        end=end,
        quote=utterance.text[hit.start : hit.end],
        confidence=hit.confidence,
        rule=hit.rule,
    )


def detections_text(results: Sequence[DetectedCall | CallResult]) -> str:
    """Return the transcript of each call, with each behavior below the utterance it was found in."""
    return "\n".join("".join(_call(result)) for result in results if isinstance(result, DetectedCall))


def _call(result: DetectedCall) -> Iterator[str]:
    yield f"{result.shown_path}\n"
    for note in result.notes:
        yield f"  ({printable(note)})\n"
    events = list(result.events)
    for index, utterance in enumerate(result.transcript.utterances):
        while events and utterance.start is not None and events[0].start < utterance.start:
            yield _event(events.pop(0))
        time = clock(utterance.start) if utterance.start is not None else f"line {index + 1}"
        yield f"  {time:>7}  {utterance.speaker + ':':<9} {printable(utterance.text)}\n"
        for hit in result.hits:
            if hit.utterance == index:
                quote = printable(utterance.text[hit.start : hit.end])
                by = "by the " if hit.learned else "by the phrase: "
                doubt = "" if hit.sure else f"  (doubtful: {hit.confidence:.0%} sure)"
                yield f"           └ {hit.behavior}: “{quote}”  {by}{_short(hit.rule)}{doubt}\n"
    yield from map(_event, events)


def _short(rule: str) -> str:
    """Return a rule cut to fit a line; the JSON form has all of it."""
    rule = printable(rule)
    return rule if len(rule) <= MOST_RULE else rule[: MOST_RULE - 1] + "…"


def _event(event: Event) -> str:
    by = f" by the {event.by}" if event.by else ""
    owed = f", the {event.owed}'s turn" if event.owed else ""
    return f"  {clock(event.start):>7}  ~ {event.event.replace('_', ' ')}{by}, {event.end - event.start:.1f} s{owed}\n"
