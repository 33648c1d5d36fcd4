"""Tests that linear layers with packed matrices compute what plain ones do."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from callqa.engines.openai_whisper import linear
from callqa.engines.openai_whisper.linear import TOLERANCE, make_linear

SHAPES = [(8, 1, 64), (1, 37, 64), (1, 1, 64)]


def drawn(*shape: int, dtype: torch.dtype = torch.bfloat16) -> torch.Tensor:
    """Return random numbers that are always the same."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape))).to(dtype)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("biased", [True, False])
def test_a_packed_layer_computes_the_plain_product(shape: tuple[int, ...], biased: bool) -> None:
    weight, bias = drawn(96, 64), drawn(96) if biased else None
    plain = functional.linear(drawn(*shape), weight, bias)
    found = make_linear(weight, bias, 8)(drawn(*shape))
    assert found.shape == plain.shape
    assert float((found - plain).norm() / plain.norm()) < TOLERANCE


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_without_packing_the_product_is_exactly_the_plain_one(
    monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype
) -> None:
    monkeypatch.setattr(linear, "_can_pack", lambda: False)
    weight, bias, x = drawn(96, 64, dtype=dtype), drawn(96, dtype=dtype), drawn(8, 1, 64, dtype=dtype)
    assert torch.equal(make_linear(weight, bias, 8)(x), functional.linear(x, weight, bias))


def test_a_row_does_not_depend_on_the_others() -> None:
    layer = make_linear(drawn(96, 64), drawn(96), 8)
    rows, others = drawn(8, 1, 64), drawn(8, 1, 64) * -3
    for at in range(8):
        mixed = others.clone()
        mixed[at] = rows[at]
        assert torch.equal(layer(mixed)[at], layer(rows)[at])


def test_a_pytorch_without_these_functions_does_not_pack(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise AttributeError

    linear._can_pack.cache_clear()
    monkeypatch.setattr(linear, "_packed_linear", missing)
    assert not linear._can_pack()
    linear._can_pack.cache_clear()
