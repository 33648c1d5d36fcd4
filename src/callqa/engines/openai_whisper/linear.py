"""The linear layers of the network: products with fixed matrices.

On a CPU in bfloat16 each matrix is packed once into the layout that the processor's units need. Otherwise PyTorch packs
it for every product, which takes half of the time of products with few rows.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

Linear = Callable[["Tensor"], "Tensor"]
"""A linear layer: maps (…, width in) to (…, width out)."""

TOLERANCE = 0.01
"""The greatest relative difference allowed between packed and plain products in bfloat16, whose rounding errors are
about 0.003."""


def make_linear(weight: Tensor, bias: Tensor | None, rows: int) -> Linear:
    """Return the layer with a weight of shape (out, in) and a bias, fastest for `rows` rows at a time.

    Its result depends on nothing but the argument and its shape.
    """
    import torch
    from torch.nn import functional

    if weight.device.type == "cpu" and weight.dtype == torch.bfloat16 and _can_pack():
        return _packed_linear(weight, bias, rows)
    return lambda x: functional.linear(x, weight, bias)


def _packed_linear(weight: Tensor, bias: Tensor | None, rows: int) -> Linear:
    """Return the layer as PyTorch's compiler computes it: with functions of its own, as no public ones do this."""
    import torch

    mkldnn: Any = torch.ops.mkldnn
    packed = mkldnn._reorder_linear_weight(weight.contiguous(), rows)
    return lambda x: mkldnn._linear_pointwise(x, packed, bias, "none", [], "")


@functools.cache
def _can_pack() -> bool:
    """Return True if this PyTorch can pack matrices and gets the same products, for the shapes that networks have."""
    import torch
    from torch.nn import functional

    generator = torch.Generator().manual_seed(0)
    weight, bias = (torch.randn(*shape, generator=generator).bfloat16() for shape in ((96, 64), (96,)))
    try:
        with torch.inference_mode():
            for rows, shape in ((8, (8, 1, 64)), (8, (1, 50, 64)), (64, (1, 64, 64))):
                x = torch.randn(*shape, generator=generator).bfloat16()
                for added in (bias, None):
                    plain, packed = functional.linear(x, weight, added), _packed_linear(weight, added, rows)(x)
                    if packed.shape != plain.shape or (packed - plain).norm() > TOLERANCE * plain.norm():
                        return False
    except (AttributeError, NotImplementedError, RuntimeError, TypeError):
        return False
    return True
