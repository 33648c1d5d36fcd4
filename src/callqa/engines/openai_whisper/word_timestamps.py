"""When each word of a window was said, by what the decoder attended to in the audio while it said it.

The method is openai-whisper's (`whisper.timing`): the attention of the heads that follow the audio, smoothed over time,
and the cheapest way through it from the first token to the last. It runs on what was computed for the window already,
in about a tenth of the window's time, so every window gets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import fmean
from typing import TYPE_CHECKING, Any

from callqa.engines.openai_whisper.network import EncodedAudio, Network, whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor
    from whisper.tokenizer import Tokenizer

FRAME_SECONDS = 0.02
"""Seconds the encoder makes one frame of."""

BEFORE, AFTER = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"
"""Punctuation that belongs to the word after it, and to the word before it: openai-whisper's own."""

_EXCHANGES = ((0, 5), (0, 3), (1, 6), (2, 4), (0, 1), (3, 5), (2, 6), (2, 3), (3, 6), (4, 5), (1, 4), (1, 3), (3, 4))
"""What to compare and exchange so that the fourth of seven values is their median (Devillard, "Fast median search")."""


@dataclass
class TimedWord:
    """A word with the seconds of the window it was said at; `word` and `tokens` are as openai-whisper merges them."""

    word: str
    tokens: list[int]
    start: float
    end: float
    probability: float


def timed_words(
    network: Network,
    tokenizer: Tokenizer,
    text: Sequence[int],
    chances: Sequence[float],
    crossed: EncodedAudio,
    frames: int,
) -> list[TimedWord]:
    """The words of a window whose text has these tokens, each with its probability.

    `crossed` is the window's audio, of one row; `frames` says how many of its spectrogram's frames, of 10 ms, hold
    audio. Punctuation stands with its word; what it was by itself is left as a word that is empty but for its tokens.
    """
    if not text:
        return []
    begins = token_times(_attention(network, tokenizer, text, crossed, frames)).tolist()
    return words_at(tokenizer, text, chances, begins)


def words_at(
    tokenizer: Tokenizer, text: Sequence[int], chances: Sequence[float], begins: Sequence[int]
) -> list[TimedWord]:
    """The words of a text whose tokens have these probabilities, and begin in these frames of the encoder.

    `begins` has one frame more, where the last token ends.
    """
    from whisper.timing import merge_punctuations

    spelled, parts = tokenizer.split_to_word_tokens([*text, tokenizer.eot])
    if len(parts) < 2:
        return []
    borders = pairwise(accumulate(map(len, parts[:-1]), initial=0))
    words = [
        TimedWord(word, list(tokens), begins[first] * FRAME_SECONDS, begins[last] * FRAME_SECONDS, chance)
        for word, tokens, (first, last) in zip(spelled, parts, borders, strict=False)
        for chance in [fmean(chances[first:last])]
    ]
    merge_punctuations(words, BEFORE, AFTER)
    return words


def _attention(
    network: Network, tokenizer: Tokenizer, text: Sequence[int], crossed: EncodedAudio, frames: int
) -> NDArray[np.float64]:
    """How much each token, and the end behind them, attends to each frame: (tokens + 1, frames)."""
    import torch

    scores: list[Any] = []
    begin = tokenizer.sot_sequence
    whole(network, [*begin, tokenizer.no_timestamps, *text, tokenizer.eot], crossed, scores)
    with torch.inference_mode():
        picked = torch.stack([scores[layer][0, head] for layer, head in network.alignment_heads])
        weights = picked[:, :, : max(1, frames // 2)].softmax(-1)
        deviation, mean = torch.std_mean(weights, dim=-2, keepdim=True, unbiased=False)
        weights = smoothed((weights - mean) / deviation.clamp(min=1e-12))
        found: NDArray[np.float64] = weights.mean(0)[len(begin) : -1].double().cpu().numpy()
    return found


def smoothed(x: Tensor) -> Tensor:
    """The median of each value and three neighbours on both sides, along the last dimension.

    As `whisper.timing.median_filter` with a width of seven, without sorting. Three values or fewer stay as they are.
    """
    import torch
    from torch.nn import functional

    if x.shape[-1] <= 3:
        return x
    length = x.shape[-1]
    padded = functional.pad(x, (3, 3), mode="reflect")
    seven = [padded[..., first : first + length] for first in range(7)]
    for low, high in _EXCHANGES:
        seven[low], seven[high] = torch.minimum(seven[low], seven[high]), torch.maximum(seven[low], seven[high])
    return seven[3]


def token_times(attention: NDArray[np.float64]) -> NDArray[np.int64]:
    """The frame at which each token begins, by dynamic time warping of (tokens, frames): the dearest way through.

    The costs of a row are computed at once: the step from the left makes them a running minimum, once the row's own
    sums are taken off.
    """
    import numpy as np

    tokens, frames = attention.shape
    costs = np.full((tokens + 1, frames + 1), np.inf)
    costs[0, 0] = 0.0
    for token in range(tokens):
        own = np.cumsum(-attention[token])
        above = np.minimum(costs[token, :-1], costs[token, 1:])
        costs[token + 1, 1:] = own + np.minimum.accumulate(above - np.concatenate([[0.0], own[:-1]]))
    begins = np.zeros(tokens, np.int64)
    token, frame = tokens, frames
    while token > 0:
        begins[token - 1] = max(frame - 1, 0)
        diagonal, above, left = costs[token - 1, frame - 1], costs[token - 1, frame], costs[token, frame - 1]
        if diagonal < above and diagonal < left:
            token, frame = token - 1, frame - 1
        elif above < left:
            token -= 1
        else:
            frame -= 1
    return begins
