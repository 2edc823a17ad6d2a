"""ADD, SUB, MUL and PRELU of int8 as `arithmetic` has them, 64 elements at once, without a product of 64 bits
alone.

An input whose scale is the larger, or both, is multiplied by one half: a shift. What is left of the factors
is exact in 32 bits, since inputs shifted left stay below 2^29. Products of two inputs are below 2^17; for
many of them a real scale is looked for, see `real_scales`.
"""

from __future__ import annotations

from typing import Any

from ._helpers import Native
from ._jit import Kernel, kernel
from ._processor import dot_product_bits

__all__ = ["LEAST", "MANY", "MOST_LEFT_SHIFT", "add", "multiply", "slope"]

BLOCK = 64
LEAST = 64
"""Elements from which it is worth while."""

MANY = 2048
"""Elements from which a real scale is looked for."""

MOST_LEFT_SHIFT = 20
"""Of the inputs, as TFLM shifts int8."""

HALF = 1 << 30


_SOURCES = ", ".join(["Array(int8, 1, 'C', readonly=True)"] * 2)


def _make(half_1: bool, half_2: bool, minus: bool) -> Kernel:
    block = Native("_sums", "add", (half_1, half_2, minus))

    def add(
        x1: Any, x2: Any, y: Any, sign: Any, left_shift: Any,
        offset_1: Any, multiplier_1: Any, shift_1: Any,
        offset_2: Any, multiplier_2: Any, shift_2: Any,
        offset: Any, multiplier: Any, shift: Any,
        low: Any, high: Any,
    ) -> None:  # fmt: skip
        """y = x1 + x2, or minus x2, as `sign` says too: the arguments of `arithmetic.add`."""
        for at in range(0, len(y), BLOCK):
            block(
                x1, x2, y, at, left_shift, offset_1, multiplier_1, shift_1, offset_2, multiplier_2,
                shift_2, offset, multiplier, shift, low, high,
            )  # fmt: skip

    names = ("half" if half else "any" for half in (half_1, half_2))
    add.__name__ = "_".join(("subtract" if minus else "add", *names))
    return kernel(f"void({_SOURCES}, int8[::1]{', int64' * 13})")(add)


def _make_product(real: bool) -> Kernel:
    block = Native("_sums", "multiply", (real,))

    def multiply(
        x1: Any, x2: Any, y: Any, offset_1: Any, offset_2: Any, offset: Any, factor: Any, second: Any,
        low: Any, high: Any,
    ) -> None:  # fmt: skip
        """y = x1 * x2; offsets are zero points. Multiplier and shift to the right, or the bits of a real
        scale and of its nudge."""
        for at in range(0, len(y), BLOCK):
            block(x1, x2, y, at, offset_1, offset_2, offset, factor, second, low, high)

    multiply.__name__ = "multiply_real" if real else "multiply"
    return kernel(f"void({_SOURCES}, int8[::1]{', int64' * 7})")(multiply)


def _make_slope() -> Kernel:
    block = Native("_sums", "slope")

    def prelu(
        x: Any, alpha: Any, y: Any, offset_1: Any, offset_2: Any, offset: Any, multiplier: Any, right: Any,
        alpha_multiplier: Any, alpha_right: Any, low: Any, high: Any,
    ) -> None:  # fmt: skip
        """y = x, or where it is negative x * alpha; offsets are zero points."""
        for at in range(0, len(y), BLOCK):
            block(
                x, alpha, y, at, offset_1, offset_2, offset, multiplier, right, alpha_multiplier, alpha_right,
                low, high,
            )  # fmt: skip

    return kernel(f"void({_SOURCES}, int8[::1]{', int64' * 9})")(prelu)


_kernels = {
    (*halves, minus): _make(*halves, minus)
    for halves in (((True, True), (True, False), (False, True)) if dot_product_bits() else ())
    for minus in (False, True)
}
_products = {real: _make_product(real) for real in ((False, True) if dot_product_bits() else ())}
_slope = _make_slope() if dot_product_bits() else None


def slope() -> Kernel | None:
    """The kernel for shifts to the right, of products by one bit at least."""
    return _slope


def multiply(real: bool) -> Kernel:
    """The kernel that rescales by a real scale, or by a multiplier and a shift."""
    return _products[real]


def add(
    sign: int, factor_1: tuple[int, int], factor_2: tuple[int, int], factor: tuple[int, int]
) -> Kernel | None:
    """The kernel for inputs and an output with these multipliers and shifts to the right.

    None where no input has one half, which no scales give that are numbers, or a factor has no shift.
    """
    half_1, half_2 = (found == (HALF, 0) for found in (factor_1, factor_2))
    others = [found for found in (factor_1, factor_2) if found != (HALF, 0)]
    if any(shift < 1 for _, shift in (*others, factor)):
        return None
    return _kernels.get((half_1, half_2, sign < 0))
