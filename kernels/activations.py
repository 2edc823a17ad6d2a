"""Functions of one 8-bit or 16-bit number, as tables: LOGISTIC, TANH, the RELUs, HARD_SWISH, rescaling.

A function of an int8 has 256 results. They are computed once, when the operator is bound, by the
arithmetic of TFLM's reference kernels on whole arrays; running it is one lookup an element, by the
element's bits as an unsigned number. `int16` inputs get tables of 65,536.
Sources: TFLM, kernels/internal/reference/{integer_ops/logistic,integer_ops/tanh,hard_swish,leaky_relu,
requantize}.h and micro/kernels/activations.h.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import exponential
from ._helpers import Native
from ._jit import Kernel, kernel
from ._processor import has_vectors, permutes_bytes

Table = NDArray[np.int64]


def values(dtype: str) -> Table:
    """Every value of an integer type of 8 or 16 bits, in the order of its bits read as unsigned."""
    return centred(dtype, 0)


@lru_cache(maxsize=4)
def centred(dtype: str, zero_point: int) -> Table:
    """`values` less a zero point, as an int32 has them; to be read alone."""
    unsigned = np.arange(1 << np.iinfo(dtype).bits)
    signed = unsigned.astype(f"u{np.dtype(dtype).itemsize}").view(dtype).astype(np.int64)
    made: Table = exponential.wrap(signed - zero_point)
    made.flags.writeable = False
    return made


def rescaled(x: Table, multiplier: int, shift: int, offset: int, low: int, high: int) -> Table:
    """x times a factor, plus an offset, clamped to [low, high]."""
    made: Table = np.clip(exponential.wrap(exponential.rescale(x, multiplier, shift) + offset), low, high)
    return made


def leaky_relu(
    x: Table, alpha: tuple[int, int], identity: tuple[int, int], offset: int, low: int, high: int
) -> Table:
    """Negative numbers by one (multiplier, shift), the others by another; alpha may be negative."""
    multiplier, shift = alpha
    below = exponential.rescale(x, abs(multiplier), shift) * (-1 if multiplier < 0 else 1)
    scaled = np.where(x >= 0, exponential.rescale(x, *identity), below)
    made: Table = np.clip(exponential.wrap(scaled + offset), low, high)
    return made


def elu(x: Table, input_scale: float, output_scale: float, offset: int) -> Table:
    """int8 ELU in float32, each step rounded to it; halves away from zero."""
    real = np.float32(input_scale) * x.astype(np.float32)
    below = np.exp(np.minimum(real, 0).astype(np.float64)).astype(np.float32) - np.float32(1)
    steps = np.where(real < 0, below, real) * (np.float32(1) / np.float32(output_scale))
    whole = np.trunc(steps)
    whole += np.where(np.abs(steps - whole) >= 0.5, np.sign(steps), 0).astype(np.float32)
    made: Table = np.clip((whole + np.float32(offset)).astype(np.int64), -128, 127)
    return made


def logistic(x: Table, radius: int, multiplier: int, shift: int) -> Table:
    """int8 logistic, output scale 1/256 and zero point -128; saturated from `radius` on."""
    inside = np.where(np.abs(x) < radius, x, 0)
    result = exponential.divide_by_pot(
        exponential.logistic(exponential.rescale(inside, multiplier, shift), 4), 23
    )
    inner = np.clip(result - 128, -128, 127)
    return np.where(x <= -radius, -128, np.where(x >= radius, 127, inner))


def tanh(x: Table, radius: int, multiplier: int, shift: int) -> Table:
    """int8 tanh, output scale 1/128 and zero point 0; saturated from `radius` on."""
    inside = np.where(np.abs(x) < radius, x, 0)
    result = exponential.divide_by_pot(
        exponential.tanh(exponential.rescale(inside, multiplier, shift), 4), 24
    )
    return np.where(x <= -radius, -128, np.where(x >= radius, 127, np.clip(result, -128, 127)))


def sigmoid_int16(function: str, x: Table, multiplier: int, shift: int) -> Table:
    """int16 logistic or tanh by straight lines between knots; multiplier and right shift scale x."""
    scaled = exponential.wrap(x * multiplier + ((1 << shift) >> 1)) >> shift
    lines = exponential.logistic_int16 if function == "logistic" else exponential.tanh_int16
    made: Table = exponential.wrap(lines(scaled, exponential.sigmoid_knots()), 16)
    return made


def _multiply_int16(a: Any, b: Any) -> Any:
    return np.minimum((a * b + (1 << 14)) >> 15, 32767)


def _divide_int16(x: Any, exponent: int) -> Any:
    """RoundingDivideByPOT on int16, whose mask is cut to 16 bits when the exponent is 16 or more."""
    mask = exponential.wrap((1 << exponent) - 1, 16)
    return (x >> exponent) + ((x & mask) > (mask >> 1) + (x < 0))


def _shift_int16(x: Any, exponent: int) -> Any:
    return np.clip(x << min(exponent, 30), -32768, 32767)


def hard_swish(x: Table, reluish: tuple[int, int], output: tuple[int, int], offset: int) -> Table:
    """int8 x * relu6(x + 3) / 6 in int16 arithmetic; the pairs are int16 multipliers and exponents."""
    fine = exponential.wrap(x << 7, 16)
    scaled = _multiply_int16(fine, output[0])
    multiplier, exponent = reluish
    gate = _shift_int16(fine, exponent - 1) if exponent > 0 else fine
    gate = _multiply_int16(gate, multiplier)
    if exponent > 0:
        gate = _shift_int16(gate, 1)
    elif exponent < 0:
        gate = _divide_int16(gate, -exponent)
    gate = (gate + (1 << 15)) >> 1
    product = gate * scaled
    product = np.where(product < 0, -(-product >> 15), product >> 15)
    made: Table = np.clip(exponential.wrap(_divide_int16(product, -output[1]) + offset, 16), -128, 127)
    return made


def look_up(x: Any, table: Any, y: Any) -> None:
    for i in range(y.size):
        y[i] = table[x[i]]


def _signature(index: str, item: str) -> str:
    return f"void(Array({index}, 1, 'C', readonly=True), {item}[::1], {item}[::1])"


@kernel("void(Array(int16, 1, 'C', readonly=True), int16[::1], int64, int64)")
def clamp_int16(x: Any, y: Any, least: Any, most: Any) -> None:
    """At least the one, then, of x above the other, the other."""
    lower, upper = np.int16(least), np.int16(most)
    for i in range(y.size):
        y[i] = upper if x[i] > upper else max(x[i], lower)


look_up_bytes = Native("_tables", "look_up_bytes")


def permuted(x: Any, table: Any, y: Any) -> None:
    """The look-up by vectors of 64 bytes."""
    look_up_bytes(x, table, y)


_PERMUTED = kernel(_signature("uint8", "uint8"))(permuted) if permutes_bytes() else None


_LOOKUPS = {
    (1, 1): kernel(_signature("uint8", "uint8"))(look_up),
    (1, 2): kernel(_signature("uint8", "uint16"))(look_up),
    (1, 4): kernel(_signature("uint8", "uint32"))(look_up),
    (2, 1): kernel(_signature("uint16", "uint8"))(look_up),
    (2, 2): kernel(_signature("uint16", "uint16"))(look_up),
    (2, 4): kernel(_signature("uint16", "uint32"))(look_up),
}


def lookup(input_bytes: int, output_bytes: int) -> Kernel:
    """The lookup (x, table, y) for elements of these sizes, all taken as unsigned bits."""
    if _PERMUTED is not None and (input_bytes, output_bytes) == (1, 1) and has_vectors():
        return _PERMUTED
    return _LOOKUPS[input_bytes, output_bytes]
