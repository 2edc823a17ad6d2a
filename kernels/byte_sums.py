"""ADD and SUB of int8 as `arithmetic` has them, 64 elements at once, without a product of 64 bits by itself.

An input whose scale is the larger, or both, is multiplied by one half: a shift. What is left of the factors
is exact in 32 bits, since inputs shifted left stay below 2^29.
"""

from __future__ import annotations

from typing import Any

from ._helpers import Native
from ._jit import Kernel, kernel
from ._processor import dot_product_bits

__all__ = ["LEAST", "MOST_LEFT_SHIFT", "add"]

BLOCK = 64
LEAST = 64
"""Elements from which it is worth while."""

MOST_LEFT_SHIFT = 20
"""Of the inputs, as TFLM shifts int8."""

HALF = 1 << 30


def _make(half_1: bool, half_2: bool) -> Kernel:
    block = Native("_sums", "add", (half_1, half_2))

    def add(
        x1: Any, x2: Any, y: Any, sign: Any, left_shift: Any,
        offset_1: Any, multiplier_1: Any, shift_1: Any,
        offset_2: Any, multiplier_2: Any, shift_2: Any,
        offset: Any, multiplier: Any, shift: Any,
        low: Any, high: Any,
    ) -> None:  # fmt: skip
        """y = x1 + sign * x2; shifts of the factors go right, offsets of inputs are their zero points."""
        for at in range(0, len(y), BLOCK):
            block(
                x1, x2, y, at, sign, left_shift, offset_1, multiplier_1, shift_1, offset_2, multiplier_2,
                shift_2, offset, multiplier, shift, low, high,
            )  # fmt: skip

    add.__name__ = f"add_{'half' if half_1 else 'any'}_{'half' if half_2 else 'any'}"
    source = "Array(int8, 1, 'C', readonly=True)"
    return kernel(f"void({source}, {source}, int8[::1]{', int64' * 13})")(add)


_kernels = {
    halves: _make(*halves)
    for halves in (((True, True), (True, False), (False, True)) if dot_product_bits() else ())
}


def add(factor_1: tuple[int, int], factor_2: tuple[int, int]) -> Kernel | None:
    """The kernel for inputs with these multipliers and shifts to the right; None where neither is one half,
    which no scales give that are numbers."""
    one, two = (factor == (HALF, 0) for factor in (factor_1, factor_2))
    return _kernels.get((one, two))
