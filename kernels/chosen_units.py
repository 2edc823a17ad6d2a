"""SELECT_V2 where the elements of a pixel share their condition: units of bytes from one of two tensors."""

from __future__ import annotations

from typing import Any

from ._helpers import Native
from ._jit import Kernel, kernel
from ._processor import has_vectors

__all__ = ["choose"]

SIZES = (64, 32, 16, 8)
_BYTES = "Array(uint8, 1, 'C', readonly=True)"


def _make(size: int) -> Kernel:
    units = Native("_choices", "choose", (size,))

    def choose(holds: Any, first: Any, second: Any, y: Any, unit: Any) -> None:
        """first, second, y: as many units of `unit` bytes as `holds` has numbers."""
        units(holds, first, second, y, unit)

    choose.__name__ = f"choose_{size}"
    return kernel(f"void({_BYTES}, {_BYTES}, {_BYTES}, uint8[::1], int64)")(choose)


_kernels = {size: _make(size) for size in SIZES}


def choose(unit: int) -> Kernel | None:
    """The kernel for units of so many bytes; None for short ones, and where there are no vectors."""
    size = next((size for size in SIZES if size <= unit), None) if has_vectors() else None
    return None if size is None else _kernels[size]
