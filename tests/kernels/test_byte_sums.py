"""ADD, SUB and MUL of int8, 64 elements at once: taken where they can be, with portable bits and TFLM's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from microinfer.builder import ModelBuilder
from microinfer.errors import ModelError
from microinfer.kernels import byte_sums
from microinfer.kernels._processor import SWITCH, has_dot_products
from microinfer.operators.dot_products import fast_pairs

from support.oracle import Interpreter, tflm
from support.strategies import activations, generators, int8_values, scales, zero_points

pytestmark = pytest.mark.skipif(
    not has_dot_products(), reason="no dot products of bytes here, or switched off"
)

POWERS = st.integers(-8, 4).map(lambda power: 2.0**power)


def _shifts(interpreter: Interpreter) -> list[int]:
    """To the right, of the factors that are not one half; the portable run's arguments have them."""
    arguments = interpreter._runs[0].arguments  # type: ignore[attr-defined]
    factors = [tuple(arguments[at : at + 2]) for at in (6, 9, 12)]
    inputs = [factor for factor in factors[:2] if factor != (1 << 30, 0)]
    return [shift for _, shift in (*inputs, factors[2])]


@given(
    operator=st.sampled_from(("add", "sub")),
    size=st.one_of(st.integers(64, 400), st.sampled_from((1, 63, 64, 65, 128))),
    input_scales=st.tuples(*[st.one_of(scales(1e-4), POWERS)] * 2),
    same=st.booleans(),
    output_scale=st.one_of(scales(1e-3, 8.0), POWERS),
    offsets=st.tuples(*[zero_points] * 3),
    activation=activations,
    generator=generators,
)
def test_random_sums(
    operator: str,
    size: int,
    input_scales: tuple[float, float],
    same: bool,
    output_scale: float,
    offsets: tuple[int, int, int],
    activation: str,
    generator: np.random.Generator,
) -> None:
    builder = ModelBuilder()
    x1 = builder.input((1, size), scale=input_scales[0], zero_point=offsets[0])
    x2 = builder.input((1, size), scale=input_scales[0 if same else 1], zero_point=offsets[1])
    make = getattr(builder, operator)
    try:
        y = make(x1, x2, scale=output_scale, zero_point=offsets[2], activation=activation)
        builder.output(y)
        model = builder.build()
        Interpreter(model)
    except ModelError:
        assume(False)
    values = [int8_values(generator, (1, size)) for _ in range(2)]
    found, names = [], []
    for switch in ("on", "off"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(SWITCH, switch)
            interpreter = Interpreter(model)
        names.append(interpreter._runs[0].kernel.name)  # type: ignore[attr-defined]
        for detail, value in zip(interpreter.get_input_details(), values, strict=True):
            interpreter.set_tensor(detail["index"], value)
        interpreter.invoke()
        found.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
    fast = size >= byte_sums.LEAST and min(_shifts(interpreter)) > 0
    wanted = "byte_sums.subtract" if operator == "sub" else "byte_sums.add"
    assert names[0].startswith(wanted if fast else "arithmetic.add")
    assert names[1] == "arithmetic.add"
    assert_array_equal(found[0], found[1])
    assert_array_equal(found[0], tflm(model, values)[0])


def _products(
    scale: float, offsets: tuple[int, int, int], activation: str, values: list[np.ndarray]
) -> tuple[bytes, list[np.ndarray], list[str], int]:
    """A model of MUL, its outputs with vectors and without, the kernels' names, and TFLM's shift."""
    builder = ModelBuilder()
    size = values[0].shape[1]
    x1, x2 = (builder.input((1, size), scale=0.5, zero_point=zero) for zero in offsets[:2])
    y = builder.mul(x1, x2, scale=0.25 / scale, zero_point=offsets[2], activation=activation)
    builder.output(y)
    model = builder.build()
    found, names = [], []
    for switch in ("on", "off"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(SWITCH, switch)
            interpreter = Interpreter(model)
        names.append(interpreter._runs[0].kernel.name)  # type: ignore[attr-defined]
        for detail, value in zip(interpreter.get_input_details(), values, strict=True):
            interpreter.set_tensor(detail["index"], value)
        interpreter.invoke()
        found.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
    shift = interpreter._runs[0].arguments[7]  # type: ignore[attr-defined]
    return model, found, names, shift


@given(
    size=st.one_of(st.integers(64, 400), st.sampled_from((1, 63, 64, 65, 2047, 2048, 2100))),
    scale=st.one_of(scales(1e-4), POWERS),
    offsets=st.tuples(*[zero_points] * 3),
    activation=activations,
    generator=generators,
)
def test_random_products(
    size: int, scale: float, offsets: tuple[int, int, int], activation: str, generator: np.random.Generator
) -> None:
    values = [int8_values(generator, (1, size)) for _ in range(2)]
    try:
        model, found, names, shift = _products(scale, offsets, activation, values)
    except ModelError:
        assume(False)
    if size < byte_sums.LEAST or shift >= 0:
        assert names[0] == "arithmetic.multiply"
    elif size < byte_sums.MANY:
        assert names[0] == "byte_sums.multiply"
    else:
        assert names[0] in ("byte_sums.multiply", "byte_sums.multiply_real")
    assert names[1] == "arithmetic.multiply"
    assert_array_equal(found[0], found[1])
    assert_array_equal(found[0], tflm(model, values)[0])


@pytest.mark.parametrize("scale", [0.0078, 0.0110484, 0.31, 2.0**-7, 3.0 * 2.0**-9])
def test_every_product_of_bytes(scale: float) -> None:
    """By real scales, over all pairs of values, and by multipliers, row by row. A power of two has no real
    scale: it meets too many halves."""
    pairs = np.mgrid[-128:128, -128:128].astype(np.int8)
    many = [np.ascontiguousarray(x).reshape(1, -1) for x in pairs]
    model, found, names, _ = _products(scale, (-3, 11, 5), "NONE", many)
    assert names[0] == ("byte_sums.multiply" if scale == 2.0**-7 else "byte_sums.multiply_real")
    expected = tflm(model, many)[0]
    assert_array_equal(found[0], expected)
    rows = expected.reshape(256, 256)
    for row in range(0, 256, 51):
        few = [np.ascontiguousarray(x[row]).reshape(1, -1) for x in pairs]
        _, found, names, _ = _products(scale, (-3, 11, 5), "NONE", few)
        assert names[0] == "byte_sums.multiply"
        assert_array_equal(found[0][0], rows[row])


def test_every_pair_of_bytes() -> None:
    """Both inputs over all 256 values, with one factor that is one half and one that is not, and with two."""
    x1, x2 = (np.ascontiguousarray(a, np.int8).reshape(-1) for a in np.mgrid[-128:128, -128:128])
    for second in (0.5, 0.37, 1.0):
        builder = ModelBuilder()
        a = builder.input((1, 1 << 16), scale=1.0, zero_point=-3)
        b = builder.input((1, 1 << 16), scale=second, zero_point=11)
        builder.output(builder.sub(a, b, scale=1.7, zero_point=5))
        model = builder.build()
        interpreter = Interpreter(model)
        for detail, value in zip(interpreter.get_input_details(), (x1, x2), strict=True):
            interpreter.set_tensor(detail["index"], value.reshape(1, -1))
        interpreter.invoke()
        found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
        assert_array_equal(found, tflm(model, [x1.reshape(1, -1), x2.reshape(1, -1)])[0])


def test_what_is_left_to_the_portable_kernel() -> None:
    memory = np.zeros(400, np.int8)
    x, y = memory[:100], memory[200:300]
    good = (1, 20, 0, 1 << 30, 0, 0, 1 << 30, 5, 0, 1 << 30, 3, -128, 127)
    assert fast_pairs("add", good, [x, x], y) is not None
    assert fast_pairs("add", good, [y, x], y) is not None
    assert fast_pairs("add", good, [x, memory[190:290]], y) is None
    assert fast_pairs("add", good, [x[:63], x[:63]], y[:63]) is None
    assert fast_pairs("add", (1, 21, *good[2:]), [x, x], y) is None
    assert fast_pairs("add", (-1, *good[1:]), [x, x], y) != fast_pairs("add", good, [x, x], y)
    assert fast_pairs("add", (1, 20, 0, 1 << 30, 1, *good[5:]), [x, x], y) is None
    assert fast_pairs("add", (*good[:7], 0, *good[8:]), [x, x], y) is not None
    assert fast_pairs("add", (*good[:6], (1 << 30) + 1, 0, *good[8:]), [x, x], y) is None
    assert fast_pairs("add", (*good[:10], 0, *good[11:]), [x, x], y) is None
    product = (3, -5, 7, 1 << 30, -4, -128, 127)
    assert fast_pairs("multiply", product, [x, x], y) is not None
    assert fast_pairs("multiply", product, [x, memory[190:290]], y) is None
    assert fast_pairs("multiply", (*product[:4], 0, *product[5:]), [x, x], y) is None
    assert fast_pairs("squared_difference", product, [x, x], y) is None
