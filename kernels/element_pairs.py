"""Operators on two numbers, or three, of one shape that nothing has to be rescaled for: sums, products and
quotients of reals and int32, the larger and the lesser, comparisons, truth, choices.

The shorter of two inputs begins again at its end: it divides the longer. Other broadcasting happens before,
by copying. Sources: TFLM, kernels/internal/reference/{add,sub,mul,div,
comparisons,maximum_minimum,binary_function,select}.h.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ._helpers import inline
from ._jit import Kernel, kernel
from .float_layers import bounded

__all__ = ["COMPARISONS", "below", "between", "pair", "select"]


@inline
def _add(a: Any, b: Any) -> Any:
    return a + b


@inline
def _subtract(a: Any, b: Any) -> Any:
    return a - b


@inline
def _multiply(a: Any, b: Any) -> Any:
    return a * b


@inline
def _divide(a: Any, b: Any) -> Any:
    return a / b


@inline
def _maximum(a: Any, b: Any) -> Any:
    """The second of two that compare neither way, as C's conditional expression."""
    return a if a > b else b


@inline
def _minimum(a: Any, b: Any) -> Any:
    return a if a < b else b


@inline
def _equal(a: Any, b: Any) -> Any:
    return a == b


@inline
def _not_equal(a: Any, b: Any) -> Any:
    return a != b


@inline
def _less(a: Any, b: Any) -> Any:
    return a < b


@inline
def _less_equal(a: Any, b: Any) -> Any:
    return a <= b


@inline
def _greater(a: Any, b: Any) -> Any:
    return a > b


@inline
def _greater_equal(a: Any, b: Any) -> Any:
    return a >= b


@inline
def _and(a: Any, b: Any) -> Any:
    return (a != 0) & (b != 0)


@inline
def _or(a: Any, b: Any) -> Any:
    return (a != 0) | (b != 0)


@inline
def place(x: Any, start: Any) -> Any:
    """Where an input goes on that is as long as the output, or begins again."""
    return start % x.size


def _source(item: str) -> str:
    return f"Array({item}, 1, 'C', readonly=True)"


def _plain(name: str, operation: Callable[..., Any], item: str, result: str) -> Kernel:
    def apply(x1: Any, x2: Any, y: Any) -> None:
        step = max(1, min(x1.size, x2.size))
        for start in range(0, y.size, step):
            first, second = x1[place(x1, start) :], x2[place(x2, start) :]
            made = y[start:]
            for i in range(step):
                made[i] = operation(first[i], second[i])

    apply.__name__ = f"{name}_{item}"
    return kernel(f"void({_source(item)}, {_source(item)}, {result}[::1])")(apply)


def _whole(name: str, operation: Callable[..., Any]) -> Kernel:
    def apply(x1: Any, x2: Any, y: Any, low: Any, high: Any) -> None:
        """int32 that wraps; then between low and high."""
        least, most = np.int32(low), np.int32(high)
        step = max(1, min(x1.size, x2.size))
        for start in range(0, y.size, step):
            first, second = x1[place(x1, start) :], x2[place(x2, start) :]
            made = y[start:]
            for i in range(step):
                whole = np.int32(operation(np.int64(first[i]), np.int64(second[i])))
                made[i] = min(max(whole, least), most)

    apply.__name__ = f"{name}_int32"
    return kernel(f"void({_source('int32')}, {_source('int32')}, int32[::1], int64, int64)")(apply)


def _real(name: str, operation: Callable[..., Any]) -> Kernel:
    def apply(x1: Any, x2: Any, y: Any, low: Any, high: Any) -> None:
        step = max(1, min(x1.size, x2.size))
        for start in range(0, y.size, step):
            first, second = x1[place(x1, start) :], x2[place(x2, start) :]
            made = y[start:]
            for i in range(step):
                made[i] = bounded(operation(first[i], second[i]), low, high)

    apply.__name__ = f"{name}_float32"
    return kernel(f"void({_source('float32')}, {_source('float32')}, float32[::1], float32, float32)")(apply)


COMPARISONS = {
    "equal": _equal,
    "not_equal": _not_equal,
    "less": _less,
    "less_equal": _less_equal,
    "greater": _greater,
    "greater_equal": _greater_equal,
}
_SUMS = {"add": _add, "subtract": _subtract, "multiply": _multiply}
_PAIRS: dict[tuple[str, str], Kernel] = {
    **{(name, "int32"): _whole(name, operation) for name, operation in _SUMS.items()},
    **{(name, "float32"): _real(name, one) for name, one in {**_SUMS, "divide": _divide}.items()},
    **{
        (name, item): _plain(name, operation, item, item)
        for name, operation in (("maximum", _maximum), ("minimum", _minimum))
        for item in ("int8", "int16", "int32", "int64", "float32")
    },
    **{
        (name, item): _plain(name, operation, item, "uint8")
        for name, operation in COMPARISONS.items()
        for item in ("uint8", "int8", "int32", "int64", "float32")
    },
    ("logical_and", "uint8"): _plain("logical_and", _and, "uint8", "uint8"),
    ("logical_or", "uint8"): _plain("logical_or", _or, "uint8", "uint8"),
}


def pair(name: str, item: str) -> Kernel:
    """The kernel (x1, x2, y) of numpy's function of this name for a type; truth is uint8. Sums, products and
    quotients take bounds, too."""
    return _PAIRS[name, item]


def _select(item: str) -> Kernel:
    def select(holds: Any, first: Any, second: Any, y: Any) -> None:
        for i in range(y.size):
            one, other = first[i], second[i]
            y[i] = one if holds[i] != 0 else other

    select.__name__ = f"select_{item}"
    return kernel(f"void({_source('uint8')}, {_source(item)}, {_source(item)}, {item}[::1])")(select)


_SELECTS = {1: _select("uint8"), 2: _select("uint16"), 4: _select("uint32")}


def select(item_bytes: int) -> Kernel:
    """The choice (condition, first, second, y) for elements of 1, 2 or 4 bytes, as unsigned numbers."""
    return _SELECTS[item_bytes]


_INT8 = _source("int8")
_BOUNDS = _source("int16")


@kernel(f"void({_INT8}, {_source('uint8')}, {_BOUNDS}, uint8[::1], int64)")
def below(x1: Any, x2: Any, bounds: Any, y: Any, turned: Any) -> None:
    """Whether x1 is below what the bits of x2 stand for; where `turned` is 1, whether it is not."""
    for i in range(y.size):
        y[i] = np.int64(x1[i] < bounds[x2[i]]) ^ turned


@kernel(f"void({_INT8}, {_source('uint8')}, {_BOUNDS}, {_BOUNDS}, uint8[::1], int64)")
def between(x1: Any, x2: Any, low: Any, high: Any, y: Any, turned: Any) -> None:
    """Whether x1 is at least one, and below another, of what the bits of x2 stand for; or else."""
    for i in range(y.size):
        y[i] = (np.int64(x1[i] >= low[x2[i]]) & np.int64(x1[i] < high[x2[i]])) ^ turned
