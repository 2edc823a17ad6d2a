"""Operators on one real number at a time, and SOFTMAX, in float32.

Exponentials, logarithms and functions of angles are those of the C library of this computer, as TFLM's own
build for it takes them; that of a device may differ in the last bit.
Sources: TFLM, micro/kernels/elementwise.cc and kernels/internal/reference/{logistic,softmax,tanh,prelu,
leaky_relu,hard_swish,elu,neg,exp,ceil,floor,round}.h.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._c_library import cos, exp, expm1, log, sin
from ._c_library import tanh as hyperbolic_tangent
from ._jit import kernel
from .float_layers import LOWEST, bounded

__all__ = [
    "bound",
    "ceiling",
    "cosine",
    "elu",
    "exponential",
    "floor",
    "hard_swish",
    "inverse_root",
    "leaky_relu",
    "logarithm",
    "logistic",
    "magnitude",
    "negate",
    "rectify",
    "root",
    "round_to_even",
    "sine",
    "softmax",
    "square",
    "sum_rows",
    "tanh",
]

_SOURCE = "Array(float32, 1, 'C', readonly=True)"
_UNARY = f"void({_SOURCE}, float32[::1])"
ALMOST_ONE = np.float32(16.619047164916992188)
"""Above it the logistic function is 1."""
ALMOST_NOTHING = np.float32(-9)
"""Below it the logistic function is the exponential."""


@kernel("void(float32[::1], float32, float32)")
def bound(y: Any, low: Any, high: Any) -> None:
    """y between low and high, in place."""
    for i in range(y.size):
        y[i] = bounded(y[i], low, high)


@kernel(f"void({_SOURCE}, float32[::1], float32, float32)")
def rectify(x: Any, y: Any, low: Any, high: Any) -> None:
    for i in range(y.size):
        value = x[i]
        y[i] = high if value > high else (low if value < low else value)


@kernel(f"void({_SOURCE}, float32[::1], float32)")
def leaky_relu(x: Any, y: Any, alpha: Any) -> None:
    for i in range(y.size):
        y[i] = x[i] if x[i] > 0 else x[i] * alpha


@kernel(_UNARY)
def hard_swish(x: Any, y: Any) -> None:
    for i in range(y.size):
        gate = bounded(x[i] + np.float32(3), np.float32(0), np.float32(6))
        y[i] = x[i] * gate / np.float32(6)


@kernel(_UNARY)
def logistic(x: Any, y: Any) -> None:
    for i in range(y.size):
        value = x[i]
        if value > ALMOST_ONE:
            y[i] = np.float32(1)
        elif value < ALMOST_NOTHING:
            y[i] = np.float32(exp(value))
        else:
            y[i] = np.float32(1) / (np.float32(1) + np.float32(exp(-value)))


@kernel(_UNARY)
def tanh(x: Any, y: Any) -> None:
    for i in range(y.size):
        y[i] = np.float32(hyperbolic_tangent(x[i]))


@kernel(_UNARY)
def negate(x: Any, y: Any) -> None:
    for i in range(y.size):
        y[i] = -x[i]


@kernel(_UNARY)
def magnitude(x: Any, y: Any) -> None:
    for i in range(y.size):
        y[i] = np.abs(x[i])


@kernel(_UNARY)
def square(x: Any, y: Any) -> None:
    for i in range(y.size):
        y[i] = x[i] * x[i]


@kernel(_UNARY)
def root(x: Any, y: Any) -> None:
    for i in range(y.size):
        y[i] = np.sqrt(x[i])


@kernel(_UNARY)
def inverse_root(x: Any, y: Any) -> None:
    for i in range(y.size):
        y[i] = np.float32(1) / np.sqrt(x[i])


@kernel(_UNARY)
def exponential(x: Any, y: Any) -> None:
    for i in range(y.size):
        y[i] = np.float32(exp(x[i]))


@kernel(_UNARY)
def elu(x: Any, y: Any) -> None:
    for i in range(y.size):
        y[i] = np.float32(expm1(x[i])) if x[i] < 0 else x[i]


@kernel(_UNARY)
def logarithm(x: Any, y: Any) -> None:
    for i in range(y.size):
        y[i] = np.float32(log(x[i]))


@kernel(_UNARY)
def sine(x: Any, y: Any) -> None:
    for i in range(y.size):
        y[i] = np.float32(sin(x[i]))


@kernel(_UNARY)
def cosine(x: Any, y: Any) -> None:
    for i in range(y.size):
        y[i] = np.float32(cos(x[i]))


@kernel(_UNARY)
def ceiling(x: Any, y: Any) -> None:
    for i in range(y.size):
        y[i] = np.ceil(x[i])


@kernel(_UNARY)
def floor(x: Any, y: Any) -> None:
    for i in range(y.size):
        y[i] = np.floor(x[i])


@kernel(_UNARY)
def round_to_even(x: Any, y: Any) -> None:
    """Halves to the even neighbour; what lies between -1/2 and 0 becomes 0 without a sign."""
    half = np.float32(0.5)
    for i in range(y.size):
        below = np.floor(x[i])
        rest = x[i] - below
        even = np.floor(below * half) == below * half
        y[i] = below if rest < half or (rest == half and even) else below + np.float32(1)


@kernel("void(Array(float32, 2, 'C', readonly=True), float32[:,::1], float32)")
def softmax(x: Any, y: Any, beta: Any) -> None:
    """x, y [rows, depth]."""
    for row in range(y.shape[0]):
        largest = LOWEST
        for c in range(y.shape[1]):
            if largest < x[row, c]:
                largest = x[row, c]
        total = np.float32(0)
        for c in range(y.shape[1]):
            power = np.float32(exp((x[row, c] - largest) * beta))
            y[row, c] = power
            total += power
        for c in range(y.shape[1]):
            y[row, c] = y[row, c] / total


@kernel("void(Array(float32, 2, 'C', readonly=True), float32[::1], float32)")
def sum_rows(x: Any, y: Any, divisor: Any) -> None:
    """x [outputs, count]; each row is summed from its first to its last element."""
    for row in range(x.shape[0]):
        total = np.float32(0)
        for i in range(x.shape[1]):
            total += x[row, i]
        y[row] = total / divisor
