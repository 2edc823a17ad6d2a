"""ADD, SUB, MUL, MAXIMUM, MINIMUM and PRELU against TFLM."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from microinfer.builder import ModelBuilder

from support.data_movement import assert_agrees, assert_refused, values
from support.oracle import tflm  # noqa: F401
from support.scales import SEEDS, quantizations

ACTIVATIONS = ("NONE", "RELU", "RELU_N1_TO_1", "RELU6")
PLAIN = {"scale": 0.1, "zero_point": 3}


def model(
    operator: str,
    shapes: Any,
    dtype: str,
    quantization: Any,
    options: dict[str, Any] | None = None,
    target: Any = None,
) -> ModelBuilder:
    """`quantization` is that of both inputs and of the output; `target` another shape than the output's."""
    builder = ModelBuilder()
    first, second = (
        builder.input(shape, dtype, **arguments)
        for shape, arguments in zip(shapes.input_shapes, quantization, strict=False)
    )
    y = builder.tensor(shapes.result_shape if target is None else target, dtype, **quantization[2])
    builder.operator(operator, [first, second], [y], options)
    builder.output(y)
    return builder


def pairs(max_dims: int = 6) -> st.SearchStrategy[Any]:
    return mutually_broadcastable_shapes(num_shapes=2, min_dims=0, max_dims=max_dims, max_side=4)


@pytest.mark.parametrize("operator", ["ADD", "SUB", "MUL"])
@given(
    shapes=pairs(),
    dtype=st.sampled_from(["int8", "int8", "int16", "int32"]),
    activation=st.sampled_from(ACTIVATIONS),
    seed=SEEDS,
    data=st.data(),
)
def test_arithmetic(
    operator: str, shapes: Any, dtype: str, activation: str, seed: int, data: st.DataObject
) -> None:
    kinds = [data.draw(quantizations(dtype, -9.0, 2.0)) for _ in range(3)]
    if operator == "MUL":
        kinds[2] = data.draw(quantizations(dtype, -6.0, 6.0))
    builder = model(operator, shapes, dtype, kinds, {"fused_activation_function": activation})
    inputs = (values(seed + i, shape, dtype) for i, shape in enumerate(shapes.input_shapes))
    assert_agrees(builder, *inputs)


@pytest.mark.parametrize("operator", ["ADD", "SUB", "MUL"])
@given(kinds=st.tuples(*3 * [quantizations("int8", -20.0, 20.0)]), seed=SEEDS)
def test_extreme_scales(operator: str, kinds: Any, seed: int) -> None:
    """Scales whose ratio TFLM cannot express are refused by both, the others give the same bits."""
    shapes = _same((256,))
    builder = model(operator, shapes, "int8", kinds)
    largest = 2 * max(kinds[0]["scale"], kinds[1]["scale"])
    if operator != "MUL" and largest / ((1 << 20) * kinds[2]["scale"]) >= 1.0:
        assert_refused(builder, "expected more than 0 and less than 1", by_tflm=False)
    elif operator == "MUL" and kinds[0]["scale"] * kinds[1]["scale"] / kinds[2]["scale"] >= 2.0**15:
        return  # the left shift overflows an int32, which C leaves undefined
    else:
        assert_agrees(builder, values(seed, (256,), "int8"), values(seed + 1, (256,), "int8"))


@pytest.mark.parametrize("operator", ["MAXIMUM", "MINIMUM"])
@given(shapes=pairs(), dtype=st.sampled_from(["int8", "int16", "int32", "int64"]), seed=SEEDS, data=st.data())
def test_extrema(operator: str, shapes: Any, dtype: str, seed: int, data: st.DataObject) -> None:
    """Quantisation plays no part."""
    kinds = [data.draw(quantizations(dtype)) if dtype in ("int8", "int16") else {} for _ in range(3)]
    builder = model(operator, shapes, dtype, kinds)
    inputs = (values(seed + i, shape, dtype) for i, shape in enumerate(shapes.input_shapes))
    assert_agrees(builder, *inputs)


@given(shapes=pairs(4), constant=st.sampled_from([0, 1]), seed=SEEDS)
def test_a_constant_operand(shapes: Any, constant: int, seed: int) -> None:
    builder = ModelBuilder()
    arrays = [values(seed + i, shape, "int8") for i, shape in enumerate(shapes.input_shapes)]
    operands = [
        builder.constant(array, 0.05, -7) if i == constant else builder.input(array.shape, **PLAIN)
        for i, array in enumerate(arrays)
    ]
    builder.output(builder.add(*operands, scale=0.2, zero_point=1))
    assert_agrees(builder, arrays[1 - constant])


@given(
    shape=st.lists(st.integers(1, 5), min_size=1, max_size=4).map(tuple),
    shared=st.lists(st.booleans(), min_size=4, max_size=4),
    kinds=st.tuples(*3 * [quantizations("int8", -6.0, 3.0)]),
    seed=SEEDS,
)
def test_prelu(shape: tuple[int, ...], shared: list[bool], kinds: Any, seed: int) -> None:
    alpha_shape = tuple(1 if one else size for one, size in zip(shared, shape, strict=False))
    builder = ModelBuilder()
    x = builder.input(shape, **kinds[0])
    alpha = builder.constant(values(seed + 1, alpha_shape, "int8"), **kinds[1])
    builder.output(builder.prelu(x, alpha, **kinds[2]))
    assert_agrees(builder, values(seed, shape, "int8"))


class _Shapes:
    def __init__(self, first: Any, second: Any, result: Any) -> None:
        self.input_shapes, self.result_shape = (first, second), result


def _same(shape: tuple[int, ...]) -> _Shapes:
    return _Shapes(shape, shape, shape)


def test_refusals() -> None:
    kinds = [PLAIN, PLAIN, PLAIN]
    for shapes in (_Shapes((2, 3), (2,), (2, 3)), _Shapes((1, 3), (2, 1), (1, 3)), _Shapes((1,), (1,), (2,))):
        assert_refused(model("ADD", shapes, "int8", kinds), "do not broadcast", by_tflm=False)
    nine = (1,) * 9
    assert_refused(model("MAXIMUM", _same(nine), "int8", kinds), "9 dimensions", by_tflm=False)
    none: list[dict[str, Any]] = [{}, {}, {}]
    assert_refused(model("ADD", _same((2,)), "int8", none), "has no scale", by_tflm=False)
    assert_refused(model("SUB", _same((2,)), "int32", [PLAIN, {}, {}]), "with a scale, expected none")
    assert_refused(model("MUL", _same((2,)), "int64", none), "is int64", by_tflm=False)
    shifted = {"scale": 0.1, "zero_point": 1}
    assert_refused(model("MUL", _same((2,)), "int16", [shifted] * 3), "expected 0")
    mixed = ModelBuilder()
    operands = [mixed.input((2,), **PLAIN), mixed.input((2,), "int16", scale=0.1)]
    y = mixed.tensor((2,), **PLAIN)
    mixed.operator("MUL", operands, [y])
    mixed.output(y)
    assert_refused(mixed, "is int16, expected int8")
