"""QUANTIZE and DEQUANTIZE against TFLM."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from microinfer.builder import ModelBuilder

from support.data_movement import assert_agrees, assert_refused, values
from support.oracle import Interpreter, tflm  # noqa: F401
from support.scales import SEEDS, scales, zero_points

REQUANTIZE = [
    *(("int8", target) for target in ("int8", "uint8", "int16", "int32")),
    ("uint8", "int8"),
    *(("int16", target) for target in ("int8", "int16", "int32")),
    *(("int32", target) for target in ("int8", "int16")),
]


def model(
    shape: tuple[int, ...],
    dtypes: tuple[str, str],
    source: dict[str, Any],
    target: dict[str, Any],
    operator: str = "QUANTIZE",
    target_shape: tuple[int, ...] | None = None,
) -> ModelBuilder:
    builder = ModelBuilder()
    x = builder.input(shape, dtypes[0], **source)
    y = builder.tensor(shape if target_shape is None else target_shape, dtypes[1], **target)
    builder.operator(operator, [x], [y])
    builder.output(y)
    return builder


@given(
    dtype=st.sampled_from(["int8", "int16"]),
    scale=scales(-20.0, 8.0),
    shift=st.integers(-3, 24),
    seed=SEEDS,
    data=st.data(),
)
def test_floats(dtype: str, scale: float, shift: int, seed: int, data: st.DataObject) -> None:
    """Halves of steps, which round away from zero, among numbers of any size that fits an int32."""
    generator = np.random.default_rng(seed)
    halves = generator.integers(-600, 600, 200) * (scale / 2)
    others = generator.standard_normal(200) * scale * 2.0**shift
    x = np.concatenate([halves, others, np.nextafter(halves, 0), [0.0, -0.0]]).astype(np.float32)
    zero_point = data.draw(zero_points(dtype))
    builder = model(x.shape, ("float32", dtype), {}, {"scale": scale, "zero_point": zero_point})
    assert_agrees(builder, x)


@given(dtypes=st.sampled_from(REQUANTIZE), equal=st.booleans(), seed=SEEDS, data=st.data())
def test_integers(dtypes: tuple[str, str], equal: bool, seed: int, data: st.DataObject) -> None:
    source, target = (
        {
            "scale": data.draw(scales(-10.0, 4.0)),
            "zero_point": data.draw(zero_points("int16" if dtype == "int32" else dtype)),
        }
        for dtype in dtypes
    )
    if equal:
        target["scale"] = source["scale"]
    shape = (7, 40)
    assert_agrees(model(shape, dtypes, source, target), values(seed, shape, dtypes[0]))


@given(
    dtype=st.sampled_from(["int8", "uint8", "int16"]), scale=scales(-140.0, 100.0), seed=SEEDS, data=st.data()
)
def test_dequantize(dtype: str, scale: float, seed: int, data: st.DataObject) -> None:
    source = {"scale": scale, "zero_point": data.draw(zero_points(dtype))}
    builder = model((300,), (dtype, "float32"), source, {}, "DEQUANTIZE")
    assert_agrees(builder, values(seed, (300,), dtype))


def test_what_no_int32_holds_is_converted_as_a_cortex_m_does() -> None:
    """`vcvt.s32.f32` saturates and makes 0 of NaN; adding the zero point then wraps."""
    x = np.array([np.inf, -np.inf, np.nan, 1e30, -1e30, 2.0**31, -(2.0**31)], np.float32)
    for zero_point, expected in (
        (0, [127, -128, 0, 127, -128, 127, -128]),
        (5, [-128, -128, 5, -128, -128, -128, -128]),
        (-5, [127, 127, -5, 127, 127, 127, 127]),
    ):
        target = {"scale": 1.0, "zero_point": zero_point}
        interpreter = Interpreter(model(x.shape, ("float32", "int8"), {}, target).build(), "cortex-m4")
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
        interpreter.invoke()
        assert_array_equal(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]), expected)


def test_refusals() -> None:
    plain = {"scale": 0.1}
    assert_refused(model((2,), ("float32", "uint8"), {}, plain), "is uint8", by_tflm=False)
    assert_refused(model((2,), ("float32", "int8"), {}, {}), "has no scale")
    assert_refused(model((2,), ("bool", "int8"), {}, plain), "is bool")
    assert_refused(model((2,), ("int8", "int8"), plain, plain, target_shape=(3,)), "elements", by_tflm=False)
    assert_refused(model((2,), ("float32", "int8"), {}, {"scale": [0.1, 0.2]}), "2 scales, expected one")
    assert_refused(model((2,), ("int32", "float32"), plain, {}, "DEQUANTIZE"), "is int32")
    assert_refused(model((2,), ("int8", "int8"), plain, plain, "DEQUANTIZE"), "expected float32")
