"""One recording → what was heard in it, before anyone knows who is who.

A recording is decoded twice as a stream: once to measure its channels and find where speech is, once to hand just that
speech to the engine. Where one channel holds both parties, it is decoded once more in between, to tell their voices
apart. It is never held in memory as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from callqa import audio, speech, unsaid, voices
from callqa.audio import Layout, Measure
from callqa.engines.base import SAMPLE_RATE, Clip, Engine, Segment, Source
from callqa.engines.transcript_file import read, segment
from callqa.speech import SpeechFinder
from callqa.timeline import Span
from callqa.unsaid import doubted
from callqa.voices import Apart, voices_of

FINGERPRINT = f"{speech.FINGERPRINT}:{unsaid.FINGERPRINT}:{voices.FINGERPRINT}"
"""Everything besides the engine that shapes what is heard."""

SIDES = ("left", "right")
"""What the channels of a dual-channel recording are called."""

SHARED: tuple[Layout, ...] = ("mono", "dual-mono")
"""Layouts in which both parties share a channel."""

OnAudio = Callable[[float], None]
"""Called now and then with the seconds of the recording dealt with so far."""


@dataclass(frozen=True)
class Heard:
    """What was heard in one recording.

    `speech` tells when there was speech in each channel that was listened to, with exact borders, while engines are
    given padded regions; `layout` is None and `speech` empty for a transcript made elsewhere. Where the voices in one
    channel were told apart, each segment's label names its voice. `duration` is in seconds, None for a transcript
    without times.
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
    apart = voices_of(path, regions[0]) if profile.layout in SHARED and regions[0] else None
    wanted = regions if apart is None else {0: [turn.span for turn in apart.turns]}

    def clips() -> Iterator[Clip]:
        for channel, span, samples in audio.clips_of(path, wanted, SAMPLE_RATE):
            if on_audio is not None:
                on_audio(span.end)
            # To an engine, voices told apart are channels: it never hears two of them as one.
            yield Clip(channel if apart is None else apart.voice_of[span], span, samples)

    segments = tuple(engine.transcribe(Source(path, clips))) if any(regions.values()) else ()
    if apart is not None:
        segments = tuple(_by_voice(segment, apart) for segment in segments)
    return Heard(
        segments=tuple(doubted(segment, spoken, finders) for segment in segments),
        duration=round(profile.duration, 3),
        engine=engine.info.engine,
        model=engine.info.model,
        layout=profile.layout,
        speech=tuple((channel, tuple(spans)) for channel, spans in spoken.items()),
        notes=_notes(profile.layout, profile.silent_channel),
    )


def _by_voice(segment: Segment, apart: Apart) -> Segment:
    """The segment of a clip that stood for a voice, as one of the only channel, with its voice as its label."""
    voice = segment.channel or 0
    sure = apart.sure(voice, segment.start, segment.end)
    return replace(segment, channel=0, label=apart.names[voice], speaker_sure=sure)


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
