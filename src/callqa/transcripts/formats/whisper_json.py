"""Reader of the JSON that openai-whisper writes, and of its variants with a speaker in each segment."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from pydantic import AliasChoices, Field

from callqa.transcripts.formats.base import LabelledUtterance, TranscriptFile, assemble, tidy
from callqa.transcripts.formats.json_validation import (
    End,
    Figure,
    JsonObject,
    Label,
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

    word: Text = Field(validation_alias=AliasChoices("word", "text"))
    speaker: Label | None = None
    start: Figure = None
    end: Figure = None
    probability: Figure = Field(None, validation_alias=AliasChoices("probability", "score"))


class _Segment(JsonObject):
    speaker: Label | None = None
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

    Whisper does not name speakers; a "speaker" that a diarizer added to a segment is its label. If it added others to
    the words of a segment, these count, and the segment is split where the speaker changes. Segments without words are
    left out. Raises TranscriptError with the first mistakes and their places; segments and words are
    counted from 0.
    """
    whole = validate(_Transcript, data).segments or ()
    segments = [_labelled(part) for segment in whole for part in _by_speaker(segment)]
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


def _by_speaker(segment: _Segment) -> list[_Segment]:
    """Split a segment where the speaker of its words changes; a word without one belongs to the one before it.

    The parts meet where the first word of the later one begins. If that is unknown, nobody knows who said what: the
    segment stays whole, without a speaker.
    """
    runs: list[tuple[str | None, list[_Word]]] = []
    for word in segment.words or ():
        speaker = word.speaker or (runs[-1][0] if runs else segment.speaker)
        if not runs or runs[-1][0] != speaker:
            runs.append((speaker, []))
        runs[-1][1].append(word)
    if len(runs) < 2:
        own = runs[0][0] if runs else segment.speaker
        return [segment.model_copy(update={"speaker": own})]
    borders = [words[0].start for _, words in runs[1:]]
    edges = [segment.start, *borders, segment.end]
    if None in borders or any(one > other for one, other in pairwise(edges) if one is not None and other is not None):
        return [segment.model_copy(update={"speaker": None})]
    return [
        segment.model_copy(
            update={
                "speaker": speaker,
                "words": words,
                "text": " ".join(word.word.strip() for word in words),
                "start": start,
                "end": end,
            }
        )
        for (speaker, words), (start, end) in zip(runs, pairwise(edges), strict=True)
    ]


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
