"""Weights as they are stored: four bits or eight, constant or computed at run time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..model.tables import Tensor
from .spec import Array, Run

WEIGHT_BITS = {"int4": 4, "int8": 8, "float32": 32}


def _unpack_int4(packed: Array, shape: tuple[int, ...]) -> NDArray[np.int8]:
    """Two signed values a byte, the low half first, to int8."""
    data = packed.reshape(-1).view(np.int8)
    both = np.stack((data << 4, data), axis=-1).reshape(-1) >> 4
    return both[: int(np.prod(shape))].reshape(shape)


def unpacked(array: Array, tensor: Tensor) -> Array:
    """What is stored of a tensor, in its own shape: int4 as int8."""
    return _unpack_int4(array, tensor.shape) if tensor.dtype == "int4" else array


def writable(array: Array) -> Array:
    """The array itself, or a copy of a constant: kernels are compiled for arrays that can be written."""
    return array if array.flags.writeable else array.copy()


def repacked(run: Run, packed: Sequence[Array], pack: Callable[[], Sequence[Array]]) -> Run:
    """`run` for weights that are computed at run time: each time they are packed anew into what it reads."""

    def pack_and_run() -> None:
        for into, array in zip(packed, pack(), strict=True):
            into[:] = array
        run()

    return pack_and_run
