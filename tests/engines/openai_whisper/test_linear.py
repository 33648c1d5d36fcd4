"""Products with laid-out matrices give what plain ones give."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from callqa.engines.openai_whisper import linear
from callqa.engines.openai_whisper.linear import ALIKE, product

SHAPES = [(8, 1, 64), (1, 37, 64), (1, 1, 64)]


def drawn(*shape: int, dtype: torch.dtype = torch.bfloat16) -> torch.Tensor:
    """Numbers drawn at random, always the same."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape))).to(dtype)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("biased", [True, False])
def test_it_is_the_plain_product(shape: tuple[int, ...], biased: bool) -> None:
    weight, bias = drawn(96, 64), drawn(96) if biased else None
    plain = functional.linear(drawn(*shape), weight, bias)
    found = product(weight, bias, 8)(drawn(*shape))
    assert found.shape == plain.shape
    assert float((found - plain).norm() / plain.norm()) < ALIKE


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_where_nothing_is_laid_out_it_is_the_very_same(monkeypatch: pytest.MonkeyPatch, dtype: torch.dtype) -> None:
    monkeypatch.setattr(linear, "_lays_out", lambda: False)
    weight, bias, x = drawn(96, 64, dtype=dtype), drawn(96, dtype=dtype), drawn(8, 1, 64, dtype=dtype)
    assert torch.equal(product(weight, bias, 8)(x), functional.linear(x, weight, bias))


def test_a_row_does_not_depend_on_those_beside_it() -> None:
    times = product(drawn(96, 64), drawn(96), 8)
    rows, others = drawn(8, 1, 64), drawn(8, 1, 64) * -3
    for at in range(8):
        mixed = others.clone()
        mixed[at] = rows[at]
        assert torch.equal(times(mixed)[at], times(rows)[at])


def test_a_pytorch_without_these_functions_does_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise AttributeError

    linear._lays_out.cache_clear()
    monkeypatch.setattr(linear, "_laid_out", gone)
    assert not linear._lays_out()
    linear._lays_out.cache_clear()
