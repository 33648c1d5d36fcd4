"""One recording → what was heard in it, before anyone knows who is who.

A recording is decoded twice as a stream: once to measure its channels and find where speech is, once to hand just that
speech to the engine. It is never held in memory as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from callqa import audio, speech, unsaid
from callqa.audio import Layout, Measure
from callqa.engines.base import SAMPLE_RATE, Clip, Engine, Segment, Source
from callqa.engines.transcript_file import read, segment
from callqa.speech import SpeechFinder
from callqa.timeline import Span
from callqa.unsaid import doubted

FINGERPRINT = f"{speech.FINGERPRINT}:{unsaid.FINGERPRINT}"
"""Everything besides the engine that shapes what is heard."""

SIDES = ("left", "right")
"""What the channels of a dual-channel recording are called."""

OnAudio = Callable[[float], None]
"""Called now and then with the seconds of the recording dealt with so far."""


@dataclass(frozen=True)
class Heard:
    """What was heard in one recording.

    `speech` tells when there was speech in each channel that was listened to, with exact borders, while engines are
    given padded regions; `layout` is None and `speech` empty for a transcript made elsewhere. `duration` is in seconds,
    None for a transcript without times.
    """

    segments: tuple[Segment, ...]
    duration: float | None
    engine: str
    model: str | None
    layout: Layout | None = None
    speech: tuple[tuple[int, tuple[Span, ...]], ...] = ()
    notes: tuple[str, ...] = ()
    call_id: str | None = None
    agent: str | None = None


def listen(path: Path, engine: Engine, on_audio: OnAudio | None = None) -> Heard:
    """Hear a recording with an engine that is prepared. Raises RecordingError."""
    measure, finders = Measure(SAMPLE_RATE), dict[int, SpeechFinder]()
    for block in audio.blocks(path, SAMPLE_RATE):
        measure.add(block)
        for channel, samples in enumerate(block):
            finders.setdefault(channel, SpeechFinder()).feed(samples)
    profile = measure.profile()
    channels = {
        "dual": [0, 1],
        "one-silent": [1 - (profile.silent_channel or 0)],
        "silent": [],
    }.get(profile.layout, [0])
    regions = {channel: finders[channel].finish() for channel in channels}
    spoken = {channel: finders[channel].spoken() for channel in channels}

    def clips() -> Iterator[Clip]:
        for channel, span, samples in audio.clips_of(path, regions, SAMPLE_RATE):
            if on_audio is not None:
                on_audio(span.end)
            yield Clip(channel, span, samples)

    segments = engine.transcribe(Source(path, clips)) if any(regions.values()) else ()
    return Heard(
        segments=tuple(doubted(segment, spoken, finders) for segment in segments),
        duration=round(profile.duration, 3),
        engine=engine.info.engine,
        model=engine.info.model,
        layout=profile.layout,
        speech=tuple((channel, tuple(spans)) for channel, spans in spoken.items()),
        notes=_notes(profile.layout, profile.silent_channel),
    )


def _notes(layout: Layout, silent: int | None) -> tuple[str, ...]:
    if layout == "dual-mono":
        return ("both channels hold the same sound (dual-mono), so it was listened to as one",)
    if layout == "one-silent":
        return (f"the {SIDES[silent or 0]} channel is silent",)
    return ()


def read_transcript(path: Path) -> Heard:
    """Take a transcript made elsewhere for what was heard. Raises TranscriptError."""
    transcript = read(path)
    ends = [line.utterance.end for line in transcript.lines if line.utterance.end is not None]
    return Heard(
        segments=tuple(segment(line) for line in transcript.lines),
        duration=max(ends) if ends else None,
        engine="transcript",
        model=None,
        notes=transcript.warnings,
        call_id=transcript.call_id,
        agent=transcript.agent,
    )
