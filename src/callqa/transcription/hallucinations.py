"""Detection of hallucinations: words that a recogniser wrote although nobody spoke.

Recognisers that choose the most likely text write something even for silence, hold music or a beep: courtesies and the
last words of videos (Koenecke et al., "Careless Whisper: Speech-to-Text Hallucination Harms", 2024; Barański et al.,
"Investigation of Whisper ASR Hallucinations Induced by Non-Speech Audio", 2025). In a call that would be a thanks or a
goodbye that nobody said. So every segment of any engine is compared with the sound. If they do not match, the segment
stays in the transcript but is doubtful, and a person must listen before it counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Protocol

from callqa.core.timeline import Span, overlap, total
from callqa.engines.base import Segment
from callqa.language import en
from callqa.language.normalization import NormalizedText

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_SPEECH = "probably no speech"
TOO_MANY = "more words than there was time for"
NOT_IN_CALLS = "a phrase recognisers make up"
"""The possible doubts, in words for the readers of reports."""

LEAST_SPEECH = 0.1
"""Seconds of speech during a segment below which nobody can have said it: a "yes" lasts at least 0.2 s."""

LIKELY = 0.75
"""Probability of speech that a segment must reach at some point. Spoken words reach 0.97 even in noise 13 dB below
them; tones and hums that are detected as speech at all stay below 0.7."""

CERTAIN = 0.95
"""The same for words that recognisers typically hallucinate."""

WORDS_A_SECOND = 10.0
"""Words in a second of speech that nobody can say; the fastest speakers reach six."""

FINGERPRINT = f"unsaid 1:{LEAST_SPEECH}:{LIKELY}:{CERTAIN}:{WORDS_A_SECOND}"
"""Everything the doubts depend on; raise the number when the phrases change."""


class SpeechLikelihood(Protocol):
    """An object that knows the probability of speech in a channel, such as a SpeechFinder."""

    def likelihood(self, span: Span) -> float:
        """Return the highest probability of speech within a span, from 0 to 1."""
        ...


def with_doubt(
    segment: Segment, speech: Mapping[int, Sequence[Span]], likelihoods: Mapping[int, SpeechLikelihood]
) -> Segment:
    """Return a segment with a doubt if it does not match the sound of its channel.

    `speech` holds the spans of speech in each channel. A doubt that the engine already has is kept.
    """
    channel, start, end = segment.channel, segment.start, segment.end
    if segment.doubt is not None or channel is None or channel not in speech or start is None or end is None:
        return segment
    span = Span(start, max(start, end))
    seconds = total(overlap(speech[channel], [span]))
    return replace(segment, doubt=_doubt(segment.text, seconds, likelihoods[channel].likelihood(span)))


def _doubt(text: str, seconds: float, likelihood: float) -> str | None:
    words = [token.text for token in NormalizedText(text).tokens]
    phrase = f" {' '.join(words)} "
    if any(video in phrase for video in _normalised(en.VIDEO_PHRASES)):
        return NOT_IN_CALLS
    required = CERTAIN if phrase in _normalised(en.COURTESIES) else LIKELY
    if seconds < LEAST_SPEECH or likelihood < required:
        return NO_SPEECH
    return TOO_MANY if len(words) > WORDS_A_SECOND * seconds else None


@cache
def _normalised(phrases: tuple[str, ...]) -> frozenset[str]:
    """Return the phrases as `NormalizedText` normalises them, with a space on both sides."""

    def words(phrase: str) -> Iterator[str]:
        return (token.text for token in NormalizedText(phrase).tokens)

    return frozenset(f" {' '.join(words(phrase))} " for phrase in phrases)
