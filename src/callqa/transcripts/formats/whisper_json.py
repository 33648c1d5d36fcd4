"""Reads the JSON that openai-whisper writes, and its descendants that add a speaker to each segment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callqa.transcripts.formats.base import Line, ReadTranscript, assemble, tidy
from callqa.transcripts.formats.json_values import Checker, finite, refuse_milliseconds
from callqa.transcripts.formats.speaker_labels import resolve
from callqa.transcripts.transcript import Utterance, Word

# Whisper's own thresholds for doubting what it heard: the defaults of `whisper.transcribe`, after Radford et
# al., "Robust Speech Recognition via Large-Scale Weak Supervision" (2022), section 4.5.
_REPETITIVE = 2.4
_UNLIKELY = -1.0
_SILENT = 0.6


def parse(data: Mapping[str, Any]) -> ReadTranscript:
    """Read the object Whisper writes: "segments", each with start, end and text, and words where asked for.

    Whisper tells no speakers; a "speaker" that a diarizer added to a segment is its label. Segments without
    words are left out. Raises TranscriptError with the first mistakes and their places; segments and words are
    counted from 0.
    """
    check = Checker()
    lines = [_line(check, place, item) for place, item in check.objects(data, "segments", "", "segment")]
    check.finish()
    spoken = [line for line in lines if line.utterance.text]
    refuse_milliseconds([line.utterance for line in spoken])
    return assemble(spoken, noun="segment")


def doubt_about(avg_logprob: float | None, compression_ratio: float | None, no_speech_prob: float | None) -> str | None:
    """Why a segment with these figures of Whisper's may be misheard; None for no known reason.

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


def _line(check: Checker, place: str, item: Mapping[str, Any]) -> Line:
    speaker, label = resolve(check.text(item, "speaker", place))
    start, end = check.times(item, place)
    utterance = Utterance(
        speaker=speaker,
        text=tidy(check.text(item, "text", place, required=True) or ""),
        start=start,
        end=end,
        words=tuple(_word(check, where, word) for where, word in check.objects(item, "words", place, "word")),
        doubt=doubt_about(*(finite(item.get(key)) for key in ("avg_logprob", "compression_ratio", "no_speech_prob"))),
    )
    return Line(utterance, label)


def _word(check: Checker, place: str, item: Mapping[str, Any]) -> Word:
    """A word; its figures only help, so odd ones are left out (aligners give some words no time, or NaN)."""
    start, end = finite(item.get("start")), finite(item.get("end"))
    if start is None or end is None or not 0 <= start <= end:
        start = end = None
    probability = finite(item.get("probability", item.get("score")))
    if probability is not None and not 0 <= probability <= 1:
        probability = None
    return Word(tidy(check.text(item, "word", place, required=True) or ""), start, end, probability)
