"""What `callqa detect` shows: every behavior and event with its rule, as JSON or as the transcript with its marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from callqa.behaviors.behavior import Hit
from callqa.conversation.events import Event
from callqa.core.durations import clock
from callqa.core.text import printable
from callqa.execution.tasks import DetectedCall
from callqa.reports.detect_format import BehaviorPart, DetectedCallPart, DetectFile
from callqa.results.result_format import EventPart
from callqa.scoring.scorecard import CallResult
from callqa.transcripts.transcript import Utterance

MOST_RULE = 60
"""Characters of a rule shown in the text form."""


def detections_json(results: Sequence[DetectedCall | CallResult]) -> str:
    """The fixed JSON form, a call that could not be read among the others with its reason."""
    calls = [_failed(result) if isinstance(result, CallResult) else _detected(result) for result in results]
    file = DetectFile(format=1, calls=sorted(calls, key=lambda call: call.path or ""))
    return file.model_dump_json(indent=1) + "\n"


def _failed(result: CallResult) -> DetectedCallPart:
    return DetectedCallPart(
        call_id=result.call_id, behaviors=[], events=[], path=result.path, status="failed", reason=result.reason
    )


def _detected(result: DetectedCall) -> DetectedCallPart:
    utterances = result.transcript.utterances
    return DetectedCallPart(
        call_id=result.recording.call_id,
        behaviors=[_behavior(hit, utterances[hit.utterance]) for hit in result.hits if hit.sure],
        doubtful=[_behavior(hit, utterances[hit.utterance]) for hit in result.hits if not hit.sure],
        events=[_event_part(event) for event in result.events],
        path=result.shown_path,
    )


def _event_part(event: Event) -> EventPart:
    start, end = round(event.start, 3), round(event.end, 3)
    return EventPart(event=event.event, start=start, end=end, by=event.by, owed=event.owed)


def _behavior(hit: Hit, utterance: Utterance) -> BehaviorPart:
    start, end = utterance.times_at(hit.start, hit.end)
    return BehaviorPart(
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
    """Each call's transcript, with what was found written under the line it was found in."""
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
    """A rule cut to fit a line; the JSON form has it whole."""
    rule = printable(rule)
    return rule if len(rule) <= MOST_RULE else rule[: MOST_RULE - 1] + "…"


def _event(event: Event) -> str:
    by = f" by the {event.by}" if event.by else ""
    owed = f", the {event.owed}'s turn" if event.owed else ""
    return f"  {clock(event.start):>7}  ~ {event.event.replace('_', ' ')}{by}, {event.end - event.start:.1f} s{owed}\n"
