"""Twice as many operators are twice the work: counted in lines that Python runs, not in seconds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from microinfer import load
from microinfer.builder import ModelBuilder
from microinfer.checks import check

from support.lines_run import lines_run

FEW, MANY = 200, 400
LINEAR = 2.1
"""A quadratic part that is a tenth of the work already at FEW would make more of it."""


def shapes(count: int) -> bytes:
    """Each RESHAPE with a SHAPE in front, as an open batch leaves them."""
    builder = ModelBuilder()
    x = builder.input((1, 8), "float32")
    for _ in range(count):
        shape, y = builder.tensor((2,), "int32"), builder.tensor((1, 8), "float32")
        builder.operator("SHAPE", [x], [shape])
        builder.operator("RESHAPE", [x, shape], [y])
        x = y
    builder.output(x)
    return builder.build()


def surplus(count: int) -> bytes:
    """Operators with one output more than they write."""
    builder = ModelBuilder()
    x = builder.input((1, 8), scale=0.1)
    for _ in range(count):
        y, unread = (builder.tensor((1, 8), "int8", 0.1, 0) for _ in range(2))
        builder.operator("RELU", [x], [y, unread])
        x = y
    builder.output(x)
    return builder.build()


def selects(count: int) -> bytes:
    """Operators that TFLM lacks, for which advice looks at who reads them."""
    builder = ModelBuilder()
    x, chosen = builder.input((1, 8), "float32"), builder.input((1, 8), "bool")
    for _ in range(count):
        y = builder.tensor((1, 8), "float32")
        builder.operator("SELECT", [chosen, x, x], [y])
        x = y
    builder.output(x)
    return builder.build()


def variables(count: int) -> bytes:
    builder = ModelBuilder()
    x = builder.input((1, 8), scale=0.1)
    for number in range(count):
        variable = builder.variable(f"state_{number}")
        y = builder.read_variable(variable, (1, 8), scale=0.1)
        builder.assign_variable(variable, x)
        x = y
    builder.output(x)
    return builder.build()


def branches(count: int) -> bytes:
    """Half of the operators side by side."""
    builder = ModelBuilder()
    x = builder.input((1, 2), scale=0.05)
    made = [builder.relu(x, scale=0.05, zero_point=0) for _ in range(count // 2 + 1)]
    y = made[0]
    for branch in made[1:]:
        y = builder.add(y, branch, scale=0.05)
    builder.output(y)
    return builder.build()


def dense(count: int) -> bytes:
    builder = ModelBuilder()
    x = builder.input((1, 2), scale=0.1)
    weights = np.array([[3, -2], [1, 4]], np.int8)
    for _ in range(count):
        x = builder.fully_connected(x, weights, weight_scale=0.01, scale=0.1)
    builder.output(x)
    return builder.build()


@pytest.mark.parametrize("make", [shapes, surplus, selects, variables, branches, dense])
def test_twice_the_operators_take_twice_the_work_to_check(make: Callable[[int], bytes]) -> None:
    check(load(make(3)))
    few, many = (load(make(count)) for count in (FEW, MANY))
    assert lines_run(lambda: check(many)) < LINEAR * lines_run(lambda: check(few))
