"""The precision that Whisper computes in: the fastest that works well on this machine.

Half of float32's digits are enough for recognition, and a processor with units for them needs half of the time. The
expected precision follows from the processor's own description, because transcripts are cached under it. It is verified
before it is used: a virtual machine may not really have the units, and would then be several times slower.
"""

from __future__ import annotations

import functools
import time
from pathlib import Path
from typing import Any

BFLOAT16_UNITS = frozenset({"avx512_bf16", "amx_bf16", "bf16"})
"""Linux's names of the units: those of Intel and AMD, those of newer Intel processors, and those of Arm."""

WORTHWHILE = 0.9
"""bfloat16 may take at most this share of float32's time. With units it takes half; without them, several times it."""

MOST_DRIFT = 0.01
"""The greatest relative error allowed in a product; rounding to bfloat16 causes about 0.003."""

TRIALS = 7
"""Timings of each precision. The shortest counts, because other work on the machine must not decide."""


def expected_precision(device: str | None) -> str:
    """Return the precision expected on a device, None being the best device; loads and measures nothing."""
    if device is not None and device.startswith("cuda"):
        return "float16"
    return "bfloat16" if BFLOAT16_UNITS & _cpu_flags() else "float32"


def verified_precision(expected: str) -> str:
    """Return the precision to use on the CPU: the expected one, or float32 if that is faster or more exact here."""
    return expected if expected == "float32" or _bfloat16_is_worthwhile() else "float32"


@functools.cache
def _cpu_flags() -> frozenset[str]:
    """Return the capabilities of the processor, as far as the system names them."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    flags = (line.partition(":")[2].split() for line in lines if line.startswith(("flags", "Features")))
    return frozenset(next(flags, ()))


@functools.cache
def _bfloat16_is_worthwhile() -> bool:
    import torch
    from torch.nn import functional

    generator = torch.Generator().manual_seed(0)
    x, weight = (torch.randn(512, 512, generator=generator) for _ in range(2))
    seconds: dict[Any, float] = {}
    products: dict[Any, Any] = {}
    with torch.inference_mode():
        for trial in range(TRIALS):
            for dtype in (torch.float32, torch.bfloat16):
                factors = x.to(dtype), weight.to(dtype)
                start = time.perf_counter()
                products[dtype] = functional.linear(*factors)
                elapsed = time.perf_counter() - start
                seconds[dtype] = min(elapsed, seconds.get(dtype, elapsed)) if trial else float("inf")
        exact = products[torch.float32]
        drift = float((products[torch.bfloat16].float() - exact).norm() / exact.norm())
    return seconds[torch.bfloat16] <= WORTHWHILE * seconds[torch.float32] and drift <= MOST_DRIFT
