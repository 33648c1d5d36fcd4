"""Recordings → what was heard in each, before anyone knows who is who.

A recording is decoded twice as a stream: once to survey it, once to hand just its speech to the engine. It is never
held in memory as a whole.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from callqa.audio import CROSSTALK, AudioProfile, Layout
from callqa.core.stage_timer import StageTimer
from callqa.core.timeline import Span
from callqa.engines.base import BatchEngine, Clip, Engine, Segment, Source, transcribe_many
from callqa.engines.transcript_file import read, segment
from callqa.errors import RecordingError
from callqa.speech import diarization, vad
from callqa.speech.diarization import Diarization
from callqa.transcription import hallucinations
from callqa.transcription.hallucinations import doubted
from callqa.transcription.preprocessing import PreprocessedRecording, crosstalk_note, silence_note
from callqa.transcription.readers import Clips, InProcessReader, PoolReader, RecordingReader

FINGERPRINT = f"{vad.FINGERPRINT}:{hallucinations.FINGERPRINT}:{diarization.FINGERPRINT}:{CROSSTALK}"
"""Everything besides the engine that shapes what is heard."""

RECOGNISING = "recognising"
"""What the stage is called that follows reading."""

OnAudio = Callable[[float], None]
"""Called now and then with the seconds of the recording dealt with so far."""


@dataclass(frozen=True)
class RawTranscript:
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


def listen(path: Path, engine: Engine, on_audio: OnAudio | None = None) -> RawTranscript:
    """Hear a recording with an engine that is prepared. Raises RecordingError."""
    ((_, heard),) = listen_many([path], engine, on_audio)
    if isinstance(heard, RecordingError):
        raise heard
    return heard


def listen_many(
    paths: Sequence[Path],
    engine: Engine,
    on_audio: OnAudio | None = None,
    stages: StageTimer | None = None,
    readers: int | None = None,
) -> Iterator[tuple[int, RawTranscript | RecordingError]]:
    """Hear recordings with an engine that is prepared; yields each with its place, as soon as all of it is heard.

    Few more are begun than the engine works on at a time, perhaps in a thread of its own. A recording that cannot be
    read touches no other. `on_audio` is told how many seconds were dealt with in those begun and not finished. For an
    engine that spares the processor, recordings are read in `readers` other processes, or as many as are good for it.
    """
    stages = stages or StageTimer()
    to_hear: dict[int, tuple[int, PreprocessedRecording]] = {}
    unheard: deque[tuple[int, RawTranscript | RecordingError]] = deque()
    reached: dict[int, float] = {}
    spared = isinstance(engine, BatchEngine) and engine.spares_processor
    reading: RecordingReader = PoolReader(paths, stages, readers) if spared else InProcessReader(paths, stages)

    def sources() -> Iterator[Source]:
        number = 0
        for place, found, speech_of in reading:
            if isinstance(found, RecordingError):
                unheard.append((place, found))
            elif found.speech:
                to_hear[number] = place, found
                yield Source(paths[place], partial(clips, number, speech_of))
                number += 1
            else:
                unheard.append((place, _heard(found, (), engine)))

    def clips(number: int, speech_of: Clips) -> Iterator[Clip]:
        for clip in speech_of():
            if on_audio is not None:
                reached[number] = clip.span.end
                on_audio(sum(tuple(reached.values())))
            yield clip

    # Readers are closed first: in a thread, the engine may wait for them.
    with closing(transcribe_many(engine, sources())) as outcomes, closing(reading):
        while True:
            with stages.stage(RECOGNISING):
                done = next(outcomes, None)
            if done is None:
                break
            number, outcome = done
            reached.pop(number, None)
            place, found = to_hear.pop(number)
            yield place, outcome if isinstance(outcome, RecordingError) else _heard(found, outcome, engine)
            while unheard:
                yield unheard.popleft()
        yield from unheard


def _heard(found: PreprocessedRecording, segments: Iterable[Segment], engine: Engine) -> RawTranscript:
    """What was heard in a recording: these segments, each doubted where nothing speaks for it."""
    spoken = found.spoken()
    if found.apart is not None:
        segments = [_by_voice(segment, found.apart) for segment in segments]
    return RawTranscript(
        segments=tuple(doubted(segment, spoken, found.finders) for segment in segments),
        duration=round(found.profile.duration, 3),
        engine=engine.info.engine,
        model=engine.info.model,
        layout=found.profile.layout,
        speech=tuple((channel, tuple(spans)) for channel, spans in spoken.items()),
        notes=_notes(found.profile),
    )


def _by_voice(segment: Segment, apart: Diarization) -> Segment:
    """The segment of a clip that stood for a voice, as one of the only channel, with its voice as its label."""
    voice = segment.channel or 0
    sure = apart.sure(voice, segment.start, segment.end)
    return replace(segment, channel=0, label=apart.names[voice], speaker_sure=sure)


def _notes(profile: AudioProfile) -> tuple[str, ...]:
    if profile.layout == "dual-mono":
        return ("both channels hold the same sound (dual-mono), so it was listened to as one",)
    if profile.layout == "one-silent":
        return (silence_note(profile),)
    return tuple(crosstalk_note(profile))


def read_transcript(path: Path) -> RawTranscript:
    """Take a transcript made elsewhere for what was heard. Raises TranscriptError."""
    transcript = read(path)
    ends = [line.utterance.end for line in transcript.lines if line.utterance.end is not None]
    return RawTranscript(
        segments=tuple(segment(line) for line in transcript.lines),
        duration=max(ends) if ends else None,
        engine="transcript",
        model=None,
        notes=transcript.warnings,
        call_id=transcript.call_id,
        agent=transcript.agent,
    )
