"""Errors of PyTorch and CTranslate2 that mean that memory ran out or that a GPU failed."""

from __future__ import annotations

_MEMORY = ("DefaultCPUAllocator", "out of memory", "bad_alloc")
"""Parts of their messages when memory runs out, on the processor or on a GPU."""

_DEVICE = ("CUDA", "CUBLAS", "cuBLAS", "cuDNN", "libcu")
"""Parts of their messages when a GPU fails; the error is a RuntimeError."""


def device_failure(error: BaseException) -> str | None:
    """Return one sentence for the user about a failure of memory or GPU; None if the error is something else."""
    text = str(error)
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError" or _contains(text, _MEMORY):
        return "the memory is too small for this Whisper model; choose a smaller one, or --device cpu"
    if type(error).__name__ == "AcceleratorError" or _contains(text, _DEVICE):
        reason = text.partition("\n")[0].rstrip(".")
        return f"the GPU failed ({reason}); run again once it works, or with --device cpu"
    return None


def _contains(text: str, parts: tuple[str, ...]) -> bool:
    return any(part in text for part in parts)
