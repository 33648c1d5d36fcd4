"""Products with the fixed matrices of a network's linear layers.

On a CPU in bfloat16 the matrix is laid out once as the processor's units want it. PyTorch would else do that at every
product, which takes half of the time of those with few rows.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

Product = Callable[["Tensor"], "Tensor"]
"""Takes (…, width in) to (…, width out)."""

ALIKE = 0.01
"""The relative difference borne between both ways to compute a product in bfloat16, whose own error is some 0.003."""


def product(weight: Tensor, bias: Tensor | None, rows: int) -> Product:
    """What multiplies by a weight of shape (out, in) and adds a bias; quickest for so many rows at a time.

    What comes out does not depend on anything but the argument and its shape.
    """
    import torch
    from torch.nn import functional

    if weight.device.type == "cpu" and weight.dtype == torch.bfloat16 and _lays_out():
        return _laid_out(weight, bias, rows)
    return lambda x: functional.linear(x, weight, bias)


def _laid_out(weight: Tensor, bias: Tensor | None, rows: int) -> Product:
    """The product as PyTorch's compiler computes it: these functions are its own, and nothing public does the same."""
    import torch

    own: Any = torch.ops.mkldnn
    laid_out = own._reorder_linear_weight(weight.contiguous(), rows)
    return lambda x: own._linear_pointwise(x, laid_out, bias, "none", [], "")


@functools.cache
def _lays_out() -> bool:
    """Whether this PyTorch can lay matrices out, and computes the same with them, for the shapes networks have."""
    import torch
    from torch.nn import functional

    generator = torch.Generator().manual_seed(0)
    weight, bias = (torch.randn(*shape, generator=generator).bfloat16() for shape in ((96, 64), (96,)))
    try:
        with torch.inference_mode():
            for rows, shape in ((8, (8, 1, 64)), (8, (1, 50, 64)), (64, (1, 64, 64))):
                x = torch.randn(*shape, generator=generator).bfloat16()
                for added in (bias, None):
                    plain, other = functional.linear(x, weight, added), _laid_out(weight, added, rows)(x)
                    if other.shape != plain.shape or (other - plain).norm() > ALIKE * plain.norm():
                        return False
    except (AttributeError, NotImplementedError, RuntimeError, TypeError):
        return False
    return True
