"""A checkpoint with a real model's dimensions that says a given number of words in every window, whatever it hears.

Recognition takes the same work as with the real weights: all products are computed, but what attention and perceptrons
add is multiplied by nothing, and each place in the text calls for the next token of a fixed script. So every program
decodes the same tokens, surely enough for no window to be decoded twice. Nothing can be learned here about accuracy.
"""

from __future__ import annotations

import random
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

DIMENSIONS = {
    "tiny.en": (80, 384, 6, 4, 4),
    "base.en": (80, 512, 8, 6, 6),
    "small.en": (80, 768, 12, 12, 12),
    "turbo": (128, 1280, 20, 32, 4),
}
"""Model → mels, width, heads, layers of the encoder and of the decoder."""

SEED = 5
LAST_TIME = 27.0
"""Seconds of the timestamp that ends the text."""


def save(path: Path, name: str, tokens: int) -> Path:
    """Write a checkpoint that decodes this many tokens in each window, timestamps included, and return its path."""
    import torch

    model = build(name, tokens)
    torch.save({"dims": asdict(model.dims), "model_state_dict": _halved(model)}, path)
    return path


def build(name: str, tokens: int) -> Any:
    """The model itself."""
    import torch
    from whisper.model import ModelDimensions, Whisper
    from whisper.tokenizer import get_tokenizer

    mels, width, heads, encoder_layers, decoder_layers = DIMENSIONS[name]
    english = name.endswith(".en")
    with warnings.catch_warnings(action="ignore"):  # openai-whisper leaves its vocabulary file open
        tokenizer = get_tokenizer(not english, num_languages=99 if english else 100, language="en", task="transcribe")
    torch.manual_seed(SEED)
    vocabulary = 51864 if english else 51866
    sizes = (mels, 1500, width, heads, encoder_layers, vocabulary, 448, width, heads, decoder_layers)
    model = Whisper(ModelDimensions(*sizes))
    begun = tokenizer.timestamp_begin
    script = [begun, *_words(tokenizer, tokens - 2), begun + round(LAST_TIME / 0.02), tokenizer.eot]
    lead = len(tokenizer.sot_sequence) - 1
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, parameter[0].numel() ** -0.5)
        for block in model.decoder.blocks:
            for layer in (block.attn.out, block.cross_attn.out, block.mlp[2]):
                layer.weight.zero_()
                layer.bias.zero_()
        model.decoder.token_embedding.weight.mul_(0.1)
        model.decoder.positional_embedding.zero_()
        for place in range(448):
            model.decoder.positional_embedding[place, place] = 10.0
        for place, token in enumerate(script):
            model.decoder.token_embedding.weight[token, lead + place] += 2.0
    return model.eval()


def _words(tokenizer: Any, count: int) -> list[int]:
    """Different tokens that are each a short word."""
    found = [
        token for token in range(1000, 20000) if (text := tokenizer.decode([token]))[0] == " " and text[1:].isalpha()
    ]
    return random.Random(SEED).sample(found, count)


def _halved(model: Any) -> dict[str, Any]:
    """The weights in half precision, as the official checkpoints hold them."""
    return {name: weight.half() for name, weight in model.state_dict().items()}
