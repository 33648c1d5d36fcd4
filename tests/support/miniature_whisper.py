"""A real Whisper model of a few megabytes whose weights are set so that it says given words at given times.

The decoder sees nothing but its position in the text: its embedding of position p is the p-th unit vector, and the
embedding of the token that must follow points the same way. The encoder marks the time in the same manner: the audio
from (i × WORD_SECONDS) on looks like position i + 1, where the i-th token is said, so that Whisper's word alignment
finds it there. Everything around it, from the checkpoint to the times of words, is openai-whisper's own code.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

WORD_SECONDS = 1.0
"""Duration of each token of the text."""

STATE = 32
"""Width of the model: one dimension for each position that it can distinguish."""

SURE, GUESSING = 12.0, 4.0
"""Strength of the right token: so that it is always chosen, and so that it seldom is."""

SEED = 7


def save(
    path: Path, text: str = " hello, this is the lamp shop.", *, sure: float = SURE, language: str | None = None
) -> Path:
    """Write a checkpoint that recognises `text` in any audio, and return its path.

    With `sure` at GUESSING, Whisper falls back to sampling and says any words. With a `language` the model is
    multilingual and detects that language in everything.
    """
    import torch

    model = build(text, sure=sure, language=language)
    torch.save({"dims": asdict(model.dims), "model_state_dict": model.state_dict()}, path)
    return path


def build(text: str, *, sure: float, language: str | None, script: Sequence[int] | None = None) -> Any:
    """Return the model itself. A `script` of tokens is said instead of the text with its timestamps."""
    import torch
    from whisper.model import ModelDimensions, Whisper
    from whisper.tokenizer import get_tokenizer

    with warnings.catch_warnings(action="ignore"):  # openai-whisper leaves its vocabulary file open
        tokenizer = get_tokenizer(language is not None, num_languages=99, language=language)
    tokens = tokenizer.encode(text)
    first, last = tokenizer.timestamp_begin, tokenizer.timestamp_begin + round(len(tokens) * WORD_SECONDS / 0.02)
    script = [first, *tokens, last, tokenizer.eot] if script is None else [*script, tokenizer.eot]
    lead = 0 if language is None else 2  # the language and the task, between the start and the text
    vocabulary = 51864 if language is None else 51865
    torch.manual_seed(SEED)
    model = Whisper(ModelDimensions(80, 1500, STATE, 1, 1, vocabulary, 448, STATE, 1, 1))
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter.mul_(0.01)
        _ignore_audio(model)
        _mark_time(model, lead)
        _set_script(model, script, lead, sure)
        if language is not None:
            model.decoder.token_embedding.weight[tokenizer.to_language_token(language)] = SURE * _unit(0)
    return model.eval()


def _unit(position: int) -> Any:
    import torch

    vector = torch.zeros(STATE)
    vector[position] = 1.0
    return vector


def _ignore_audio(model: Any) -> None:
    """Remove the audio's influence on the text, but not on the attention to it."""
    for block in model.decoder.blocks:
        block.cross_attn.out.weight.zero_()
        block.cross_attn.out.bias.zero_()
        for layer in (block.cross_attn_ln, block.attn_ln, block.mlp_ln, model.decoder.ln):
            layer.weight.fill_(1.0)
            layer.bias.zero_()
        for layer in (block.cross_attn.query, block.cross_attn.key):
            layer.weight.copy_(4 * _identity())
        block.cross_attn.query.bias.zero_()


def _identity() -> Any:
    import torch

    return torch.eye(STATE)


def _mark_time(model: Any, lead: int) -> None:
    """Give the audio of each WORD_SECONDS the direction of the position at which its token is said."""
    frames_per_word = round(WORD_SECONDS * 50)
    for frame in range(1500):
        position = min(lead + 1 + frame // frames_per_word, STATE - 1)
        model.encoder.positional_embedding[frame] = 20 * _unit(position)


def _set_script(model: Any, script: Sequence[int], lead: int, sure: float) -> None:
    """Make each token of the script follow from its position."""
    model.decoder.positional_embedding.zero_()
    for position in range(STATE):
        model.decoder.positional_embedding[position] = 10 * _unit(position)
    for index, token in enumerate(script):
        word = 0 < index < len(script) - 2
        model.decoder.token_embedding.weight[token] += (sure if word else SURE) / 5 * _unit(lead + index)
