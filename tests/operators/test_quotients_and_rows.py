"""Quotients, what holds of two, sums of several and operators on rows, against TFLM."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder
from microinfer.checks import check
from microinfer.errors import UnsupportedError
from microinfer.model.read import load
from microinfer.operators.prepare import prepare

from support.agreement import same_bits
from support.data_movement import assert_refused, shapes, values
from support.oracle import Interpreter, tflm
from support.scales import SEEDS, quantizations, scales

ACTIVATIONS = st.sampled_from(["NONE", "RELU", "RELU6", "RELU_N1_TO_1"])


@st.composite
def pairs(draw: st.DrawFn, most: int = 6) -> list[tuple[int, ...]]:
    """Two shapes that broadcast, the first or the second the larger one."""
    shape = draw(shapes(1, most, 4))
    other = tuple(size if draw(st.booleans()) else 1 for size in shape)
    while len(other) > 1 and other[0] == 1 and draw(st.booleans()):
        other = other[1:]
    return [shape, other][:: draw(st.sampled_from([1, -1]))]


@given(pair=pairs(), seed=SEEDS, activation=ACTIVATIONS, spread=st.sampled_from([0.1, 10.0, 1e20]))
def test_quotients_of_real_numbers(
    pair: list[tuple[int, ...]], seed: int, activation: str, spread: float
) -> None:
    builder, g = ModelBuilder(), np.random.default_rng(seed)
    builder.output(builder.div(*[builder.input(s, "float32") for s in pair], activation=activation))
    x, y = (g.normal(size=s).astype(np.float32) * np.float32(spread) for s in pair)
    y[g.random(y.shape) < 0.02] = 0
    same_bits(builder, x, y)


@given(pair=pairs(), seed=SEEDS, activation=ACTIVATIONS)
def test_quotients_of_int32(pair: list[tuple[int, ...]], seed: int, activation: str) -> None:
    builder, g = ModelBuilder(), np.random.default_rng(seed)
    builder.output(builder.div(*[builder.input(s, "int32") for s in pair], activation=activation))
    x, y = (g.integers(-1000, 1000, s).astype(np.int32) for s in pair)
    same_bits(builder, x * 7919, np.where(y == 0, 3, y).astype(np.int32))


@given(pair=pairs(), seed=SEEDS, activation=ACTIVATIONS, factor=st.floats(-8.0, 16.0), data=st.data())
def test_quotients_of_int8(
    pair: list[tuple[int, ...]], seed: int, activation: str, factor: float, data: st.DataObject
) -> None:
    """Factors so small that shifts leave an int32, too, as this computer makes them."""
    first, second, target = (data.draw(quantizations("int8")) for _ in range(3))
    target["scale"] = float(np.float32(first["scale"] / second["scale"] * 2.0**-factor))
    builder, g = ModelBuilder(), np.random.default_rng(seed)
    given_inputs = [builder.input(s, **kind) for s, kind in zip(pair, (first, second), strict=True)]
    builder.output(builder.div(*given_inputs, activation=activation, **target))
    x, y = (g.integers(-128, 128, s).astype(np.int8) for s in pair)
    y[y == second["zero_point"]] = 1 if second["zero_point"] != 1 else 2
    same_bits(builder, x, y)


def test_every_quotient_of_int8() -> None:
    x, y = (side.astype(np.int8) for side in np.meshgrid(np.arange(-128, 128), np.arange(-128, 128)))
    for factor in (1.0, 0.01, 40.0, 3000.0):
        builder = ModelBuilder()
        above, below = (builder.input(x.shape, scale=1.0, zero_point=n) for n in (5, -3))
        builder.output(builder.div(above, below, scale=1 / factor, zero_point=9))
        same_bits(builder, x, np.where(y == -3, 1, y).astype(np.int8))


@pytest.mark.parametrize("dtype", ["int8", "int32"])
def test_nothing_is_divided_by_a_whole_zero(dtype: str) -> None:
    builder = ModelBuilder()
    kind = {"scale": 0.1, "zero_point": 4} if dtype == "int8" else {}
    builder.output(builder.div(*[builder.input((3,), dtype, **kind) for _ in range(2)], **kind))
    interpreter = Interpreter(builder.build())
    given_values = [1, 2, 3], [1, kind.get("zero_point", 0), 2]
    for detail, value in zip(interpreter.get_input_details(), given_values, strict=True):
        interpreter.set_tensor(detail["index"], np.array(value, dtype))
    with pytest.raises(UnsupportedError, match="holds a zero"):
        interpreter.invoke()


@pytest.mark.parametrize("operator", ["floor_div", "floor_mod"])
@given(pair=pairs(), seed=SEEDS)
def test_quotients_that_are_rounded_down(operator: str, pair: list[tuple[int, ...]], seed: int) -> None:
    builder, g = ModelBuilder(), np.random.default_rng(seed)
    builder.output(getattr(builder, operator)(*[builder.input(s, "float32") for s in pair]))
    x, y = (np.round(g.normal(size=s) * 20, g.integers(0, 3)).astype(np.float32) for s in pair)
    same_bits(builder, x, np.where(y == 0, np.float32(-0.7), y))


def test_floor_div_by_0_fails() -> None:
    builder = ModelBuilder()
    builder.output(builder.floor_div(builder.input((2,), "float32"), builder.input((2,), "float32")))
    model, x = builder.build(), [np.ones(2, np.float32), np.array([1, 0], np.float32)]
    interpreter = Interpreter(model)
    for detail, value in zip(interpreter.get_input_details(), x, strict=True):
        interpreter.set_tensor(detail["index"], value)
    with pytest.raises(UnsupportedError, match="holds a zero"):
        interpreter.invoke()
    with pytest.raises(RuntimeError):
        tflm(model, x)


@pytest.mark.parametrize("operator", ["logical_and", "logical_or"])
@given(pair=pairs(), seed=SEEDS)
def test_what_holds_of_two(operator: str, pair: list[tuple[int, ...]], seed: int) -> None:
    builder = ModelBuilder()
    builder.output(getattr(builder, operator)(*[builder.input(s, "bool") for s in pair]))
    same_bits(builder, *(values(seed + i, s, "bool") for i, s in enumerate(pair)))


@given(shape=shapes(0, 6, 4), seed=SEEDS)
def test_what_does_not_hold(shape: tuple[int, ...], seed: int) -> None:
    builder = ModelBuilder()
    builder.output(builder.logical_not(builder.input(shape, "bool")))
    same_bits(builder, values(seed, shape, "bool"))


@given(shape=shapes(0, 5, 5), count=st.integers(2, 6), seed=SEEDS)
def test_sums_of_several_real_tensors(shape: tuple[int, ...], count: int, seed: int) -> None:
    builder, g = ModelBuilder(), np.random.default_rng(seed)
    builder.output(builder.add_n([builder.input(shape, "float32") for _ in range(count)]))
    same_bits(builder, *(np.asarray(g.normal(size=shape)).astype(np.float32) for _ in range(count)))


@given(
    shape=shapes(0, 4, 5), count=st.integers(2, 6), seed=SEEDS, source=quantizations(), target=quantizations()
)
def test_sums_of_several_int8_tensors(
    shape: tuple[int, ...], count: int, seed: int, source: dict[str, Any], target: dict[str, Any]
) -> None:
    assume(2 * source["scale"] < 2**20 * target["scale"])
    builder = ModelBuilder()
    inputs = [builder.input(shape, **source) for _ in range(count)]
    builder.output(builder.add_n(inputs, **target))
    same_bits(builder, *(values(seed + i, shape, "int8") for i in range(count)))


def test_a_zero_point_shifts_the_sum_of_several() -> None:
    """TFLM takes it off once more than there are inputs, and `check` says so."""
    builder = ModelBuilder()
    inputs = [builder.input((1,), scale=1.0, zero_point=5) for _ in range(2)]
    builder.output(builder.add_n(inputs, scale=1.0, zero_point=0))
    x = np.array([5], np.int8)
    (found,) = tflm(builder.build(), [x, x])
    assert found.tolist() == [-5]
    assert any("once too often" in finding.cause for finding in check(builder.build()).findings)


def test_sums_of_several_want_one_shape_and_scale() -> None:
    builder = ModelBuilder()
    x, y = builder.input((2,), scale=0.1), builder.input((2,), scale=0.2)
    builder.output(builder.add_n([x, y]))
    assert_refused(builder, "expected those of inputs")
    builder = ModelBuilder()
    x, y = builder.input((2,), "float32"), builder.input((1,), "float32")
    builder.output(builder.add_n([x, y]))
    assert_refused(builder, "expected one shape")


@given(pair=pairs(4), dtype=st.sampled_from(["int32", "int64"]))
def test_shapes_that_broadcast(pair: list[tuple[int, ...]], dtype: str) -> None:
    builder = ModelBuilder()
    builder.output(builder.broadcast_args(*[builder.input((len(s),), dtype) for s in pair]))
    same_bits(builder, *(np.array(s, dtype) for s in pair))


def test_shapes_that_do_not_broadcast() -> None:
    builder = ModelBuilder()
    builder.output(builder.broadcast_args(*[builder.input((2,), "int32") for _ in range(2)]))
    interpreter = Interpreter(builder.build())
    for detail, value in zip(interpreter.get_input_details(), ([2, 3], [2, 4]), strict=True):
        interpreter.set_tensor(detail["index"], np.array(value, np.int32))
    with pytest.raises(UnsupportedError, match=r"\[2, 3\] and \[2, 4\] do not broadcast"):
        interpreter.invoke()


@pytest.mark.parametrize("operator", ["l2_normalization", "log_softmax"])
@given(
    outer=shapes(0, 3, 4),
    depth=st.integers(1, 12) | st.integers(1, 300),
    scale=scales(-14.0, 8.0),
    zero_point=st.integers(-128, 127),
    spread=st.sampled_from([0, 1, 8, 128]),
    seed=SEEDS,
)
def test_rows_of_int8(
    operator: str, outer: tuple[int, ...], depth: int, scale: float, zero_point: int, spread: int, seed: int
) -> None:
    shape = (*outer, depth)
    x = (values(seed, shape, "int8").astype(int) * spread // 128).astype(np.int8)
    builder = ModelBuilder()
    given_input = builder.input(shape, scale=scale, zero_point=zero_point)
    builder.output(getattr(builder, operator)(given_input))
    same_bits(builder, x)


@pytest.mark.parametrize("operator", ["l2_normalization", "log_softmax"])
@given(
    outer=shapes(0, 3, 4),
    depth=st.integers(1, 300),
    spread=st.sampled_from([0.0, 1e-9, 1.0, 50.0]),
    seed=SEEDS,
)
def test_rows_of_real_numbers(
    operator: str, outer: tuple[int, ...], depth: int, spread: float, seed: int
) -> None:
    shape = (*outer, depth)
    builder = ModelBuilder()
    builder.output(getattr(builder, operator)(builder.input(shape, "float32")))
    same_bits(builder, (np.random.default_rng(seed).normal(size=shape) * spread).astype(np.float32))


@pytest.mark.parametrize("exponent", range(-12, 4))
def test_logarithms_of_every_distance_from_the_largest(exponent: int) -> None:
    x = np.stack([np.full(256, 127), np.arange(-128, 128)], axis=1).astype(np.int8)
    builder = ModelBuilder()
    builder.output(builder.log_softmax(builder.input(x.shape, scale=2.0**exponent)))
    same_bits(builder, x)


@given(depth=st.integers(1, 40), seed=SEEDS)
def test_a_norm_whose_products_are_contracted(depth: int, seed: int) -> None:
    """As a device computes it whose FPU multiplies and adds in one rounding."""
    x = np.random.default_rng(seed).normal(size=(1, depth)).astype(np.float32)
    builder = ModelBuilder()
    builder.output(builder.l2_normalization(builder.input(x.shape, "float32")))
    (step,) = prepare(load(builder.build()))
    assert step.contracted is not None
    found = np.empty_like(x)
    step.contracted([x], [found])()
    total = np.float32(0)
    for value in x[0]:
        exact = Fraction(float(value)) ** 2 + Fraction(float(total))
        near = np.float32(float(exact))
        around = near, np.nextafter(near, np.float32(np.inf)), np.nextafter(near, np.float32(-np.inf))
        total = min(around, key=lambda one: abs(Fraction(float(one)) - exact))
    np.testing.assert_array_equal(found, x / max(np.sqrt(total), np.float32(1e-6)), strict=True)


def test_a_sum_that_overflows_stops() -> None:
    builder = ModelBuilder()
    builder.output(builder.log_softmax(builder.input((1, 4096), scale=0.1)))
    interpreter = Interpreter(builder.build())
    with pytest.raises(UnsupportedError, match="row 0 sum to 4096"):
        interpreter.invoke()


def test_refusals() -> None:
    builder = ModelBuilder()
    x, y = builder.input((2, 3), scale=0.1), builder.tensor((2, 3), scale=0.1, zero_point=127)
    builder.operator("LOG_SOFTMAX", [x], [y])
    builder.output(y)
    assert_refused(builder, "expected 1/16 and 127")
    builder = ModelBuilder()
    x, y = builder.input((2, 3), "float32"), builder.tensor((2, 3), "float32")
    builder.operator("L2_NORMALIZATION", [x], [y], {"fused_activation_function": "RELU"})
    builder.output(y)
    assert_refused(builder, "fused activation")
    builder = ModelBuilder()
    builder.output(builder.l2_normalization(builder.input((1, 1, 1, 1, 3), "float32")))
    assert_refused(builder, "expected at most 4")


@given(
    shape=shapes(1, 4, 5), seed=SEEDS, source=quantizations("int16"), alpha=quantizations(), data=st.data()
)
def test_slopes_of_int16(
    shape: tuple[int, ...], seed: int, source: dict[str, Any], alpha: dict[str, Any], data: st.DataObject
) -> None:
    target = data.draw(quantizations("int16", -9.0, 9.0))
    target["scale"] = float(np.float32(target["scale"] * source["scale"]))
    builder, g = ModelBuilder(), np.random.default_rng(seed)
    other = tuple(size if g.random() < 0.5 else 1 for size in shape)
    x = builder.input(shape, "int16", **source)
    slopes = builder.constant(
        g.integers(-128, 128, other).astype(np.int8), alpha["scale"], alpha["zero_point"]
    )
    builder.output(builder.prelu(x, slopes, **target))
    same_bits(builder, values(seed, shape, "int16"))
