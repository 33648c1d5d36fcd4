"""Transcription of recordings to raw transcripts, in which it is not yet known who is the agent and who the customer.

A recording is decoded twice as a stream: once to preprocess it, once to pass its speech to the engine. It is never held
in memory as a whole.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from callqa.audio import CROSSTALK_FINGERPRINT, AudioProfile, Layout
from callqa.core.stage_timer import StageTimer
from callqa.core.timeline import Span
from callqa.engines.base import BatchEngine, Clip, Engine, Segment, Source, transcribe_many
from callqa.engines.transcript_file import to_segment
from callqa.errors import RecordingError
from callqa.speech import diarization, vad
from callqa.speech.diarization import Diarization
from callqa.transcription import hallucinations
from callqa.transcription.hallucinations import with_doubt
from callqa.transcription.preprocessing import PreprocessedRecording, crosstalk_notes, silence_note
from callqa.transcription.readers import ClipSource, InProcessReader, PoolReader, RecordingReader
from callqa.transcripts import formats

FINGERPRINT = f"{vad.FINGERPRINT}:{hallucinations.FINGERPRINT}:{diarization.FINGERPRINT}:{CROSSTALK_FINGERPRINT}"
"""Everything besides the engine that transcripts depend on."""

RECOGNITION_STAGE = "recognising"
"""Name of the stage in the list of times."""

OnAudio = Callable[[float], None]
"""A function that is called now and then with the seconds of recordings processed so far."""


@dataclass(frozen=True)
class RawTranscript:
    """The segments recognised in one recording, before they are attributed to the parties.

    `speech` holds the spans of speech in each channel that was transcribed, with exact boundaries, whereas engines are
    given padded regions; for an existing transcript `layout` is None and `speech` empty. If voices in one channel were
    distinguished, the label of a segment names its voice. `duration` is in seconds, None for a transcript without
    times.
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


def transcribe_recording(path: Path, engine: Engine, on_audio: OnAudio | None = None) -> RawTranscript:
    """Transcribe a recording with an engine that is prepared. Raises RecordingError."""
    ((_, outcome),) = transcribe_recordings([path], engine, on_audio)
    if isinstance(outcome, RecordingError):
        raise outcome
    return outcome


def transcribe_recordings(
    paths: Sequence[Path],
    engine: Engine,
    on_audio: OnAudio | None = None,
    stages: StageTimer | None = None,
    readers: int | None = None,
) -> Iterator[tuple[int, RawTranscript | RecordingError]]:
    """Transcribe recordings with an engine that is prepared; yield each with its index, as soon as it is complete.

    Only a few more are begun than the engine processes at a time, possibly in another thread. A recording that cannot
    be read does not affect the others. `on_audio` is called with the seconds processed in all recordings that are begun
    and not complete. If the engine does not need the processor, recordings are read in `readers` other processes, or in
    as many as the machine has cores for.
    """
    stages = stages or StageTimer()
    in_progress: dict[int, tuple[int, PreprocessedRecording]] = {}
    complete: deque[tuple[int, RawTranscript | RecordingError]] = deque()  # without the engine
    reached: dict[int, float] = {}
    processor_idle = isinstance(engine, BatchEngine) and engine.uses_gpu
    reader: RecordingReader = PoolReader(paths, stages, readers) if processor_idle else InProcessReader(paths, stages)

    def sources() -> Iterator[Source]:
        number = 0
        for index, recording, clips in reader:
            if isinstance(recording, RecordingError):
                complete.append((index, recording))
            elif recording.has_speech:
                in_progress[number] = index, recording
                yield Source(paths[index], partial(observed, number, clips))
                number += 1
            else:
                complete.append((index, _raw_transcript(recording, (), engine)))

    def observed(number: int, clips: ClipSource) -> Iterator[Clip]:
        for clip in clips():
            if on_audio is not None:
                reached[number] = clip.span.end
                on_audio(sum(tuple(reached.values())))
            yield clip

    # The reader is closed first, because the engine may be waiting for it in another thread.
    with closing(transcribe_many(engine, sources())) as outcomes, closing(reader):
        while True:
            with stages.stage(RECOGNITION_STAGE):
                done = next(outcomes, None)
            if done is None:
                break
            number, outcome = done
            reached.pop(number, None)
            index, recording = in_progress.pop(number)
            yield index, outcome if isinstance(outcome, RecordingError) else _raw_transcript(recording, outcome, engine)
            while complete:
                yield complete.popleft()
        yield from complete


def _raw_transcript(recording: PreprocessedRecording, segments: Iterable[Segment], engine: Engine) -> RawTranscript:
    """Combine the segments recognised in a recording, with a doubt on those that its sound contradicts."""
    spans_by_channel = recording.speech_spans()
    if recording.diarization is not None:
        segments = [_with_voice(segment, recording.diarization) for segment in segments]
    return RawTranscript(
        segments=tuple(with_doubt(segment, spans_by_channel, recording.finders) for segment in segments),
        duration=round(recording.profile.duration, 3),
        engine=engine.info.engine,
        model=engine.info.model,
        layout=recording.profile.layout,
        speech=tuple((channel, tuple(spans)) for channel, spans in spans_by_channel.items()),
        notes=_notes(recording.profile),
    )


def _with_voice(segment: Segment, diarization: Diarization) -> Segment:
    """Return a segment whose channel is the number of a voice with the name of that voice as its label."""
    voice = segment.channel or 0
    certain = diarization.is_certain(voice, segment.start, segment.end)
    return replace(segment, channel=0, label=diarization.names[voice], speaker_sure=certain)


def _notes(profile: AudioProfile) -> tuple[str, ...]:
    if profile.layout == "dual-mono":
        return ("both channels carry the same sound (dual-mono), so they were transcribed as one",)
    if profile.layout == "one-silent":
        return (silence_note(profile),)
    return tuple(crosstalk_notes(profile))


def read_transcript(path: Path) -> RawTranscript:
    """Read an existing transcript as a raw transcript. Raises TranscriptError."""
    transcript = formats.read(path)
    ends = [utterance.end for utterance in transcript.utterances if utterance.end is not None]
    return RawTranscript(
        segments=tuple(map(to_segment, transcript.labelled)),
        duration=max(ends) if ends else None,
        engine="transcript",
        model=None,
        notes=transcript.warnings,
        call_id=transcript.call_id,
        agent=transcript.agent,
    )
