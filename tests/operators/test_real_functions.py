"""Functions of one number, and squared differences, against TFLM: bits, shapes and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder
from microinfer.errors import UnsupportedError
from microinfer.operators.registry import rows
from microinfer.operators.relu import ElementwiseGeometry

from support.agreement import same_bits
from support.data_movement import assert_refused, shapes
from support.oracle import Interpreter, tflm
from support.scales import SEEDS, quantizations, scales

REAL = sorted(
    spec.name
    for spec in rows()
    if spec.geometry is ElementwiseGeometry
    and spec.types.get("float32") == ("float32",)
    and spec.name not in ("HARD_SWISH", "LEAKY_RELU", "RELU", "RELU6")
)
"""Functions of one float32 without parameters; those of `test_float_and_int16` are not tried again."""
SPECIAL = np.array(
    [
        *(0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -1.5, -0.3, np.inf, -np.inf, np.nan, 1e-42, -1e-42, 3e38, -3e38),
        *(1e-20, 8388607.5, 8388609.0, -8388607.5, 88.7, 88.8, -103.9, -104.0, 100.25, 1e10),
    ],
    np.float32,
)
EVERY = {
    "int8": np.arange(-128, 128).astype(np.int8),
    "int16": np.arange(-32768, 32768, 7).astype(np.int16),
}


@pytest.mark.parametrize("operator", REAL)
@given(shape=shapes(0, 6, 4), seed=SEEDS, spread=st.sampled_from([0.1, 1.0, 20.0, 1e4, 1e30]))
def test_of_one_real_number(operator: str, shape: tuple[int, ...], seed: int, spread: float) -> None:
    builder = ModelBuilder()
    builder.output(getattr(builder, operator.lower())(builder.input(shape, "float32")))
    g = np.random.default_rng(seed)
    same_bits(builder, np.asarray(g.normal(size=shape) * spread).astype(np.float32))


@pytest.mark.parametrize("operator", REAL)
def test_of_special_numbers(operator: str) -> None:
    builder = ModelBuilder()
    builder.output(getattr(builder, operator.lower())(builder.input(SPECIAL.shape, "float32")))
    same_bits(builder, SPECIAL)


@given(dtype=st.sampled_from(["int8", "int16"]), scale=scales(-20.0, 8.0), data=st.data())
def test_inverse_roots_of_every_number(dtype: str, scale: float, data: st.DataObject) -> None:
    """The output's scale is about what a quantiser would choose, or far from it."""
    least = data.draw(st.integers(-128, 127)) if dtype == "int8" else 0
    x = EVERY[dtype][EVERY[dtype] >= least]
    fit = -np.log2(scale) / 2 - (7 if dtype == "int8" else 15)
    target = data.draw(quantizations(dtype, max(fit - 6, -30.0), min(fit + 8, 9.0)))
    builder = ModelBuilder()
    builder.output(builder.rsqrt(builder.input(x.shape, dtype, scale=scale, zero_point=least), **target))
    try:
        Interpreter(builder.build())
    except UnsupportedError as error:
        assert "effective scale" in str(error) or "too coarse" in str(error)  # noqa: PT017
        return
    same_bits(builder, x)


def test_a_negative_number_has_no_inverse_root() -> None:
    builder = ModelBuilder()
    builder.output(builder.rsqrt(builder.input((4,), scale=0.1, zero_point=3)))
    model, x = builder.build(), np.array([3, 4, 2, 5], np.int8)
    interpreter = Interpreter(model)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    with pytest.raises(UnsupportedError, match="holds 2, below its zero point 3"):
        interpreter.invoke()
    with pytest.raises(RuntimeError):
        tflm(model, [x])


@given(shape=shapes(0, 4, 4), seed=SEEDS)
def test_distances_of_int16_without_a_scale(shape: tuple[int, ...], seed: int) -> None:
    builder = ModelBuilder()
    builder.output(builder.abs(builder.input(shape, "int16")))
    g = np.random.default_rng(seed)
    same_bits(builder, np.asarray(g.integers(-32768, 32768, shape)).astype(np.int16))


@given(
    dtype=st.sampled_from(["int8", "int16", "int32", "float32"]),
    shape=shapes(1, 6, 4),
    seed=SEEDS,
    data=st.data(),
)
def test_squared_difference(dtype: str, shape: tuple[int, ...], seed: int, data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.booleans(), min_size=len(shape), max_size=len(shape)))
    other = tuple(size if keep else 1 for size, keep in zip(shape, kept, strict=True))
    other = other[data.draw(st.integers(0, max(len(shape) - 1, 0))) :] if 1 in other else other
    while other and len(other) < len(shape) and other[0] == 1 and data.draw(st.booleans()):
        other = other[1:]
    builder, g = ModelBuilder(), np.random.default_rng(seed)
    pair = [shape, other][:: data.draw(st.sampled_from([1, -1]))]
    if dtype == "float32":
        values = [g.normal(size=s).astype(np.float32) * 10 for s in pair]
        given_inputs = [builder.input(s, dtype) for s in pair]
        builder.output(builder.squared_difference(*given_inputs))
    else:
        ends = np.iinfo(dtype)
        values = [g.integers(ends.min, ends.max, s, dtype, endpoint=True) for s in pair]
        if dtype == "int32":
            builder.output(builder.squared_difference(*[builder.input(s, dtype) for s in pair]))
        else:
            kinds = [data.draw(quantizations(dtype)) for _ in range(2)]
            largest = max(kind["scale"] for kind in kinds)
            target = data.draw(quantizations(dtype, -9.0, 9.0))
            target["scale"] = float(np.float32(target["scale"] * largest * largest))
            given_inputs = [builder.input(s, dtype, **kind) for s, kind in zip(pair, kinds, strict=True)]
            builder.output(builder.squared_difference(*given_inputs, **target))
    same_bits(builder, *values)


@pytest.mark.parametrize("operator", ["CEIL", "EXP", "ROUND"])
def test_some_look_at_the_shapes(operator: str) -> None:
    builder = ModelBuilder()
    x, y = builder.input((2, 3), "float32"), builder.tensor((3, 2), "float32")
    builder.operator(operator, [x], [y])
    builder.output(y)
    assert_refused(builder, r"has shape \(3, 2\)")


def test_int16_wants_zero_points_of_0() -> None:
    builder = ModelBuilder()
    x, y = (builder.input((4,), "int16", scale=0.1, zero_point=n) for n in (0, 1))
    builder.output(builder.squared_difference(x, y, scale=0.1))
    assert_refused(builder, "zero point 1, expected 0")
    builder = ModelBuilder()
    builder.output(builder.rsqrt(builder.input((4,), "int16", scale=0.1, zero_point=1), scale=0.1))
    assert_refused(builder, "zero point 1, expected 0")
