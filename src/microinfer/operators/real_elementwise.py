"""What operators on single elements, rows and axes make of real numbers, float64: what several share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .reals import activated
from .spec import InReals, Node, Real, Reals

__all__ = ["binary", "index", "only", "operands", "reduction", "unary"]


def operands(inputs: Reals) -> tuple[Real, Real]:
    first, second = inputs[0], inputs[1]
    assert first is not None
    assert second is not None
    return first, second


def only(inputs: Reals) -> Real:
    assert inputs[0] is not None
    return inputs[0]


def binary(function: Callable[[Real, Real], Real]) -> InReals:
    return lambda node, inputs: activated(node, function(*operands(inputs)))


def unary(function: Callable[[Real], Real]) -> InReals:
    return lambda node, inputs: function(only(inputs))


def reduction(function: Any) -> InReals:
    def reduce(node: Node, inputs: Reals) -> Real:
        x = only(inputs)
        axes = {int(axis) % x.ndim for axis in node.constant_input(1).reshape(-1)} if x.ndim else set()
        return np.asarray(function(x, axis=tuple(axes)), np.float64)

    return reduce


def index(function: Any) -> InReals:
    def find(node: Node, inputs: Reals) -> Real:
        axis = int(node.constant_input(1).reshape(-1)[0])
        return np.asarray(function(only(inputs), axis=axis), np.float64)

    return find
