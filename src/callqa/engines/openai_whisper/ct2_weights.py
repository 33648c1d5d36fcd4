"""Reads a Whisper model in CTranslate2's form as the weights that openai-whisper's network takes.

The numbers are the same; only their names and their grouping differ. CTranslate2 keeps query, key and value of a
self-attention as one matrix, and key and value of a cross-attention. The format is that of CTranslate2's
`ModelSpec.save`: variables with their shapes and types, then aliases.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from whisper.model import Whisper

Variables = dict[str, NDArray[Any]]

_TYPES: dict[int, type] = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
"""NumPy's types by CTranslate2's number of a type."""

_LEAST_VERSION = 4
"""The version of the binary format in which types are numbered."""


def load_ct2_model(folder: Path) -> Whisper:
    """Return the model in a folder as a network of openai-whisper, with its alignment heads if the folder names them.

    Raises OSError if the folder cannot be read, ValueError or LookupError if it holds something else.
    """
    import torch
    from whisper.model import ModelDimensions, Whisper

    variables = _read_variables((folder / "model.bin").read_bytes())
    layers = {side: _count_layers(variables, side) for side in ("encoder", "decoder")}
    width, mels = variables["encoder/conv1/weight"].shape[:2]
    heads = int(variables.get("encoder/num_heads", np.array(width // 64)))
    network = Whisper(
        ModelDimensions(
            n_mels=mels,
            n_audio_ctx=1500,
            n_audio_state=width,
            n_audio_head=heads,
            n_audio_layer=layers["encoder"],
            n_vocab=variables["decoder/embeddings/weight"].shape[0],
            n_text_ctx=variables["decoder/position_encodings/encodings"].shape[0],
            n_text_state=width,
            n_text_head=heads,
            n_text_layer=layers["decoder"],
        )
    )
    state = {name: torch.from_numpy(np.array(value, np.float32)) for name, value in _state(variables, layers).items()}
    state.setdefault("encoder.positional_embedding", network.encoder.positional_embedding)
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(str(error)) from error
    _set_heads(network, folder / "config.json")
    return network


def _read_variables(content: bytes) -> Variables:
    """Return the variables by name; those in int8 are multiplied out with their scales."""
    reader = _Reader(content)
    version = reader.number("I")
    if not _LEAST_VERSION <= version < 100:
        raise ValueError(f"version {version} of the format")
    reader.text()
    reader.number("I")  # the revision of the specification
    variables: Variables = {}
    for _ in range(reader.number("I")):
        name = reader.text()
        shape = [reader.number("I") for _ in range(reader.number("B"))]
        type_number = reader.number("B")
        variables[name] = reader.array(_TYPES[type_number], reader.number("I")).reshape(shape)
    for _ in range(reader.number("I")):
        alias, name = reader.text(), reader.text()
        variables[alias] = variables[name]
    return {name: _plain(value, variables.get(f"{name}_scale")) for name, value in variables.items()}


def _plain(value: NDArray[Any], scale: NDArray[Any] | None) -> NDArray[Any]:
    if scale is None:
        return value
    rows = value.reshape(value.shape[0], -1).astype(np.float32)
    plain: NDArray[np.float32] = (rows / scale.reshape(-1, 1)).reshape(value.shape)
    return plain


class _Reader:
    """Reads little-endian values one after another."""

    def __init__(self, content: bytes):
        self._content = content
        self._at = 0

    def number(self, form: str) -> int:
        try:
            (value,) = struct.unpack_from(f"<{form}", self._content, self._at)
        except struct.error as error:
            raise ValueError("the file ends too early") from error
        self._at += struct.calcsize(f"<{form}")
        return int(value)

    def text(self) -> str:
        length = self.number("H")
        begin = self._at
        self._at += length
        return self._content[begin : self._at - 1].decode("utf-8")

    def array(self, kind: type, size: int) -> NDArray[Any]:
        begin = self._at
        self._at += size
        return np.frombuffer(self._content, kind, size // np.dtype(kind).itemsize, begin)


def _count_layers(variables: Variables, side: str) -> int:
    prefix = f"{side}/layer_"
    numbers = [name.removeprefix(prefix).partition("/")[0] for name in variables if name.startswith(prefix)]
    return 1 + max(int(number) for number in numbers if number.isdecimal())


def _state(variables: Variables, layers: dict[str, int]) -> Variables:
    """Return the variables under openai-whisper's names."""
    state: Variables = {
        "decoder.token_embedding.weight": variables["decoder/embeddings/weight"],
        "decoder.positional_embedding": variables["decoder/position_encodings/encodings"],
    }
    if "encoder/position_encodings/encodings" in variables:
        state["encoder.positional_embedding"] = variables["encoder/position_encodings/encodings"]
    for name in ("conv1", "conv2"):
        _copy_linear(variables, f"encoder/{name}", state, f"encoder.{name}")
    _copy_norm(variables, "encoder/layer_norm", state, "encoder.ln_post")
    _copy_norm(variables, "decoder/layer_norm", state, "decoder.ln")
    for side, count in layers.items():
        for number in range(count):
            source, block = f"{side}/layer_{number}", f"{side}.blocks.{number}"
            _copy_attention(variables, f"{source}/self_attention", state, f"{block}.attn", ("query", "key", "value"))
            _copy_norm(variables, f"{source}/self_attention/layer_norm", state, f"{block}.attn_ln")
            if side == "decoder":
                _copy_attention(variables, f"{source}/attention", state, f"{block}.cross_attn", ("key", "value"))
                _copy_norm(variables, f"{source}/attention/layer_norm", state, f"{block}.cross_attn_ln")
            for part in (0, 1):
                _copy_linear(variables, f"{source}/ffn/linear_{part}", state, f"{block}.mlp.{2 * part}")
            _copy_norm(variables, f"{source}/ffn/layer_norm", state, f"{block}.mlp_ln")
    return state


def _copy_linear(variables: Variables, source: str, state: Variables, target: str) -> None:
    state[f"{target}.weight"], state[f"{target}.bias"] = variables[f"{source}/weight"], variables[f"{source}/bias"]


def _copy_norm(variables: Variables, source: str, state: Variables, target: str) -> None:
    state[f"{target}.weight"], state[f"{target}.bias"] = variables[f"{source}/gamma"], variables[f"{source}/beta"]


def _copy_attention(variables: Variables, source: str, state: Variables, target: str, fused: tuple[str, ...]) -> None:
    """Take the matrices of an attention apart. The last of the `fused` projections' matrix comes before the output."""
    at = 0
    if "query" not in fused:
        _copy_linear(variables, f"{source}/linear_0", state, f"{target}.query")
        at = 1
    weights = np.split(variables[f"{source}/linear_{at}/weight"], len(fused))
    biases = np.split(variables[f"{source}/linear_{at}/bias"], len(fused))
    for name, weight, bias in zip(fused, weights, biases, strict=True):
        state[f"{target}.{name}.weight"] = weight
        if name != "key":  # Whisper's keys have no bias
            state[f"{target}.{name}.bias"] = bias
    _copy_linear(variables, f"{source}/linear_{at + 1}", state, f"{target}.out")


def _set_heads(network: Whisper, config: Path) -> None:
    """Set the attention heads that show when a word was said."""
    import torch

    heads = json.loads(config.read_text(encoding="utf-8")).get("alignment_heads")
    if heads:
        mask = torch.zeros(network.dims.n_text_layer, network.dims.n_text_head, dtype=torch.bool)
        for layer, head in heads:
            mask[layer, head] = True
        network.register_buffer("alignment_heads", mask.to_sparse(), persistent=False)
