"""Running the network's decoder: token by token in rows that do not wait for each other, or over a whole text at once.

Each row is at a position of its own in its own text, so a row whose text is finished takes the next window at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from callqa.engines.openai_whisper.network import EncodedAudio, Network

if TYPE_CHECKING:
    from torch import Tensor


class DecoderRows:
    """The rows that the decoder works on: the encoded audio of each, and the keys and values of its text so far."""

    def __init__(self, network: Network, count: int, most_tokens: int):
        import torch

        dims = network.dims
        self.count = count
        self._network = network
        heads, width, layers = dims.n_text_head, dims.n_text_state // dims.n_text_head, range(dims.n_text_layer)

        def allocate(*shape: int) -> list[Any]:
            return [torch.zeros(count, heads, *shape, dtype=network.dtype, device=network.device) for _ in layers]

        self.audio = EncodedAudio(allocate(dims.n_audio_ctx, width), allocate(dims.n_audio_ctx, width))
        self._keys, self._values = allocate(width, most_tokens), allocate(most_tokens, width)
        self._row_index = torch.arange(count, device=network.device)
        self._position_index = torch.arange(most_tokens, device=network.device)

    def set_audio(self, row: int, audio: EncodedAudio) -> None:
        """Give a row the audio of a window, which has one row."""
        for layer in range(len(audio.keys)):
            self.audio.keys[layer][row].copy_(audio.keys[layer][0])
            self.audio.values[layer][row].copy_(audio.values[layer][0])

    def step(self, tokens: Sequence[int], positions: Sequence[int]) -> Tensor:
        """Enter a token at a position in every row; return the logits of the next tokens, (rows, vocabulary).

        A row at position 0 starts a new text: tokens entered at later positions before are not seen.
        """
        import torch

        with torch.inference_mode():
            entered = torch.tensor([list(tokens), list(positions)], device=self._network.device)
            position = entered[1]
            unseen = (self._position_index[None] > position[:, None])[:, None, None]

            def attend(layer: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
                keys, values = self._keys[layer], self._values[layer]
                keys[self._row_index, :, :, position] = key[:, :, 0]
                values[self._row_index, :, position] = value[:, :, 0]
                scores = (query @ keys).float().masked_fill(unseen, -torch.inf)
                return scores.softmax(-1).to(self._network.dtype) @ values

            x = self._network.decode(entered[0, :, None], position[:, None], self.audio, attend)
            return self._network.logits(x[:, 0])


def decode_text(
    network: Network, tokens: Sequence[int], audio: EncodedAudio, scores: list[Any] | None = None
) -> Tensor:
    """Run the decoder over a whole text at once, for one window; `audio` has one row. Return what `decode` returns."""
    import torch
    from torch.nn import functional

    def attend(_: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return functional.scaled_dot_product_attention(query, key, value, is_causal=True, scale=1.0)

    with torch.inference_mode():
        text = torch.tensor([list(tokens)], device=network.device)
        positions = torch.arange(len(tokens), device=network.device)[None]
        return network.decode(text, positions, audio, attend, scores)
