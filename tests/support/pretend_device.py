"""A pretended device that keeps its tensors apart from the CPU's, has limited memory, and computes on the CPU.

Code that runs on it would also run on a GPU as far as these properties go: tensors of two devices never meet in an
operation, values come back only by an explicit copy, and an allocation beyond the memory raises torch.OutOfMemoryError.
"""

from __future__ import annotations

import functools
import weakref
from collections import Counter
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter, tree_map
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

NAME = "pretend"


@functools.cache
def _register() -> torch.library.Library:
    """Make the device known to PyTorch; what `torch.tensor` asks of a device bypasses all modes."""
    _setup_privateuseone_for_python_backend(NAME)
    library = torch.library.Library("aten", "IMPL")
    library.impl("empty_strided", _empty, "PrivateUse1")
    library.impl("copy_", _copy, "PrivateUse1")
    return library


def _empty(size: Any, stride: Any, **kwargs: Any) -> torch.Tensor:
    return _DeviceTensor(torch.empty_strided(size, stride, dtype=kwargs["dtype"]))


def _copy(target: _DeviceTensor, source: torch.Tensor, _: bool = False) -> torch.Tensor:
    target.values_on_cpu.copy_(source)
    return target


class _DeviceTensor(torch.Tensor):
    """A tensor on the device; `values_on_cpu` holds its values, in the CPU's memory."""

    values_on_cpu: torch.Tensor

    @staticmethod
    def __new__(cls, values_on_cpu: torch.Tensor) -> _DeviceTensor:
        return torch.Tensor._make_wrapper_subclass(  # type: ignore[attr-defined, no-any-return]
            cls,
            values_on_cpu.shape,
            strides=values_on_cpu.stride(),
            storage_offset=values_on_cpu.storage_offset(),
            dtype=values_on_cpu.dtype,
            device=f"{NAME}:0",
        )

    def __init__(self, values_on_cpu: torch.Tensor):
        self.values_on_cpu = values_on_cpu

    @classmethod
    def __torch_dispatch__(cls, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise AssertionError(f"{operation} was called on a tensor of the device outside of `with PretendDevice()`")


class PretendDevice(TorchDispatchMode):
    """Makes the device NAME work inside its block; `memory` is in bytes, None for no limit.

    `operations` counts the computations on the device, `copies_to_cpu` how often values were copied to the CPU, which
    on a GPU waits for all unfinished work. `allocated` and `peak` are the bytes in use, now and at most.
    """

    def __init__(self, memory: int | None = None):
        super().__init__()
        _register()
        self.memory = memory
        self.operations = 0
        self.copies_to_cpu = 0
        self.allocated = self.peak = 0
        self._users = Counter[int]()  # tensors by the address of their memory, which views share

    def __torch_dispatch__(self, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        arguments = list(tree_iter((args, kwargs)))
        target = next((value for value in arguments if isinstance(value, torch.device)), None)
        tensors = [value for value in arguments if isinstance(value, torch.Tensor)]
        from_device = any(isinstance(value, _DeviceTensor) for value in tensors)
        if target is None and not from_device:
            return operation(*args, **kwargs)
        copies = operation._opname in ("to", "_to_copy", "copy_")
        # As on a GPU, a single number may come from the CPU.
        if (
            from_device
            and not copies
            and any(value.dim() and not isinstance(value, _DeviceTensor) for value in tensors)
        ):
            raise RuntimeError(f"Expected all tensors to be on the same device, but {operation} was given two")
        to_device = from_device if target is None else target.type == NAME
        if operation is torch.ops.aten._local_scalar_dense.default or (from_device and not to_device):
            self.copies_to_cpu += 1
        elif to_device:
            self.operations += 1
        result = operation(*tree_map(_on_cpu, args), **tree_map(_on_cpu, kwargs))
        if not to_device:
            return tree_map(lambda value: value.clone() if isinstance(value, torch.Tensor) else value, result)
        first = args[0] if args else None
        if isinstance(first, _DeviceTensor) and result is first.values_on_cpu:
            return first  # the operation was done in place
        return tree_map(self._on_device, result)

    def _on_device(self, value: Any) -> Any:
        if not isinstance(value, torch.Tensor) or value.is_sparse:  # a sparse tensor has no memory of its own to count
            return value
        storage = value.untyped_storage()
        address, size = storage.data_ptr(), storage.nbytes()
        if not self._users[address]:
            if self.memory is not None and self.allocated + size > self.memory:
                raise torch.OutOfMemoryError(f"the pretended device has no room for {size} bytes")
            self.allocated += size
            self.peak = max(self.peak, self.allocated)
        self._users[address] += 1
        tensor = _DeviceTensor(value)
        weakref.finalize(tensor, self._free, address, size)
        return tensor

    def _free(self, address: int, size: int) -> None:
        self._users[address] -= 1
        if not self._users[address]:
            self.allocated -= size


def _on_cpu(value: Any) -> Any:
    if isinstance(value, torch.device):
        return torch.device("cpu")
    return value.values_on_cpu if isinstance(value, _DeviceTensor) else value
