"""What an operator makes of constants, worked out with numpy: shapes and indices, never activations.

A row says it in `evaluate`, where it moves elements or is exact arithmetic on integers: what that makes is
the same on every device. Nothing here imports numba.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .node import Node

__all__ = [
    "INTEGERS",
    "LARGEST_MADE",
    "Evaluate",
    "Values",
    "checked_axis",
    "expect_integers",
    "of_two",
    "over_axes",
    "reshaped",
    "scalar",
]

Values: TypeAlias = Sequence[NDArray[Any]]
Evaluate: TypeAlias = Callable[[Node, Values], Values]
"""The outputs of an operator, given its inputs' values. An ArithmeticError, LookupError, TypeError or
ValueError says that they cannot be told."""

LARGEST_MADE = 1024
"""Bytes of a constant that is larger than those it was made of, such as a FILL's."""
INTEGERS = ("bool", "int32", "int64")


def expect_integers(values: Values) -> None:
    if any(value.dtype.name not in INTEGERS for value in values):
        raise ValueError("not integers")


def checked_axis(axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        raise ValueError("axis")
    return axis % rank


def scalar(value: NDArray[Any]) -> int:
    return int(value.reshape(-1)[0])


def reshaped(node: Node, values: Values) -> Values:
    return [values[0].reshape(node.outputs[0].shape)]


def over_axes(reduce: Callable[..., NDArray[Any]]) -> Evaluate:
    """The file's own shape says whether the axes are kept."""

    def made(node: Node, values: Values) -> Values:
        source, axes = values
        expect_integers([source])
        along = tuple({checked_axis(axis, source.ndim) for axis in axes.reshape(-1).tolist()})
        shape = node.outputs[0].shape
        result = np.asarray(reduce(source, axis=along, keepdims=len(shape) == source.ndim and bool(along)))
        return [result.astype(source.dtype)]

    return made


def of_two(compute: Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]) -> Evaluate:
    def made(node: Node, values: Values) -> Values:
        expect_integers(values)
        first, second = values
        if node.options.get("fused_activation_function", "NONE") != "NONE" or first.dtype != second.dtype:
            raise ValueError("activation or types")
        with np.errstate(over="ignore", divide="raise"):
            return [np.asarray(compute(first, second))]

    return made
