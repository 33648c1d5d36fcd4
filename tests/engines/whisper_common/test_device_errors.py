from __future__ import annotations

import pytest
import torch

from callqa.engines.whisper_common.device_errors import device_failure


def allocation_error() -> BaseException:
    """Return the error that PyTorch raises for more memory than any machine has."""
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60)
    return caught.value


@pytest.mark.parametrize(
    "error",
    [
        allocation_error(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."),
        MemoryError(),
        RuntimeError("CUDA failed with error out of memory"),
    ],
)
def test_too_little_memory_is_recognised(error: BaseException) -> None:
    assert str(device_failure(error)).startswith("the memory is too small for this Whisper model")


@pytest.mark.parametrize(
    "error",
    [
        torch.AcceleratorError("CUDA error: unspecified launch failure\nCUDA kernel errors might be reported late"),
        RuntimeError("CUDA error: device-side assert triggered"),
        RuntimeError("cuBLAS failed with status CUBLAS_STATUS_EXECUTION_FAILED."),
        RuntimeError("Library libcublas.so.12 is not found or cannot be loaded"),
    ],
)
def test_a_gpu_failure_is_recognised_and_quoted_in_one_line(error: BaseException) -> None:
    message = str(device_failure(error))
    assert message.startswith("the GPU failed (")
    assert str(error).partition("\n")[0].rstrip(".") in message
    assert "\n" not in message


def test_other_errors_are_not_device_failures() -> None:
    assert device_failure(RuntimeError("mat1 and mat2 shapes cannot be multiplied")) is None
