"""Recordings → what was heard in each, before anyone knows who is who.

A recording is decoded twice as a stream: once to measure its channels and find where speech is, once to hand just that
speech to the engine. Where one channel holds both parties, it is decoded once more in between, to tell their voices
apart. It is never held in memory as a whole.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from callqa import audio, speech, unsaid, voices
from callqa.audio import AudioProfile, Layout, Measure
from callqa.engines.base import SAMPLE_RATE, Clip, Engine, Segment, Source, transcribe_many
from callqa.engines.transcript_file import read, segment
from callqa.errors import RecordingError
from callqa.speech import SpeechFinder
from callqa.stages import Stages
from callqa.timeline import Span
from callqa.unsaid import doubted
from callqa.voices import Apart, voices_of

FINGERPRINT = f"{speech.FINGERPRINT}:{unsaid.FINGERPRINT}:{voices.FINGERPRINT}"
"""Everything besides the engine that shapes what is heard."""

SIDES = ("left", "right")
"""What the channels of a dual-channel recording are called."""

SHARED: tuple[Layout, ...] = ("mono", "dual-mono")
"""Layouts in which both parties share a channel."""

FINDING, RECOGNISING = "finding speech", "recognising"
"""What the stages of listening are called."""

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
    ((_, heard),) = listen_many([path], engine, on_audio)
    if isinstance(heard, RecordingError):
        raise heard
    return heard


def listen_many(
    paths: Iterable[Path], engine: Engine, on_audio: OnAudio | None = None, stages: Stages | None = None
) -> Iterator[tuple[int, Heard | RecordingError]]:
    """Hear recordings with an engine that is prepared; yields each with its place, as soon as all of it is heard.

    Few more are begun than the engine works on at a time, perhaps in a thread of its own. A recording that cannot be
    read touches no other. `on_audio` is told how many seconds were dealt with in those begun and not finished.
    """
    stages = stages or Stages()
    to_hear: dict[int, tuple[int, _Survey]] = {}
    unheard: deque[tuple[int, Heard | RecordingError]] = deque()
    reached: dict[int, float] = {}

    def sources() -> Iterator[Source]:
        number = 0
        for place, path in enumerate(paths):
            try:
                with stages.stage(FINDING):
                    survey = _survey(path)
            except RecordingError as error:
                unheard.append((place, error))
                continue
            if any(survey.regions.values()):
                to_hear[number] = place, survey
                yield Source(path, partial(clips, number, path, survey))
                number += 1
            else:
                unheard.append((place, survey.heard((), engine)))

    def clips(number: int, path: Path, survey: _Survey) -> Iterator[Clip]:
        for channel, span, samples in audio.clips_of(path, survey.wanted, SAMPLE_RATE):
            if on_audio is not None:
                reached[number] = span.end
                on_audio(sum(tuple(reached.values())))
            yield Clip(survey.voice(channel, span), span, samples)

    outcomes = transcribe_many(engine, sources())
    while True:
        with stages.stage(RECOGNISING):
            found = next(outcomes, None)
        if found is None:
            break
        number, outcome = found
        reached.pop(number, None)
        place, survey = to_hear.pop(number)
        yield place, outcome if isinstance(outcome, RecordingError) else survey.heard(outcome, engine)
        while unheard:
            yield unheard.popleft()
    yield from unheard


@dataclass(frozen=True)
class _Survey:
    """What is known of a recording before it is recognised: its channels, and where in those to be listened to there is
    speech; `apart` if both parties share a channel and their voices were told apart.
    """

    profile: AudioProfile
    finders: Mapping[int, SpeechFinder]
    regions: Mapping[int, list[Span]]
    apart: Apart | None

    @property
    def wanted(self) -> Mapping[int, list[Span]]:
        """What the engine is to be given of each channel of the file."""
        return self.regions if self.apart is None else {0: [turn.span for turn in self.apart.turns]}

    def voice(self, channel: int, span: Span) -> int:
        """What stands for the channel to an engine: it never hears two voices that were told apart as one."""
        return channel if self.apart is None else self.apart.voice_of[span]

    def heard(self, segments: Iterable[Segment], engine: Engine) -> Heard:
        """What was heard in the recording: these segments, each doubted where nothing speaks for it."""
        spoken = {channel: self.finders[channel].spoken() for channel in self.regions}
        if self.apart is not None:
            segments = [_by_voice(segment, self.apart) for segment in segments]
        return Heard(
            segments=tuple(doubted(segment, spoken, self.finders) for segment in segments),
            duration=round(self.profile.duration, 3),
            engine=engine.info.engine,
            model=engine.info.model,
            layout=self.profile.layout,
            speech=tuple((channel, tuple(spans)) for channel, spans in spoken.items()),
            notes=_notes(self.profile.layout, self.profile.silent_channel),
        )


def _survey(path: Path) -> _Survey:
    """Measure the channels of a recording and find speech in them. Raises RecordingError."""
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
    apart = voices_of(path, regions[0]) if profile.layout in SHARED and regions[0] else None
    return _Survey(profile, finders, regions, apart)


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
