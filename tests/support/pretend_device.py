"""A device that keeps its tensors apart from the CPU's, has so much memory and no more, and computes on the CPU.

What runs on it would run on a GPU as far as these go: tensors of two devices never meet in an operation, values come
back by a copy that somebody asked for, and an allocation beyond the memory raises torch.OutOfMemoryError.
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
    """Make the device known to PyTorch; what `torch.tensor` asks of it goes past all modes."""
    _setup_privateuseone_for_python_backend(NAME)
    library = torch.library.Library("aten", "IMPL")
    library.impl("empty_strided", _empty, "PrivateUse1")
    library.impl("copy_", _copied, "PrivateUse1")
    return library


def _empty(size: Any, stride: Any, **kwargs: Any) -> torch.Tensor:
    return _Afar(torch.empty_strided(size, stride, dtype=kwargs["dtype"]))


def _copied(to: _Afar, source: torch.Tensor, _: bool = False) -> torch.Tensor:
    to.here.copy_(source)
    return to


class _Afar(torch.Tensor):
    """A tensor on the device; `here` holds its values, in the CPU's memory."""

    here: torch.Tensor

    @staticmethod
    def __new__(cls, here: torch.Tensor) -> _Afar:
        return torch.Tensor._make_wrapper_subclass(  # type: ignore[attr-defined, no-any-return]
            cls,
            here.shape,
            strides=here.stride(),
            storage_offset=here.storage_offset(),
            dtype=here.dtype,
            device=f"{NAME}:0",
        )

    def __init__(self, here: torch.Tensor):
        self.here = here

    @classmethod
    def __torch_dispatch__(cls, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise AssertionError(f"{operation} was called on a tensor of the device outside of `with PretendDevice()`")


class PretendDevice(TorchDispatchMode):
    """Makes the device NAME work inside its block; `memory` is in bytes, None for as much as there is.

    `operations` counts what was computed on the device, `fetched` how often values were copied to the CPU, which on a
    GPU waits for all that was asked of it. `taken` and `peak` are the bytes in use, now and at most.
    """

    def __init__(self, memory: int | None = None):
        super().__init__()
        _register()
        self.memory = memory
        self.operations = 0
        self.fetched = 0
        self.taken = self.peak = 0
        self._users = Counter[int]()  # tensors by the address of their memory, which views share

    def __torch_dispatch__(self, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        every = list(tree_iter((args, kwargs)))
        target = next((value for value in every if isinstance(value, torch.device)), None)
        given = [value for value in every if isinstance(value, torch.Tensor)]
        afar = any(isinstance(value, _Afar) for value in given)
        if target is None and not afar:
            return operation(*args, **kwargs)
        copied = operation._opname in ("to", "_to_copy", "copy_")
        # As on a GPU, a single number may come from the CPU.
        if afar and not copied and any(value.dim() and not isinstance(value, _Afar) for value in given):
            raise RuntimeError(f"Expected all tensors to be on the same device, but {operation} was given two")
        there = afar if target is None else target.type == NAME
        if operation is torch.ops.aten._local_scalar_dense.default or (afar and not there):
            self.fetched += 1
        elif there:
            self.operations += 1
        result = operation(*tree_map(_here, args), **tree_map(_here, kwargs))
        if not there:
            return tree_map(lambda value: value.clone() if isinstance(value, torch.Tensor) else value, result)
        first = args[0] if args else None
        if isinstance(first, _Afar) and result is first.here:
            return first  # done in place
        return tree_map(self._afar, result)

    def _afar(self, value: Any) -> Any:
        if not isinstance(value, torch.Tensor) or value.is_sparse:  # which has no place of its own to keep apart
            return value
        storage = value.untyped_storage()
        address, size = storage.data_ptr(), storage.nbytes()
        if not self._users[address]:
            if self.memory is not None and self.taken + size > self.memory:
                raise torch.OutOfMemoryError(f"the pretended device has no room for {size} bytes")
            self.taken += size
            self.peak = max(self.peak, self.taken)
        self._users[address] += 1
        afar = _Afar(value)
        weakref.finalize(afar, self._let_go, address, size)
        return afar

    def _let_go(self, address: int, size: int) -> None:
        self._users[address] -= 1
        if not self._users[address]:
            self.taken -= size


def _here(value: Any) -> Any:
    if isinstance(value, torch.device):
        return torch.device("cpu")
    return value.here if isinstance(value, _Afar) else value
