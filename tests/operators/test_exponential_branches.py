"""What runs of int8 LOGISTIC and TANH say of their exponentials, against a look at each element."""

from __future__ import annotations

from math import ceil, floor, frexp
from time import process_time

import numpy as np
import pytest

from microinfer import ModelBuilder, load
from microinfer.operators.logistic import ActivationGeometry
from microinfer.operators.prepare import prepare
from microinfer.operators.softmax import SoftmaxGeometry
from microinfer.operators.spec import Step
from microinfer.run.record import observe

STEPS = {"logistic": 4, "tanh": 8}


def step_of(name: str, shape: tuple[int, ...], scale: float, zero_point: int) -> Step:
    b = ModelBuilder()
    x = b.input(shape, scale=scale, zero_point=zero_point)
    b.output(getattr(b, name)(x))
    (step,) = prepare(load(b.build()))
    return step


def counted(values: list[int], scale: float, zero_point: int, radius: int, steps: int) -> dict[str, int]:
    found = dict.fromkeys(("saturated_high", "exponentials", "negative_exponentials", "unset_bits"), 0)
    for value in values:
        x = value - zero_point
        found["saturated_high"] += x >= radius
        if abs(x) < radius:
            found["exponentials"] += 1
            found["negative_exponentials"] += x < 0
            quarters = ceil(abs(x) * (scale * steps)) - 1
            found["unset_bits"] += sum(not quarters >> position & 1 for position in range(6))
    return found


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize(("scale", "zero_point"), [(0.05, 0), (0.25, -128), (0.003, 127), (0.031, 17)])
def test_each_element_counts(name: str, scale: float, zero_point: int) -> None:
    random = np.random.default_rng(3)
    x = random.integers(-128, 128, (1, 9, 11, 5)).astype(np.int8)
    step = step_of(name, x.shape, scale, zero_point)
    assert isinstance(step.geometry, ActivationGeometry)
    tensor = step.node.inputs[0]
    assert tensor is not None
    wanted = counted(x.ravel().tolist(), tensor.scale, zero_point, step.geometry.radius, STEPS[name])
    assert observe(step, (x,), (x,)) == wanted


@pytest.mark.parametrize(
    ("scale", "beta"), [(0.05, 1.0), (0.25, 0.5), (0.003, 1.0), (1.7, 2.0), (0.0008, 1.0)]
)
def test_each_difference_of_a_softmax_counts(scale: float, beta: float) -> None:
    random = np.random.default_rng(5)
    x = random.integers(-128, 128, (30, 13)).astype(np.int8)
    b = ModelBuilder()
    b.output(b.softmax(b.input(x.shape, scale=scale, zero_point=4), beta=beta))
    (step,) = prepare(load(b.build()))
    assert isinstance(step.geometry, SoftmaxGeometry)
    tensor = step.node.inputs[0]
    assert tensor is not None
    fraction, exponent = frexp(min(beta * tensor.scale * 2**26, 2.0**31 - 1))
    multiplier, right = floor(fraction * 2**31 + 0.5), 31 - exponent
    wanted = {"exponentials": 0, "unset_bits": 0}
    for row in x.tolist():
        for value in row:
            if value - max(row) < step.geometry.diff_min:
                continue
            scaled = ((value - max(row)) * multiplier + (1 << right - 1 if right else 0)) >> right
            bits = ((scaled & 0xFFFFFF) - (1 << 24) - scaled >> 24) & 0x7F
            wanted["exponentials"] += 1
            wanted["unset_bits"] += 7 - bits.bit_count()
    assert observe(step, (x,), (x,)) == wanted


@pytest.mark.parametrize("name", STEPS)
def test_thirty_million_elements_are_looked_at_in_no_time(name: str) -> None:
    """A file of 464 bytes may say so many: a second of the processor is what it may take in all."""
    shape = (1, 31_000, 1000)
    step = step_of(name, shape, 0.05, 3)
    x = np.arange(-128, 128, dtype=np.int8)
    many = np.resize(x, shape)
    began = process_time()
    found = observe(step, (many,), (many,))
    assert process_time() - began < 0.5
    assert found["exponentials"] > 10_000_000
