"""QUANTIZE of float32 and int32 numbers, and DEQUANTIZE; other types go through tables.

A float is divided by the scale in float32, rounded with halves away from zero, and converted to int32; what
int32 cannot hold becomes `above` or the least int32, and what is no number `nan` or, where it has the sign
bit, `negative_nan`. Adding the zero point wraps. Sources: TFLM,
kernels/internal/reference/{quantize,requantize,dequantize}.h.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from ._helpers import Native, inline
from ._jit import Kernel as Kernel
from ._jit import kernel
from ._processor import fuses_reals, has_vectors
from .fixed_point import multiply_by_quantized_multiplier, wrap_int32

BLOCK = 1024
"""Numbers that are looked at before they are quantised together."""

BELOW_HALF = np.float32(0.49999997)
"""What is next below a half. Added to a quotient within 2^22, it makes of the cut a rounding with halves away
from zero: a half itself is rounded up to the whole number, what lies before it is not."""

USUAL, LARGEST = 2.0**30, 3.4028234663852886e38
"""Steps below which numbers are quantised together, with a zero point within int32; the largest float32."""

NEAR = 1 << 20
"""Zero points up to which an end of the type, counted from them, is exact in float32, and its rounding."""

LEAST_SCALE, MOST_SCALE, AT_ONCE = 2.0**-60, 2.0**60, 64
"""Scales for which numbers are quantised by vectors, and how many there are at least."""


@inline
def _are_usual(x: Any, bound: Any) -> Any:
    """Whether all are numbers, and small enough for a quotient that int32 holds."""
    strange = np.int32(0)
    for i in range(x.size):
        strange |= np.int32(0) if abs(x[i]) < bound else np.int32(1)
    return strange == 0


@inline
def _usual(x: Any, y: Any, scale: Any, zero_point: Any, low: Any, high: Any) -> None:
    """Clamped before they are rounded, which is the same: the ends are whole."""
    point, nothing, half = np.int32(zero_point), np.float32(0), np.float32(BELOW_HALF)
    least, most = np.float32(low - zero_point), np.float32(high - zero_point)
    for i in range(y.size):
        steps = x[i] / scale
        raised = least if steps < least else steps
        held = most if raised > most else raised
        y[i] = np.int32(np.int32(held + (-half if held < nothing else half)) + point)


@inline
def _strange(
    x: Any,
    y: Any,
    scale: Any,
    zero_point: Any,
    low: Any,
    high: Any,
    above: Any,
    nan: Any,
    negative_nan: Any,
) -> None:
    limit = np.float32(2147483648.0)
    half, nothing = np.float32(0.5), np.float32(0)
    point, least, most = np.int32(zero_point), np.int32(low), np.int32(high)
    over, under = np.int32(above), np.int32(-2147483648)
    odd, negative_odd = np.int32(nan), np.int32(negative_nan)
    for i in range(y.size):
        steps = x[i] / scale
        inside = abs(steps) < limit
        held = steps if inside else nothing
        whole = np.trunc(held)
        rest = held - whole
        number = np.int32(np.int32(whole) + np.int32(rest >= half) - np.int32(rest <= -half))
        unknown = negative_odd if math.copysign(1.0, x[i]) < 0 else odd
        outside = over if steps > nothing else (under if steps < nothing else unknown)
        number = np.int32((number if inside else outside) + point)
        y[i] = min(max(number, least), most)


def quantize(
    x: Any,
    y: Any,
    scale: Any,
    zero_point: Any,
    low: Any,
    high: Any,
    above: Any,
    nan: Any,
    negative_nan: Any,
) -> None:
    wide = np.float64(scale)
    near = wide > 0 and -NEAR <= zero_point <= NEAR
    bound = np.float32(min(wide * USUAL, LARGEST) if near else 0.0)
    for start in range(0, y.size, BLOCK):
        stop = min(start + BLOCK, y.size)
        numbers, made = x[start:stop], y[start:stop]
        if _are_usual(numbers, bound):
            _usual(numbers, made, scale, zero_point, low, high)
        else:
            _strange(numbers, made, scale, zero_point, low, high, above, nan, negative_nan)


def _by_vectors(dtype: str, times: int) -> Kernel:
    vectors = Native("_quantizing", "quantize", (float(BELOW_HALF), times, dtype))

    def quantize(
        x: Any,
        y: Any,
        scale: Any,
        zero_point: Any,
        low: Any,
        high: Any,
        above: Any,
        nan: Any,
        negative_nan: Any,
    ) -> None:
        """For zero points that the type holds, and AT_ONCE numbers or more."""
        inverse = np.float32(np.float32(1) / scale)
        bound = np.float32(min(np.float64(scale) * USUAL, LARGEST))
        least, most = np.float32(low - zero_point), np.float32(high - zero_point)
        for first in range(0, y.size, BLOCK):
            start = min(first, y.size - AT_ONCE)
            stop = min(first + BLOCK, y.size)
            if vectors(x, y, start, stop - start, scale, inverse, bound, zero_point, least, most) != 0:
                numbers, made = x[start:stop], y[start:stop]
                _strange(numbers, made, scale, zero_point, low, high, above, nan, negative_nan)

    quantize.__name__ = f"quantize_by_vectors_{times}"
    return kernel(_signature("float32", dtype, _FLOATS))(quantize)


def fastest(dtype: str, scale: float, zero_point: int, count: int) -> Kernel:
    """The kernel that quantises so many float32 to int8 or int16."""
    limits = np.iinfo(dtype)
    near = LEAST_SCALE <= scale <= MOST_SCALE and limits.min <= zero_point <= limits.max
    if not (near and count >= AT_ONCE and has_vectors() and fuses_reals()):
        return ONE_BY_ONE[dtype]
    return ONCE if dtype == "int8" and holds(ONCE, scale) else TWICE[dtype]


@cache
def holds(candidate: Kernel, scale: float) -> bool:
    """Whether a kernel of int8 passes from each value to the next where the division does. In between it
    cannot err: what it takes for the quotient is next to it."""
    real = np.float32(scale)
    halves = np.arange(0.5, 256, dtype=np.float32) * real
    x = (halves.view(np.int32)[:, None] + np.arange(-4, 5, dtype=np.int32)).reshape(-1).view(np.float32)
    good = True
    for sign, zero_point in ((1, -128), (-1, 127)):
        y = np.empty(x.size, np.int8)
        candidate(np.float32(sign) * x, y, real, zero_point, -128, 127, 0, 0, 0)
        steps = np.floor((x / real).astype(np.float64) + 0.5) * sign + zero_point
        good = good and np.array_equal(y, np.clip(steps, -128, 127).astype(np.int8))
    return good


def requantize(
    x: Any, y: Any, input_zero_point: Any, multiplier: Any, shift: Any, zero_point: Any, low: Any, high: Any
) -> None:
    for i in range(y.size):
        centred = wrap_int32(np.int64(x[i]) - input_zero_point)
        scaled = multiply_by_quantized_multiplier(centred, multiplier, shift)
        y[i] = min(max(wrap_int32(scaled + zero_point), low), high)


def dequantize(x: Any, y: Any, scale: Any, zero_point: Any) -> None:
    for i in range(y.size):
        y[i] = scale * np.float32(np.int32(x[i]) - zero_point)


def _signature(source: str, item: str, scalars: str) -> str:
    return f"void(Array({source}, 1, 'C', readonly=True), {item}[::1], {scalars})"


_FLOATS = "float32, int64, int64, int64, int64, int64, int64"
_INTS = "int64, int64, int64, int64, int64, int64"
ONE_BY_ONE = {dtype: kernel(_signature("float32", dtype, _FLOATS))(quantize) for dtype in ("int8", "int16")}
ONCE = _by_vectors("int8", 1)
TWICE = {dtype: _by_vectors(dtype, 2) for dtype in ("int8", "int16")}
"""By how often the quotient is mended."""
requantize_int32_int8 = kernel(_signature("int32", "int8", _INTS))(requantize)
requantize_int32_int16 = kernel(_signature("int32", "int16", _INTS))(requantize)
dequantize_int8_float32 = kernel(_signature("int8", "float32", "float32, int32"))(dequantize)
dequantize_uint8_float32 = kernel(_signature("uint8", "float32", "float32, int32"))(dequantize)
dequantize_int16_float32 = kernel(_signature("int16", "float32", "float32, int32"))(dequantize)
