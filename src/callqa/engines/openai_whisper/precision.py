"""The precision Whisper is computed in: the quickest this machine does well.

Half of float32's digits are enough for recognition, and where the processor has units for them they take half of the
time. Which that is, is planned from what the processor says of itself, since transcripts are cached by it, and is tried
before it is used: a processor may be held to less than it has, and would then be several times slower.
"""

from __future__ import annotations

import functools
import time
from pathlib import Path
from typing import Any

BFLOAT16_UNITS = frozenset({"avx512_bf16", "amx_bf16", "bf16"})
"""How Linux calls the units: Intel's and AMD's, Intel's newer ones, and Arm's."""

WORTHWHILE = 0.9
"""bfloat16 must take no more than this part of float32's time. With units it takes half; without, several times it."""

MOST_DRIFT = 0.01
"""The relative error of a product that is borne; rounding to bfloat16 gives some 0.003."""

TRIALS = 7
"""Timings of each, the quickest of which counts: other work on the machine must not decide."""


def planned(device: str | None) -> str:
    """The precision expected on a device, None being the best there is; nothing is loaded or measured."""
    if device is not None and device.startswith("cuda"):
        return "float16"
    return "bfloat16" if BFLOAT16_UNITS & _units() else "float32"


def tried(wanted: str) -> str:
    """The precision to use on the CPU: `wanted`, or float32 if that proves quicker or closer here."""
    return wanted if wanted == "float32" or _worthwhile() else "float32"


@functools.cache
def _units() -> frozenset[str]:
    """What the processor can do, as far as the system says."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    flags = (line.partition(":")[2].split() for line in lines if line.startswith(("flags", "Features")))
    return frozenset(next(flags, ()))


@functools.cache
def _worthwhile() -> bool:
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
                began = time.perf_counter()
                products[dtype] = functional.linear(*factors)
                taken = time.perf_counter() - began
                seconds[dtype] = min(taken, seconds.get(dtype, taken)) if trial else float("inf")
        exact = products[torch.float32]
        drift = float((products[torch.bfloat16].float() - exact).norm() / exact.norm())
    return seconds[torch.bfloat16] <= WORTHWHILE * seconds[torch.float32] and drift <= MOST_DRIFT
