"""The words of a text with the times at which they were said, from the frames at which its tokens start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whisper.tokenizer import Tokenizer

FRAME_SECONDS = 0.02
"""Seconds of a frame of the encoder's output."""

PREPENDED, APPENDED = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"
"""Punctuation that belongs to the word after it, and to the word before it: openai-whisper's own."""


@dataclass
class TimedWord:
    """A word with its start and end in seconds of the window; `word` and `tokens` are as openai-whisper merges them."""

    word: str
    tokens: list[int]
    start: float
    end: float
    probability: float


def words_at_frames(
    tokenizer: Tokenizer, text: Sequence[int], probabilities: Sequence[float], frames: Sequence[int]
) -> list[TimedWord]:
    """Return the words of a text, given the probability of each token and the encoder frame at which it starts.

    `frames` has one element more, the frame at which the last token ends. Punctuation is merged into its word; the word
    that it was by itself stays in the list, empty except for its tokens.
    """
    from whisper.timing import merge_punctuations

    spelled, parts = tokenizer.split_to_word_tokens([*text, tokenizer.eot])
    if len(parts) < 2:
        return []
    borders = pairwise(accumulate(map(len, parts[:-1]), initial=0))
    words = [
        TimedWord(word, list(tokens), frames[first] * FRAME_SECONDS, frames[last] * FRAME_SECONDS, probability)
        for word, tokens, (first, last) in zip(spelled, parts, borders, strict=False)
        for probability in [fmean(probabilities[first:last])]
    ]
    merge_punctuations(words, PREPENDED, APPENDED)
    return words
