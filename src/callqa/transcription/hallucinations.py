"""Words that nobody said: what a recogniser wrote where there was no speech.

Recognisers that guess the likeliest text write something even over silence, hold music or a beep, and what they write
are courtesies and the last words of videos (Koenecke et al., "Careless Whisper: Speech-to-Text Hallucination Harms",
2024; Barański et al., "Investigation of Whisper ASR Hallucinations Induced by Non-Speech Audio", 2025). Here that
would be a thanks or a goodbye nobody got. So what any engine hears is held against the sound: it stays in the
transcript, but what does not fit is doubtful, and a person must listen before it counts.
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
"""The doubts there are, in a reader's words."""

LEAST_SPEECH = 0.1
"""Seconds of speech under a segment below which nobody can have said it: a "yes" lasts at least 0.2 s."""

LIKELY = 0.75
"""Probability of speech a segment must reach somewhere. Spoken words reach 0.97 even in noise 13 dB below them; tones
and hums that pass as speech at all stay below 0.7."""

SURELY = 0.95
"""The same where the words are those that recognisers write over nothing."""

WORDS_A_SECOND = 10.0
"""Words in a second of speech that nobody can say; the fastest speakers reach six."""

FINGERPRINT = f"unsaid 1:{LEAST_SPEECH}:{LIKELY}:{SURELY}:{WORDS_A_SECOND}"
"""Everything that decides which words are doubted; the number changes with the phrases."""


class SpeechLikelihood(Protocol):
    """Knows how likely there was speech within a span: a SpeechFinder."""

    def likelihood(self, span: Span) -> float:
        """A probability from 0 to 1."""
        ...


def doubted(segment: Segment, spoken: Mapping[int, Sequence[Span]], likely: Mapping[int, SpeechLikelihood]) -> Segment:
    """The segment, with a doubt where the sound of its channel does not bear it out.

    `spoken` tells when there was speech in each channel. A doubt the engine has already stays.
    """
    channel, start, end = segment.channel, segment.start, segment.end
    if segment.doubt is not None or channel is None or channel not in spoken or start is None or end is None:
        return segment
    span = Span(start, max(start, end))
    seconds = total(overlap(spoken[channel], [span]))
    return replace(segment, doubt=_doubt(segment.text, seconds, likely[channel].likelihood(span)))


def _doubt(text: str, seconds: float, likelihood: float) -> str | None:
    words = [token.text for token in NormalizedText(text).tokens]
    phrase = f" {' '.join(words)} "
    if any(video in phrase for video in _normal(en.VIDEO_PHRASES)):
        return NOT_IN_CALLS
    enough = SURELY if phrase in _normal(en.COURTESIES) else LIKELY
    if seconds < LEAST_SPEECH or likelihood < enough:
        return NO_SPEECH
    return TOO_MANY if len(words) > WORDS_A_SECOND * seconds else None


@cache
def _normal(phrases: tuple[str, ...]) -> frozenset[str]:
    """The phrases as they come out of `NormalizedText`, between spaces."""

    def words(phrase: str) -> Iterator[str]:
        return (token.text for token in NormalizedText(phrase).tokens)

    return frozenset(f" {' '.join(words(phrase))} " for phrase in phrases)
