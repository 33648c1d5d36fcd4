"""The times of a window's words, from what the decoder attended to in the audio while it produced them.

The method is openai-whisper's (`whisper.timing`): the attention of the heads that follow the audio, smoothed over time,
and the cheapest path through it from the first token to the last. It uses what was already computed for the window and
takes about a tenth of the window's time, so it is done for every window.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from callqa.engines.openai_whisper.decoder_rows import decode_text
from callqa.engines.openai_whisper.network import EncodedAudio, Network
from callqa.engines.whisper_common.timed_words import TimedWord, words_at_frames

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor
    from whisper.tokenizer import Tokenizer

_EXCHANGES = ((0, 5), (0, 3), (1, 6), (2, 4), (0, 1), (3, 5), (2, 6), (2, 3), (3, 6), (4, 5), (1, 4), (1, 3), (3, 4))
"""The comparisons and exchanges that make the fourth of seven values their median (Devillard, "Fast median search")."""


def timed_words(
    network: Network,
    tokenizer: Tokenizer,
    text: Sequence[int],
    probabilities: Sequence[float],
    audio: EncodedAudio,
    frames: int,
) -> list[TimedWord]:
    """Return the words of a text with these tokens and their probabilities, said in a window.

    `audio` is the window's, in one row; `frames` is the number of its spectrogram's frames, of 10 ms, that hold audio.
    """
    if not text:
        return []
    starts = token_frames(_attention(network, tokenizer, text, audio, frames)).tolist()
    return words_at_frames(tokenizer, text, probabilities, starts)


def _attention(
    network: Network, tokenizer: Tokenizer, text: Sequence[int], audio: EncodedAudio, frames: int
) -> NDArray[np.float64]:
    """Return how much each token, and the end after them, attends to each encoder frame: (tokens + 1, frames)."""
    import torch

    scores: list[Any] = []
    prompt = tokenizer.sot_sequence
    decode_text(network, [*prompt, tokenizer.no_timestamps, *text, tokenizer.eot], audio, scores)
    with torch.inference_mode():
        picked = torch.stack([scores[layer][0, head] for layer, head in network.alignment_heads])
        weights = picked[:, :, : max(1, frames // 2)].softmax(-1)
        deviation, mean = torch.std_mean(weights, dim=-2, keepdim=True, unbiased=False)
        weights = median_filter((weights - mean) / deviation.clamp(min=1e-12))
        attention: NDArray[np.float64] = weights.mean(0)[len(prompt) : -1].double().cpu().numpy()
    return attention


def median_filter(x: Tensor) -> Tensor:
    """Return the median of each value and its three neighbours on both sides, along the last dimension.

    The same as `whisper.timing.median_filter` with a width of seven, without sorting. If there are three values or
    fewer, they stay as they are.
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


def token_frames(attention: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the frame at which each token starts: the path of most attention through (tokens, frames).

    It is found by dynamic time warping. The costs of a row are computed at once: the step from the left makes them a
    running minimum, once the row's own cumulative sums are subtracted.
    """
    import numpy as np

    tokens, frames = attention.shape
    costs = np.full((tokens + 1, frames + 1), np.inf)
    costs[0, 0] = 0.0
    for token in range(tokens):
        own = np.cumsum(-attention[token])
        above = np.minimum(costs[token, :-1], costs[token, 1:])
        costs[token + 1, 1:] = own + np.minimum.accumulate(above - np.concatenate([[0.0], own[:-1]]))
    starts = np.zeros(tokens, np.int64)
    token, frame = tokens, frames
    while token > 0:
        starts[token - 1] = max(frame - 1, 0)
        diagonal, above, left = costs[token - 1, frame - 1], costs[token - 1, frame], costs[token, frame - 1]
        if diagonal < above and diagonal < left:
            token, frame = token - 1, frame - 1
        elif above < left:
            token -= 1
        else:
            frame -= 1
    return starts
