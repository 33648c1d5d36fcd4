"""Reader of the JSON that openai-whisper writes, and of its variants with a speaker in each segment."""

from __future__ import annotations

from typing import Any

from pydantic import AliasChoices, Field

from callqa.transcripts.formats.base import LabelledUtterance, TranscriptFile, assemble, tidy
from callqa.transcripts.formats.json_validation import (
    End,
    Figure,
    JsonObject,
    Seconds,
    Text,
    refuse_milliseconds,
    validate,
)
from callqa.transcripts.formats.speaker_labels import resolve
from callqa.transcripts.transcript import Utterance, Word

# Whisper's own thresholds for doubting a segment: the defaults of `whisper.transcribe`, after Radford et al., "Robust
# Speech Recognition via Large-Scale Weak Supervision" (2022), section 4.5.
_REPETITIVE = 2.4
_UNLIKELY = -1.0
_SILENT = 0.6


class _Word(JsonObject):
    """A word; its numbers are optional, so wrong ones are left out (aligners give some words no time, or NaN)."""

    word: Text
    start: Figure = None
    end: Figure = None
    probability: Figure = Field(None, validation_alias=AliasChoices("probability", "score"))


class _Segment(JsonObject):
    speaker: Text | None = None
    start: Seconds | None = None
    end: End = None
    text: Text
    words: list[_Word] | None = None
    avg_logprob: Figure = None
    compression_ratio: Figure = None
    no_speech_prob: Figure = None


class _Transcript(JsonObject):
    segments: list[_Segment] | None = None


def parse(data: dict[str, Any]) -> TranscriptFile:
    """Read the object Whisper writes: "segments", each with start, end and text, and words if they were asked for.

    Whisper does not name speakers; a "speaker" that a diarizer added to a segment is its label. Segments without
    words are left out. Raises TranscriptError with the first mistakes and their places; segments and words are
    counted from 0.
    """
    segments = [_labelled(segment) for segment in validate(_Transcript, data).segments or ()]
    spoken = [labelled for labelled in segments if labelled.utterance.text]
    refuse_milliseconds([labelled.utterance for labelled in spoken])
    return assemble(spoken, noun="segment")


def doubt_about(avg_logprob: float | None, compression_ratio: float | None, no_speech_prob: float | None) -> str | None:
    """Return the reason a segment with these figures of Whisper may be wrong; None if there is no known reason.

    `avg_logprob` is the mean natural log probability of its tokens, `compression_ratio` the zlib ratio of its
    text, `no_speech_prob` the probability from 0 to 1 that nobody spoke.
    """
    if compression_ratio is not None and compression_ratio > _REPETITIVE:
        return "loop"
    if no_speech_prob is not None and no_speech_prob > _SILENT:
        return "perhaps no speech"
    if avg_logprob is not None and avg_logprob < _UNLIKELY:
        return "low probability"
    return None


def _labelled(segment: _Segment) -> LabelledUtterance:
    speaker, label = resolve(segment.speaker)
    utterance = Utterance(
        speaker=speaker,
        text=tidy(segment.text),
        start=segment.start,
        end=segment.end,
        words=tuple(map(_word, segment.words or ())),
        doubt=doubt_about(segment.avg_logprob, segment.compression_ratio, segment.no_speech_prob),
    )
    return LabelledUtterance(utterance, label)


def _word(item: _Word) -> Word:
    start, end, probability = item.start, item.end, item.probability
    if start is None or end is None or not 0 <= start <= end:
        start = end = None
    if probability is not None and not 0 <= probability <= 1:
        probability = None
    return Word(tidy(item.word), start, end, probability)
