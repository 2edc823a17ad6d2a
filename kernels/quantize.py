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

from ._jit import Kernel as Kernel
from ._jit import kernel
from .fixed_point import multiply_by_quantized_multiplier, wrap_int32


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
