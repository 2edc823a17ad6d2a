"""QUANTIZE of float32 and int32 numbers, and DEQUANTIZE; other types go through tables.

A float is divided by the scale in float32, rounded with halves away from zero, and converted to int32; what
int32 cannot hold becomes `above` or the least int32, and what is no number `nan` or, where it has the sign
bit, `negative_nan`. Adding the zero point wraps. Sources: TFLM,
kernels/internal/reference/{quantize,requantize,dequantize}.h.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._helpers import inline
from ._jit import Kernel as Kernel
from ._jit import kernel
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
quantize_float32_int8 = kernel(_signature("float32", "int8", _FLOATS))(quantize)
quantize_float32_int16 = kernel(_signature("float32", "int16", _FLOATS))(quantize)
requantize_int32_int8 = kernel(_signature("int32", "int8", _INTS))(requantize)
requantize_int32_int16 = kernel(_signature("int32", "int16", _INTS))(requantize)
dequantize_int8_float32 = kernel(_signature("int8", "float32", "float32, int32"))(dequantize)
dequantize_uint8_float32 = kernel(_signature("uint8", "float32", "float32, int32"))(dequantize)
dequantize_int16_float32 = kernel(_signature("int16", "float32", "float32, int32"))(dequantize)
