from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import torch
from whisper.model import ModelDimensions, Whisper

from callqa.engines.openai_whisper.decoder_rows import DecoderRows, decode_text
from callqa.engines.openai_whisper.network import Network


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@functools.cache
def random_network(dtype: torch.dtype) -> tuple[Network, Any]:
    """Return a network wide enough for products to be split up in different ways, and its model."""
    torch.manual_seed(3)
    model = Whisper(ModelDimensions(80, 1500, 256, 4, 1, 51864, 448, 256, 4, 2)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, parameter[0].numel() ** -0.5)
    return Network(model, dtype), model


@functools.cache
def encoded(network: Network, seed: int, threads: int) -> Any:
    """Return the encoding of random audio, computed with this number of threads."""
    assert torch.get_num_threads() == threads
    return network.encode(torch.randn(80, 3000, generator=torch.Generator().manual_seed(seed)))


def row_logits(network: Network, texts: Sequence[Sequence[int] | None]) -> list[torch.Tensor | None]:
    """Return the logits after each text, with different audio in each of eight rows; a row without a text is empty."""
    rows = DecoderRows(network, 8, 12)
    for at, text in enumerate(texts):
        if text is not None:
            rows.set_audio(at, encoded(network, text[0], torch.get_num_threads()))
    found: list[torch.Tensor | None] = [None] * 8
    for position in range(max(len(text) for text in texts if text)):
        tokens = [text[position] if text and position < len(text) else 0 for text in texts]
        logits = rows.step(tokens, [position if text and position < len(text) else 0 for text in texts])
        for at, text in enumerate(texts):
            if text and position == len(text) - 1:
                found[at] = logits[at].clone()
    return found


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_neither_neighbours_nor_threads_change_a_bit_of_a_row(dtype: torch.dtype) -> None:
    network, model = random_network(dtype)
    text, long, other = [7, 300, 4], [9, 8, 5000, 6, 2], [11, 40_000]
    (alone,) = [found for found in row_logits(network, [text, *[None] * 7]) if found is not None]
    crowded = row_logits(network, [other, long, other, long, other, text, long, other])
    assert torch.equal(crowded[5], alone)
    assert torch.equal(crowded[1], crowded[6])
    try:
        torch.set_num_threads(2)
        assert torch.equal(row_logits(network, [long, None, text, *[None] * 5])[2], alone)
    finally:
        torch.set_num_threads(1)
    mel = torch.randn(80, 3000, generator=torch.Generator().manual_seed(7))
    with torch.no_grad():
        exact = model.decoder(torch.tensor([text]), model.encoder(mel[None]))[0]
    at_once = network.logits(decode_text(network, text, network.encode(mel)))[0]
    for found, expected in ((alone, exact[-1]), (at_once, exact)):
        assert float((found - expected).norm() / expected.norm()) < (1e-5 if dtype == torch.float32 else 0.02)
