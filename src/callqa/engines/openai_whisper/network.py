"""Whisper's network, computed so that what is heard in one window never depends on its neighbours.

The weights are those of an openai-whisper model; the arithmetic around them is arranged otherwise, for speed:

- Windows are encoded one at a time: an encoder gains nothing from a batch, and rounding stays the same.
- The decoder works on a fixed number of rows, one token each a step. Each row stands at a place of its own in its own
  text, so a row that has come to its end takes in the next window at once, and no row waits for another. The shapes of
  all products are always the same, whatever the rows hold: in float32 on a CPU, and in any precision on a GPU, a
  product of one row rounds otherwise than the same row does in a product of eight.
- What the decoder sees of the audio, the keys and values of its cross attention, is computed once a window.
- In half precision, the sums that run through all layers and the layer norms stay in float32, as in openai-whisper.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from callqa.engines.openai_whisper.linear import Product, product

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.model import Whisper

QUERY_CHUNK = 375
"""Frames whose attention is computed at once where it is written out: a head's scores then stay in the cache."""

Affine = tuple[Any, Any]
"""Weight and bias of a convolution or a norm."""

DECODED_ROWS = 8
"""Rows the decoder's products are laid out for: as many as are decoded at once on a CPU."""

Attend = Callable[[int, "Tensor", "Tensor", "Tensor"], "Tensor"]
"""Self attention of a layer: its index, then queries, keys and values of shape (batch, heads, tokens, width)."""


@dataclass(frozen=True)
class _Cross:
    """What a layer of the decoder attends to the audio by; `kv` is fused."""

    norm: Affine
    query: Product
    kv: Product
    out: Product


@dataclass(frozen=True)
class _Layer:
    """A layer of the encoder or, with `cross`, of the decoder; `qkv` is fused."""

    norm: Affine
    qkv: Product
    out: Product
    mlp_norm: Affine
    widen: Product
    narrow: Product
    cross: _Cross | None = None


@dataclass(frozen=True)
class EncodedAudio:
    """What each layer of the decoder sees of the audio.

    `keys` and `values` are (rows, heads, frames, width), one tensor each a layer.
    """

    keys: list[Any]
    values: list[Any]

    def row(self, row: int) -> EncodedAudio:
        """The part of one row, as a view."""
        return EncodedAudio(
            [keys[row : row + 1] for keys in self.keys], [values[row : row + 1] for values in self.values]
        )


class Network:
    """The weights of a Whisper model on its device, in the precision they are computed in."""

    def __init__(self, model: Whisper, dtype: Any):
        dims = model.dims
        self.dims = dims
        self.dtype = dtype
        self.device = model.device
        self.alignment_heads: list[tuple[int, int]] = [
            (int(layer), int(head)) for layer, head in model.alignment_heads.cpu().to_dense().nonzero().tolist()
        ]
        encoder, decoder = model.encoder, model.decoder
        self._convolutions = [_pair(layer, dtype) for layer in (encoder.conv1, encoder.conv2)]
        self._frames = encoder.positional_embedding.detach().float()
        self._encoder = [_layer(block, dtype, dims.n_audio_ctx) for block in encoder.blocks]
        self._encoded = _norm(encoder.ln_post)
        self._tokens = decoder.token_embedding.weight.detach().to(dtype).contiguous()
        self._places = decoder.positional_embedding.detach().float()
        self._decoder = [_layer(block, dtype, DECODED_ROWS, dims.n_audio_ctx) for block in decoder.blocks]
        self._logits = product(self._tokens, None, DECODED_ROWS)
        self._decoded = _norm(decoder.ln)

    @property
    def bytes_per_row(self) -> int:
        """Memory a row of the decoder takes: what it sees of the audio and of its text, and its logits."""
        dims = self.dims
        positions = dims.n_audio_ctx + dims.n_text_ctx
        kept = 2 * dims.n_text_layer * positions * dims.n_text_state * self._tokens.element_size()
        return int(kept + 16 * 4 * dims.n_vocab)

    def encode(self, mel: Tensor) -> EncodedAudio:
        """Take in the log-mel spectrogram of one window, (mels, 3000); gives what the decoder sees of it."""
        import torch
        from torch.nn import functional

        with torch.inference_mode():
            x = mel.unsqueeze(0).to(self.device, self.dtype)
            x = functional.gelu(functional.conv1d(x, *self._convolutions[0], padding=1))
            x = functional.gelu(functional.conv1d(x, *self._convolutions[1], stride=2, padding=1))
            x = x.transpose(1, 2).float() + self._frames
            attend = _attention_of(self.dtype, self.device.type)
            for layer in self._encoder:
                x = self._through(layer, x, self.dims.n_audio_head, attend)
            features = _normed(x, self._encoded, self.dtype)
            keys, values = [], []
            for layer in self._decoder:
                assert layer.cross is not None
                key, value = _heads(layer.cross.kv(features), 2, self.dims.n_text_head)
                keys.append(key.contiguous())
                values.append(value.contiguous())
        return EncodedAudio(keys, values)

    def decode(
        self, tokens: Tensor, places: Tensor, crossed: EncodedAudio, attend: Attend, scores: list[Any] | None = None
    ) -> Tensor:
        """One pass of the decoder: `tokens` and their `places` in the text, (batch, tokens), over the crossed audio.

        Gives the last layer's output, (batch, tokens, width), in float32. `scores` takes each layer's attention to the
        audio before the softmax, (batch, heads, tokens, frames).
        """
        from torch.nn import functional

        heads = self.dims.n_text_head
        x = functional.embedding(tokens, self._tokens).float() + self._places[places]
        for index, layer in enumerate(self._decoder):
            key, value = crossed.keys[index], crossed.values[index]

            def look(query: Tensor, key: Tensor = key, value: Tensor = value) -> Tensor:
                seen = (query @ key.transpose(2, 3)).float()
                if scores is not None:
                    scores.append(seen)
                return seen.softmax(-1).to(self.dtype) @ value

            x = self._through(layer, x, heads, partial(attend, index), look)
        return x

    def logits(self, x: Tensor) -> Tensor:
        """The output of `decode` as logits over the vocabulary, float32."""
        return self._logits(_normed(x, self._decoded, self.dtype)).float()

    def _through(
        self,
        layer: _Layer,
        x: Tensor,
        heads: int,
        attend: Callable[[Tensor, Tensor, Tensor], Tensor],
        look: Callable[[Tensor], Tensor] | None = None,
    ) -> Tensor:
        """Through one layer: self attention, attention to the audio where there is any, and the perceptron."""
        from torch.nn import functional

        dtype, cross = self.dtype, layer.cross
        query, key, value = _heads(layer.qkv(_normed(x, layer.norm, dtype)), 3, heads)
        x = x + layer.out(_joined(attend(query, key, value)))
        if look is not None and cross is not None:
            (query,) = _heads(cross.query(_normed(x, cross.norm, dtype)), 1, heads)
            x = x + cross.out(_joined(look(query)))
        wide = functional.gelu(layer.widen(_normed(x, layer.mlp_norm, dtype)))
        return x + layer.narrow(wide)


class Rows:
    """The rows the decoder works on: the crossed audio of each, and the keys and values of its text so far."""

    def __init__(self, network: Network, count: int, longest: int):
        import torch

        dims = network.dims
        self.count = count
        self._network = network
        heads, width, layers = dims.n_text_head, dims.n_text_state // dims.n_text_head, range(dims.n_text_layer)

        def room(*shape: int) -> list[Any]:
            return [torch.zeros(count, heads, *shape, dtype=network.dtype, device=network.device) for _ in layers]

        self.crossed = EncodedAudio(room(dims.n_audio_ctx, width), room(dims.n_audio_ctx, width))
        self._keys, self._values = room(width, longest), room(longest, width)
        self._index = torch.arange(count, device=network.device)
        self._longest = torch.arange(longest, device=network.device)

    def put(self, row: int, crossed: EncodedAudio) -> None:
        """Let a row see this audio from now on."""
        for layer in range(len(crossed.keys)):
            self.crossed.keys[layer][row].copy_(crossed.keys[layer][0])
            self.crossed.values[layer][row].copy_(crossed.values[layer][0])

    def step(self, tokens: Sequence[int], places: Sequence[int]) -> Tensor:
        """Put one token at its place in every row; gives the logits of the tokens that follow, (rows, vocabulary).

        A row at place 0 begins anew: what stood at later places is not seen.
        """
        import torch

        with torch.inference_mode():
            at = torch.tensor([list(tokens), list(places)], device=self._network.device)
            place = at[1]
            unseen = (self._longest[None] > place[:, None])[:, None, None]

            def attend(layer: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
                keys, values = self._keys[layer], self._values[layer]
                keys[self._index, :, :, place] = key[:, :, 0]
                values[self._index, :, place] = value[:, :, 0]
                seen = (query @ keys).float().masked_fill(unseen, -torch.inf)
                return seen.softmax(-1).to(self._network.dtype) @ values

            x = self._network.decode(at[0, :, None], place[:, None], self.crossed, attend)
            return self._network.logits(x[:, 0])


def whole(network: Network, tokens: Sequence[int], crossed: EncodedAudio, scores: list[Any] | None = None) -> Tensor:
    """The decoder over a whole text at once, for one window: `crossed` of one row. Gives the output of `decode`."""
    import torch
    from torch.nn import functional

    def attend(_: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return functional.scaled_dot_product_attention(query, key, value, is_causal=True, scale=1.0)

    with torch.inference_mode():
        text = torch.tensor([list(tokens)], device=network.device)
        places = torch.arange(len(tokens), device=network.device)[None]
        return network.decode(text, places, crossed, attend, scores)


def _pair(layer: Any, dtype: Any) -> Affine:
    return layer.weight.detach().to(dtype).contiguous(), layer.bias.detach().to(dtype)


def _norm(layer: Any) -> Affine:
    return layer.weight.detach().float(), layer.bias.detach().float()


def _layer(block: Any, dtype: Any, rows: int, frames: int = 0) -> _Layer:
    """A layer whose products take so many rows at a time; those with the audio, as many as it has `frames`."""
    own, crossing = block.attn, block.cross_attn
    cross = None
    if crossing is not None:
        cross = _Cross(
            norm=_norm(block.cross_attn_ln),
            query=product(*_fused(crossing, ("query",), dtype), rows),
            kv=product(*_fused(crossing, ("key", "value"), dtype), frames),
            out=product(*_pair(crossing.out, dtype), rows),
        )
    return _Layer(
        norm=_norm(block.attn_ln),
        qkv=product(*_fused(own, ("query", "key", "value"), dtype), rows),
        out=product(*_pair(own.out, dtype), rows),
        mlp_norm=_norm(block.mlp_ln),
        widen=product(*_pair(block.mlp[0], dtype), rows),
        narrow=product(*_pair(block.mlp[2], dtype), rows),
        cross=cross,
    )


def _fused(attention: Any, names: Sequence[str], dtype: Any) -> Affine:
    """Several projections of an attention as one; the queries are scaled here, once and for all."""
    import torch

    weights, biases = [], []
    for name in names:
        layer = getattr(attention, name)
        scale = (layer.weight.shape[0] // attention.n_head) ** -0.5 if name == "query" else 1.0
        weights.append(layer.weight.detach().float() * scale)
        bias = torch.zeros_like(layer.weight[:, 0]) if layer.bias is None else layer.bias.detach()
        biases.append(bias.float() * scale)
    return torch.cat(weights).to(dtype).contiguous(), torch.cat(biases).to(dtype)


def _normed(x: Tensor, norm: Affine, dtype: Any) -> Tensor:
    from torch.nn import functional

    return functional.layer_norm(x, x.shape[-1:], *norm).to(dtype)


def _heads(x: Tensor, parts: int, heads: int) -> tuple[Tensor, ...]:
    """Part (batch, tokens, parts × heads × width) into `parts` tensors of (batch, heads, tokens, width)."""
    batch, tokens, _ = x.shape
    split: tuple[Tensor, ...] = x.view(batch, tokens, parts, heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
    return split


def _joined(x: Tensor) -> Tensor:
    """The reverse of `_heads`: (batch, heads, tokens, width) → (batch, tokens, heads × width)."""
    return x.transpose(1, 2).flatten(2)


def _attention_of(dtype: Any, device: str) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """The quickest attention of the encoder: PyTorch's own is slow on a CPU in bfloat16."""
    import torch
    from torch.nn import functional

    if device == "cpu" and dtype != torch.float32:
        return _written_out
    return lambda query, key, value: functional.scaled_dot_product_attention(query, key, value, scale=1.0)


def _written_out(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Attention head by head in chunks of QUERY_CHUNK frames, for a batch of one."""
    import torch

    out = torch.empty_like(query, memory_format=torch.contiguous_format)
    for head in range(query.shape[1]):
        keys, values = key[0, head].T.contiguous(), value[0, head].contiguous()
        for first in range(0, query.shape[2], QUERY_CHUNK):
            chunk = query[0, head, first : first + QUERY_CHUNK]
            out[0, head, first : first + QUERY_CHUNK] = (chunk @ keys).softmax(-1) @ values
    return out
