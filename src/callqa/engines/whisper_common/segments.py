"""A finished text of tokens → what was said when in its window, and how good it is, as `whisper.transcribe` has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from callqa.engines.openai_whisper.word_timestamps import TimedWord
from callqa.engines.whisper_common.postprocessing import COMPRESSION_LIMIT, LOGPROB_LIMIT, NO_SPEECH_LIMIT
from callqa.engines.whisper_common.token_rules import Attempt

if TYPE_CHECKING:
    from whisper.tokenizer import Tokenizer

FRAMES_PER_SECOND = 100
"""Frames of a spectrogram."""

TIME_SECONDS = 0.02
FRAMES_PER_TIME = 2
"""What a step from one timestamp to the next stands for."""

SLACK = 0.5
"""Seconds by which the first and the last word may lie outside of the segment's timestamps, as in openai-whisper."""


@dataclass(frozen=True)
class Quality:
    """How good a text is; the names are those of `whisper.transcribe`."""

    temperature: float
    avg_logprob: float
    compression_ratio: float
    no_speech_prob: float

    @property
    def failed(self) -> bool:
        """Whether the text repeats itself or was guessed, though somebody speaks."""
        guessed = self.avg_logprob < LOGPROB_LIMIT
        if guessed and self.no_speech_prob > NO_SPEECH_LIMIT:
            return False
        return guessed or self.compression_ratio > COMPRESSION_LIMIT

    @property
    def nobody_speaks(self) -> bool:
        """Whether the text is to be left out."""
        return self.no_speech_prob > NO_SPEECH_LIMIT and self.avg_logprob <= LOGPROB_LIMIT


@dataclass(frozen=True)
class Stretch:
    """Tokens `first` to before `last` of a text, said between `start` and `end` seconds of the part decoded."""

    first: int
    last: int
    start: float
    end: float


def quality(attempt: Attempt, tokenizer: Tokenizer) -> Quality:
    """How good an attempt came out."""
    from whisper.utils import compression_ratio

    return Quality(
        attempt.temperature,
        attempt.logprob / (len(attempt.tokens) + 1),
        compression_ratio(tokenizer.decode(attempt.tokens).strip()),
        attempt.no_speech,
    )


def stretches(tokens: Sequence[int], first_time: int, frames: int) -> tuple[list[Stretch], int]:
    """Part a text by its timestamps; also gives after how many of the `frames` decoded there is more to decode.

    Two timestamps in a row part it. A text that ends with one alone has said everything; one that goes on behind the
    last pair was broken off there, and what follows the pair is left out, to be decoded again.
    """
    times = [token >= first_time for token in tokens]
    borders = [at for at in range(1, len(tokens)) if times[at - 1] and times[at]]
    ended = times[-2:] == [False, True]
    if not borders:
        latest = next((token - first_time for token in reversed(tokens) if token >= first_time), 0)
        end = latest * TIME_SECONDS if latest else frames / FRAMES_PER_SECOND
        return [Stretch(0, len(tokens), 0.0, end)], frames
    if ended:
        borders.append(len(tokens))
    found = [
        Stretch(first, last, *((tokens[at] - first_time) * TIME_SECONDS for at in (first, last - 1)))
        for first, last in zip([0, *borders], borders, strict=False)
    ]
    return found, frames if ended else (tokens[borders[-1] - 1] - first_time) * FRAMES_PER_TIME


def text_of(stretch: Stretch, attempt: Attempt, tokenizer: Tokenizer) -> tuple[list[int], list[float]]:
    """The tokens of a stretch that are text, and the probability of each; none where it says nothing in no time."""
    at = [at for at in range(stretch.first, stretch.last) if attempt.tokens[at] < tokenizer.eot]
    tokens = [attempt.tokens[place] for place in at]
    if stretch.start == stretch.end or not tokenizer.decode(tokens).strip():
        return [], []
    return tokens, [attempt.chances[place] for place in at]


def shared_out(words: Sequence[TimedWord], lengths: Sequence[int]) -> Iterator[list[TimedWord]]:
    """Share words out among segments whose texts have so many tokens."""
    at = 0
    for length in lengths:
        taken, mine = 0, []
        while at < len(words) and taken < length:
            taken += len(words[at].tokens)
            if words[at].word:
                mine.append(words[at])
            at += 1
        yield mine


def segments(
    found: Sequence[Stretch],
    attempt: Attempt,
    seek: int,
    tokenizer: Tokenizer,
    good: Quality,
    timed: Callable[[Sequence[int], Sequence[float]], list[TimedWord]],
) -> list[dict[str, Any]]:
    """What an attempt says in the stretches found, as `segment` has it.

    `timed` gives the words of a text with these tokens and probabilities.
    """
    said = [text_of(stretch, attempt, tokenizer) for stretch in found]
    words = timed([token for tokens, _ in said for token in tokens], [chance for _, some in said for chance in some])
    shares = shared_out(words, [len(tokens) for tokens, _ in said])
    return [
        segment(stretch, tokens, mine, seek, tokenizer, good)
        for stretch, (tokens, _), mine in zip(found, said, shares, strict=True)
        if tokens
    ]


def segment(
    stretch: Stretch, tokens: Sequence[int], words: Sequence[TimedWord], seek: int, tokenizer: Tokenizer, good: Quality
) -> dict[str, Any]:
    """A segment in the form of `whisper.transcribe`, of the part that begins at frame `seek` of the window."""
    offset = seek / FRAMES_PER_SECOND
    times = [[word.start, word.end] for word in words]
    if times:
        if times[0][0] < stretch.start - SLACK:
            times[0][0] = min(stretch.start, times[0][1])
        if times[-1][1] > stretch.end + SLACK:
            times[-1][1] = max(stretch.end, times[-1][0])
    start, end = (times[0][0], times[-1][1]) if times else (stretch.start, stretch.end)
    return {
        "seek": seek,
        "start": round(offset + start, 2),
        "end": round(offset + end, 2),
        "text": tokenizer.decode(list(tokens)),
        "tokens": list(tokens),
        "words": [
            {
                "word": word.word,
                "start": round(offset + begins, 2),
                "end": round(offset + ends, 2),
                "probability": word.probability,
            }
            for word, (begins, ends) in zip(words, times, strict=True)
        ],
        "temperature": good.temperature,
        "avg_logprob": good.avg_logprob,
        "compression_ratio": good.compression_ratio,
        "no_speech_prob": good.no_speech_prob,
    }
