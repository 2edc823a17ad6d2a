"""Numbers of one type as those of another, as C converts, and truth.

Integers keep their low bits. Floats end at bounds that the caller gives, lose their fraction and then keep
their low bits; what becomes of no numbers hangs on their sign.
Source: TFLM, micro/kernels/{cast,elementwise}.cc.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._jit import Kernel, kernel

__all__ = ["bounded_cast", "cast", "negate", "normalize"]

FROM = ("uint8", "int8", "int16", "int32", "uint32", "float32")
TO = ("int8", "int16", "int32", "uint32", "float32")


def _cast(source: str, target: str) -> Kernel:
    item: Any = getattr(np, target)

    def cast(x: Any, y: Any) -> None:
        for i in range(y.size):
            y[i] = item(x[i])

    cast.__name__ = f"cast_{source}_{target}"
    return kernel(f"void(Array({source}, 1, 'C', readonly=True), {target}[::1])")(cast)


def _truth(source: str) -> Kernel:
    def cast(x: Any, y: Any) -> None:
        for i in range(y.size):
            y[i] = np.uint8(x[i] != 0)

    cast.__name__ = f"cast_{source}_bool"
    return kernel(f"void(Array({source}, 1, 'C', readonly=True), uint8[::1])")(cast)


def _bounded_cast(target: str) -> Kernel:
    item: Any = getattr(np, target)
    whole: Any = np.int64 if target == "uint32" else np.int32

    def cast(x: Any, y: Any, low: Any, high: Any, nan: Any, negative_nan: Any) -> None:
        """Every number from low to high fits `whole`."""
        for i in range(y.size):
            value: Any = np.float64(x[i])
            if value != value:
                value = negative_nan if math.copysign(1.0, value) < 0 else nan
            value = low if value < low else value
            value = high if value > high else value
            y[i] = item(whole(value))

    cast.__name__ = f"cast_float32_{target}"
    bounds = "float64, float64, float64, float64"
    return kernel(f"void(Array(float32, 1, 'C', readonly=True), {target}[::1], {bounds})")(cast)


_CASTS = {
    (source, target): _cast(source, target)
    for source in FROM
    for target in TO
    if source != target and (source != "float32" or target == "float32")
}
_CASTS |= {(source, "uint8"): _truth(source) for source in FROM if source != "uint8"}
_BOUNDED = {target: _bounded_cast(target) for target in TO if target != "float32"}


def cast(source: str, target: str) -> Kernel:
    """The kernel (x, y) for two types; truth is uint8. No float becomes an integer."""
    return _CASTS[source, target]


def bounded_cast(target: str) -> Kernel:
    """The kernel (x, y, low, high, nan, negative nan) from float32 to integers, which first end at whole
    numbers low and high: of int32 at most, for uint32 of uint32."""
    return _BOUNDED[target]


@kernel("void(Array(uint8, 1, 'C', readonly=True), uint8[::1])")
def negate(x: Any, y: Any) -> None:
    """Whether x is false."""
    for i in range(y.size):
        y[i] = np.uint8(x[i] == 0)


@kernel("void(uint8[::1])")
def normalize(y: Any) -> None:
    """1 for all that is true."""
    for i in range(y.size):
        y[i] = np.uint8(y[i] != 0)
