"""What a device's errors mean to a user: its memory is too small, or it does not work any more."""

from __future__ import annotations

_MEMORY = ("DefaultCPUAllocator", "out of memory", "bad_alloc")
"""What PyTorch and CTranslate2 say where memory runs out, on the processor and on a GPU."""

_DEVICE = ("CUDA", "CUBLAS", "cuBLAS", "cuDNN", "libcu")
"""What is in their messages where a GPU fails: they raise RuntimeError for it."""


def device_failure(error: BaseException) -> str | None:
    """In one sentence, why a device could not do what was asked of it; None where the error says something else."""
    text = str(error)
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError" or _any(_MEMORY, text):
        return "the memory is too small for this Whisper model; take a smaller one, or --device cpu"
    if type(error).__name__ == "AcceleratorError" or _any(_DEVICE, text):
        reason = text.partition("\n")[0].rstrip(".")
        return f"the GPU does not do its work ({reason}); run again when it does, or with --device cpu"
    return None


def _any(marks: tuple[str, ...], text: str) -> bool:
    return any(mark in text for mark in marks)
