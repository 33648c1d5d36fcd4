"""A checkpoint in openai-whisper's form → a model for faster-whisper, straight from the weights."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.converters import utils
from ctranslate2.specs import common_spec, whisper_spec
from tokenizers import AddedToken, Tokenizer, decoders, models

QUANTIZATION = "int8"


def convert(checkpoint: Path, folder: Path) -> None:
    """Write the model in int8 into the folder."""
    import whisper

    model = whisper.load_model(str(checkpoint), device="cpu")
    dims = model.dims
    weights = {name: weight.detach().float().numpy() for name, weight in model.state_dict().items()}
    spec = whisper_spec.WhisperSpec(dims.n_audio_layer, dims.n_audio_head, dims.n_text_layer, dims.n_text_head)
    for name in ("conv1", "conv2"):
        layer = getattr(spec.encoder, name)
        layer.weight, layer.bias = weights[f"encoder.{name}.weight"], weights[f"encoder.{name}.bias"]
    spec.encoder.position_encodings.encodings = weights["encoder.positional_embedding"]
    _norm(weights, spec.encoder.layer_norm, "encoder.ln_post")
    _layers(weights, spec.encoder, "encoder", crossing=False)
    spec.decoder.embeddings.weight = spec.decoder.projection.weight = weights["decoder.token_embedding.weight"]
    spec.decoder.position_encodings.encodings = weights["decoder.positional_embedding"]
    spec.decoder.scale_embeddings = np.dtype("int8").type(0)
    _norm(weights, spec.decoder.layer_norm, "decoder.ln")
    _layers(weights, spec.decoder, "decoder", crossing=True)
    with warnings.catch_warnings(action="ignore"):
        tokenizer = whisper.tokenizer.get_tokenizer(model.is_multilingual, num_languages=model.num_languages)
    vocabulary = _vocabulary(tokenizer.encoding, dims.n_vocab)
    spec.register_vocabulary(vocabulary)
    spec.config.suppress_ids = list(tokenizer.non_speech_tokens)
    spec.config.suppress_ids_begin = [220, tokenizer.eot]
    spec.config.alignment_heads = [(dims.n_text_layer - 1, 0)]
    spec.config.lang_ids = list(tokenizer.all_language_tokens) if model.is_multilingual else []
    spec.validate()
    spec.optimize(quantization=QUANTIZATION)
    folder.mkdir()
    spec.save(str(folder))
    _write_tokenizer(folder, vocabulary, len(tokenizer.encoding._mergeable_ranks))
    features = {"feature_size": dims.n_mels, "sampling_rate": 16000, "hop_length": 160, "chunk_length": 30}
    (folder / "preprocessor_config.json").write_text(json.dumps({**features, "n_fft": 400}))


def _linear(weights: dict[str, Any], spec: Any, name: str) -> Any:
    spec.weight = weights[f"{name}.weight"]
    spec.bias = weights.get(f"{name}.bias", np.zeros(spec.weight.shape[0], np.float32))
    return spec


def _fused(weights: dict[str, Any], spec: Any, names: list[str]) -> None:
    utils.fuse_linear(spec, [_linear(weights, common_spec.LinearSpec(), name) for name in names])


def _norm(weights: dict[str, Any], spec: Any, name: str) -> None:
    spec.gamma, spec.beta = weights[f"{name}.weight"], weights[f"{name}.bias"]


def _layers(weights: dict[str, Any], spec: Any, prefix: str, *, crossing: bool) -> None:
    for index, layer in enumerate(spec.layer):
        block = f"{prefix}.blocks.{index}"
        own = layer.self_attention
        _fused(weights, own.linear[0], [f"{block}.attn.{part}" for part in ("query", "key", "value")])
        _linear(weights, own.linear[-1], f"{block}.attn.out")
        _norm(weights, own.layer_norm, f"{block}.attn_ln")
        if crossing:
            cross = layer.attention
            _linear(weights, cross.linear[0], f"{block}.cross_attn.query")
            _fused(weights, cross.linear[1], [f"{block}.cross_attn.key", f"{block}.cross_attn.value"])
            _linear(weights, cross.linear[-1], f"{block}.cross_attn.out")
            _norm(weights, cross.layer_norm, f"{block}.cross_attn_ln")
        _linear(weights, layer.ffn.linear_0, f"{block}.mlp.0")
        _linear(weights, layer.ffn.linear_1, f"{block}.mlp.2")
        _norm(weights, layer.ffn.layer_norm, f"{block}.mlp_ln")


def _vocabulary(encoding: Any, size: int) -> list[str]:
    """The tokens as byte-level BPE writes them: printable bytes as they are, the others from U+0100 on."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    letters = {byte: chr(byte) for byte in plain} | {byte: chr(256 + at) for at, byte in enumerate(others)}
    found = [f"<|pad{number}|>" for number in range(size)]
    for token, number in encoding._mergeable_ranks.items():
        found[number] = "".join(letters[byte] for byte in token)
    for token, number in encoding._special_tokens.items():
        found[number] = token
    return found


def _write_tokenizer(folder: Path, vocabulary: list[str], ordinary: int) -> None:
    words = {token: number for number, token in enumerate(vocabulary[:ordinary])}
    tokenizer = Tokenizer(models.BPE(vocab=words, merges=[]))
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in vocabulary[ordinary:]])
    tokenizer.save(str(folder / "tokenizer.json"))
