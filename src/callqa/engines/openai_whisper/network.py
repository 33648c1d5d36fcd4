"""Whisper's network, computed so that the result of one window never depends on its neighbours.

The weights are those of an openai-whisper model; the arithmetic around them is arranged differently, for speed:

- Windows are encoded one at a time: an encoder gains nothing from a batch, and rounding stays the same.
- The decoder works on a fixed number of rows, with one token each per step (see `decoder_rows`). The shapes of all
  products are always the same, whatever the rows hold: in float32 on a CPU, and in any precision on a GPU, a product of
  one row rounds differently from the same row in a product of eight.
- The keys and values of the decoder's cross attention, which is all it sees of the audio, are computed once a window.
- In half precision, the sums that run through all layers and the layer norms stay in float32, as in openai-whisper.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from callqa.engines.openai_whisper.linear import Linear, make_linear

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.model import Whisper

QUERY_CHUNK = 375
"""Frames whose attention is computed at once on a CPU in bfloat16: a head's scores then stay in the cache."""

Affine = tuple[Any, Any]
"""Weight and bias of a convolution or a norm."""

DECODED_ROWS = 8
"""Rows that the decoder's products are laid out for: as many as are decoded at once on a CPU."""

SelfAttention = Callable[[int, "Tensor", "Tensor", "Tensor"], "Tensor"]
"""Self attention of a decoder layer: takes the layer's index, then queries, keys and values of shape
(batch, heads, tokens, width)."""


@dataclass(frozen=True)
class _CrossAttention:
    """The attention of a decoder layer to the audio; `kv` is fused."""

    norm: Affine
    query: Linear
    kv: Linear
    out: Linear


@dataclass(frozen=True)
class _Layer:
    """A layer of the encoder or, with `cross`, of the decoder; `qkv` is fused."""

    norm: Affine
    qkv: Linear
    out: Linear
    mlp_norm: Affine
    widen: Linear
    narrow: Linear
    cross: _CrossAttention | None = None


@dataclass(frozen=True)
class EncodedAudio:
    """The audio as the decoder's layers see it: the keys and values of their cross attention.

    `keys` and `values` have a tensor of (rows, heads, frames, width) for each layer.
    """

    keys: list[Any]
    values: list[Any]

    def row(self, row: int) -> EncodedAudio:
        """Return one row, as a view."""
        return EncodedAudio(
            [keys[row : row + 1] for keys in self.keys], [values[row : row + 1] for values in self.values]
        )


class Network:
    """The weights of a Whisper model on its device, in the precision `dtype` that they are computed in."""

    def __init__(self, model: Whisper, dtype: Any):
        dims = model.dims
        self.dims = dims
        self.dtype = dtype
        self.device = model.device
        self.alignment_heads: list[tuple[int, int]] = [
            (int(layer), int(head)) for layer, head in model.alignment_heads.cpu().to_dense().nonzero().tolist()
        ]
        encoder, decoder = model.encoder, model.decoder
        self._convolutions = [_affine(layer, dtype) for layer in (encoder.conv1, encoder.conv2)]
        self._frame_positions = encoder.positional_embedding.detach().float()
        self._encoder = [_layer(block, dtype, dims.n_audio_ctx) for block in encoder.blocks]
        self._encoder_norm = _norm(encoder.ln_post)
        self._token_embedding = decoder.token_embedding.weight.detach().to(dtype).contiguous()
        self._token_positions = decoder.positional_embedding.detach().float()
        self._decoder = [_layer(block, dtype, DECODED_ROWS, dims.n_audio_ctx) for block in decoder.blocks]
        self._to_logits = make_linear(self._token_embedding, None, DECODED_ROWS)
        self._decoder_norm = _norm(decoder.ln)

    @property
    def bytes_per_row(self) -> int:
        """Memory that a row of the decoder takes: the keys and values of its audio and its text, and its logits."""
        dims = self.dims
        positions = dims.n_audio_ctx + dims.n_text_ctx
        kept = 2 * dims.n_text_layer * positions * dims.n_text_state * self._token_embedding.element_size()
        return int(kept + 16 * 4 * dims.n_vocab)

    def encode(self, mel: Tensor) -> EncodedAudio:
        """Encode the log-mel spectrogram of one window, (mels, 3000), and return the audio as the decoder sees it."""
        import torch
        from torch.nn import functional

        with torch.inference_mode():
            x = mel.unsqueeze(0).to(self.device, self.dtype)
            x = functional.gelu(functional.conv1d(x, *self._convolutions[0], padding=1))
            x = functional.gelu(functional.conv1d(x, *self._convolutions[1], stride=2, padding=1))
            x = x.transpose(1, 2).float() + self._frame_positions
            attend = _encoder_attention(self.dtype, self.device.type)
            for layer in self._encoder:
                x = self._apply_layer(layer, x, self.dims.n_audio_head, attend)
            features = _layer_norm(x, self._encoder_norm, self.dtype)
            keys, values = [], []
            for layer in self._decoder:
                assert layer.cross is not None
                key, value = _split_heads(layer.cross.kv(features), 2, self.dims.n_text_head)
                keys.append(key.contiguous())
                values.append(value.contiguous())
        return EncodedAudio(keys, values)

    def decode(
        self,
        tokens: Tensor,
        positions: Tensor,
        audio: EncodedAudio,
        attend: SelfAttention,
        scores: list[Any] | None = None,
    ) -> Tensor:
        """Run the decoder once over `tokens` at their `positions` in the text, both (batch, tokens).

        Return the last layer's output, (batch, tokens, width), in float32. The attention of each layer to the audio
        before the softmax, (batch, heads, tokens, frames), is appended to `scores`.
        """
        from torch.nn import functional

        heads = self.dims.n_text_head
        x = functional.embedding(tokens, self._token_embedding).float() + self._token_positions[positions]
        for index, layer in enumerate(self._decoder):
            key, value = audio.keys[index], audio.values[index]

            def attend_to_audio(query: Tensor, key: Tensor = key, value: Tensor = value) -> Tensor:
                score = (query @ key.transpose(2, 3)).float()
                if scores is not None:
                    scores.append(score)
                return score.softmax(-1).to(self.dtype) @ value

            x = self._apply_layer(layer, x, heads, partial(attend, index), attend_to_audio)
        return x

    def logits(self, x: Tensor) -> Tensor:
        """Convert the output of `decode` to logits over the vocabulary, in float32."""
        return self._to_logits(_layer_norm(x, self._decoder_norm, self.dtype)).float()

    def _apply_layer(
        self,
        layer: _Layer,
        x: Tensor,
        heads: int,
        attend: Callable[[Tensor, Tensor, Tensor], Tensor],
        attend_to_audio: Callable[[Tensor], Tensor] | None = None,
    ) -> Tensor:
        """Apply a layer: self attention, attention to the audio in the decoder, and the perceptron."""
        from torch.nn import functional

        dtype, cross = self.dtype, layer.cross
        query, key, value = _split_heads(layer.qkv(_layer_norm(x, layer.norm, dtype)), 3, heads)
        x = x + layer.out(_merge_heads(attend(query, key, value)))
        if attend_to_audio is not None and cross is not None:
            (query,) = _split_heads(cross.query(_layer_norm(x, cross.norm, dtype)), 1, heads)
            x = x + cross.out(_merge_heads(attend_to_audio(query)))
        wide = functional.gelu(layer.widen(_layer_norm(x, layer.mlp_norm, dtype)))
        return x + layer.narrow(wide)


def _affine(layer: Any, dtype: Any) -> Affine:
    return layer.weight.detach().to(dtype).contiguous(), layer.bias.detach().to(dtype)


def _norm(layer: Any) -> Affine:
    return layer.weight.detach().float(), layer.bias.detach().float()


def _layer(block: Any, dtype: Any, rows: int, frames: int = 0) -> _Layer:
    """Return a layer whose products take `rows` rows at a time; those with the audio take its `frames`."""
    own, crossing = block.attn, block.cross_attn
    cross = None
    if crossing is not None:
        cross = _CrossAttention(
            norm=_norm(block.cross_attn_ln),
            query=make_linear(*_fused(crossing, ("query",), dtype), rows),
            kv=make_linear(*_fused(crossing, ("key", "value"), dtype), frames),
            out=make_linear(*_affine(crossing.out, dtype), rows),
        )
    return _Layer(
        norm=_norm(block.attn_ln),
        qkv=make_linear(*_fused(own, ("query", "key", "value"), dtype), rows),
        out=make_linear(*_affine(own.out, dtype), rows),
        mlp_norm=_norm(block.mlp_ln),
        widen=make_linear(*_affine(block.mlp[0], dtype), rows),
        narrow=make_linear(*_affine(block.mlp[2], dtype), rows),
        cross=cross,
    )


def _fused(attention: Any, names: Sequence[str], dtype: Any) -> Affine:
    """Return several projections of an attention as one; the queries are scaled here, once and for all."""
    import torch

    weights, biases = [], []
    for name in names:
        layer = getattr(attention, name)
        scale = (layer.weight.shape[0] // attention.n_head) ** -0.5 if name == "query" else 1.0
        weights.append(layer.weight.detach().float() * scale)
        bias = torch.zeros_like(layer.weight[:, 0]) if layer.bias is None else layer.bias.detach()
        biases.append(bias.float() * scale)
    return torch.cat(weights).to(dtype).contiguous(), torch.cat(biases).to(dtype)


def _layer_norm(x: Tensor, norm: Affine, dtype: Any) -> Tensor:
    from torch.nn import functional

    return functional.layer_norm(x, x.shape[-1:], *norm).to(dtype)


def _split_heads(x: Tensor, parts: int, heads: int) -> tuple[Tensor, ...]:
    """Split (batch, tokens, parts × heads × width) into `parts` tensors of (batch, heads, tokens, width)."""
    batch, tokens, _ = x.shape
    split: tuple[Tensor, ...] = x.view(batch, tokens, parts, heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
    return split


def _merge_heads(x: Tensor) -> Tensor:
    """Undo `_split_heads`: (batch, heads, tokens, width) → (batch, tokens, heads × width)."""
    return x.transpose(1, 2).flatten(2)


def _encoder_attention(dtype: Any, device: str) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """Return the fastest attention of the encoder: PyTorch's own is slow on a CPU in bfloat16."""
    import torch
    from torch.nn import functional

    if device == "cpu" and dtype != torch.float32:
        return _chunked_attention
    return lambda query, key, value: functional.scaled_dot_product_attention(query, key, value, scale=1.0)


def _chunked_attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Compute attention head by head in chunks of QUERY_CHUNK frames, for a batch of one."""
    import torch

    out = torch.empty_like(query, memory_format=torch.contiguous_format)
    for head in range(query.shape[1]):
        keys, values = key[0, head].T.contiguous(), value[0, head].contiguous()
        for first in range(0, query.shape[2], QUERY_CHUNK):
            chunk = query[0, head, first : first + QUERY_CHUNK]
            out[0, head, first : first + QUERY_CHUNK] = (chunk @ keys).softmax(-1) @ values
    return out
