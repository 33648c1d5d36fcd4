"""The segments of a finished text: what was said in a window and when, in the form of `whisper.transcribe`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from callqa.engines.whisper_common.decoding_tasks import LEAST_STEP, DecodingTask
from callqa.engines.whisper_common.hypotheses import Hypothesis, TextQuality
from callqa.engines.whisper_common.spectrograms import FRAMES_PER_SECOND
from callqa.engines.whisper_common.timed_words import TimedWord

if TYPE_CHECKING:
    from whisper.tokenizer import Tokenizer

TIMESTAMP_SECONDS = 0.02
TIMESTAMP_FRAMES = 2
"""The step from one timestamp to the next, in seconds and in frames of the spectrogram."""

SLACK = 0.5
"""Seconds by which the first and the last word may be outside the segment's timestamps, as in openai-whisper."""

TimeWords = Callable[[Sequence[int], Sequence[float]], list[TimedWord]]
"""Finds the words of a text and their times, given its tokens and the probability of each."""


@dataclass(frozen=True)
class Passage:
    """Tokens `first` to `last` (exclusive) of a text, said from `start` to `end` seconds of the decoded part."""

    first: int
    last: int
    start: float
    end: float


def conclude(
    task: DecodingTask, hypothesis: Hypothesis, quality: TextQuality, tokenizer: Tokenizer, time_words: TimeWords
) -> None:
    """Add the segments of a finished text to its task, and advance the task to the part to decode next."""
    step = task.frames_left
    if not quality.silent:
        passages, step = split_at_timestamps(hypothesis.tokens, tokenizer.timestamp_begin, task.part_frames)
        task.segments += _segments(passages, hypothesis, task.seek, tokenizer, quality, time_words)
    task.seek += max(step, LEAST_STEP)


def split_at_timestamps(tokens: Sequence[int], first_timestamp: int, frames: int) -> tuple[list[Passage], int]:
    """Split the text of a part of `frames` frames; also return after how many of them decoding must continue.

    Two timestamps in a row separate passages. A text that ends with a single timestamp has covered the whole part. One
    that continues after the last pair was broken off there: what follows the pair is left out, to be decoded again.
    """
    times = [token >= first_timestamp for token in tokens]
    borders = [at for at in range(1, len(tokens)) if times[at - 1] and times[at]]
    ended = times[-2:] == [False, True]
    if not borders:
        latest = next((token - first_timestamp for token in reversed(tokens) if token >= first_timestamp), 0)
        end = latest * TIMESTAMP_SECONDS if latest else frames / FRAMES_PER_SECOND
        return [Passage(0, len(tokens), 0.0, end)], frames
    if ended:
        borders.append(len(tokens))
    passages = [
        Passage(first, last, *((tokens[at] - first_timestamp) * TIMESTAMP_SECONDS for at in (first, last - 1)))
        for first, last in zip([0, *borders], borders, strict=False)
    ]
    return passages, frames if ended else (tokens[borders[-1] - 1] - first_timestamp) * TIMESTAMP_FRAMES


def _segments(
    passages: Sequence[Passage],
    hypothesis: Hypothesis,
    seek: int,
    tokenizer: Tokenizer,
    quality: TextQuality,
    time_words: TimeWords,
) -> list[dict[str, Any]]:
    """Return a segment for each passage that has text."""
    texts = [_text_tokens(passage, hypothesis, tokenizer) for passage in passages]
    words = time_words(
        [token for tokens, _ in texts for token in tokens],
        [probability for _, probabilities in texts for probability in probabilities],
    )
    shares = _distribute(words, [len(tokens) for tokens, _ in texts])
    return [
        _segment(passage, tokens, share, seek, tokenizer, quality)
        for passage, (tokens, _), share in zip(passages, texts, shares, strict=True)
        if tokens
    ]


def _text_tokens(passage: Passage, hypothesis: Hypothesis, tokenizer: Tokenizer) -> tuple[list[int], list[float]]:
    """Return the text tokens of a passage, and the probability of each; none if it takes no time or is blank."""
    positions = [at for at in range(passage.first, passage.last) if hypothesis.tokens[at] < tokenizer.eot]
    tokens = [hypothesis.tokens[at] for at in positions]
    if passage.start == passage.end or not tokenizer.decode(tokens).strip():
        return [], []
    return tokens, [hypothesis.probabilities[at] for at in positions]


def _distribute(words: Sequence[TimedWord], lengths: Sequence[int]) -> Iterator[list[TimedWord]]:
    """Yield the words of each passage, given the number of its tokens; words without text are dropped."""
    at = 0
    for length in lengths:
        tokens, share = 0, []
        while at < len(words) and tokens < length:
            tokens += len(words[at].tokens)
            if words[at].word:
                share.append(words[at])
            at += 1
        yield share


def _segment(
    passage: Passage,
    tokens: Sequence[int],
    words: Sequence[TimedWord],
    seek: int,
    tokenizer: Tokenizer,
    quality: TextQuality,
) -> dict[str, Any]:
    """Return the segment of a passage, in the part that begins at frame `seek` of the window."""
    offset = seek / FRAMES_PER_SECOND
    times = [[word.start, word.end] for word in words]
    if times:
        if times[0][0] < passage.start - SLACK:
            times[0][0] = min(passage.start, times[0][1])
        if times[-1][1] > passage.end + SLACK:
            times[-1][1] = max(passage.end, times[-1][0])
    start, end = (times[0][0], times[-1][1]) if times else (passage.start, passage.end)
    return {
        "seek": seek,
        "start": round(offset + start, 2),
        "end": round(offset + end, 2),
        "text": tokenizer.decode(list(tokens)),
        "tokens": list(tokens),
        "words": [
            {
                "word": word.word,
                "start": round(offset + word_start, 2),
                "end": round(offset + word_end, 2),
                "probability": word.probability,
            }
            for word, (word_start, word_end) in zip(words, times, strict=True)
        ],
        "temperature": quality.temperature,
        "avg_logprob": quality.avg_logprob,
        "compression_ratio": quality.compression_ratio,
        "no_speech_prob": quality.no_speech_prob,
    }
