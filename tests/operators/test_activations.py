"""LOGISTIC, TANH, RELU, RELU6, LEAKY_RELU and HARD_SWISH against TFLM, on every value of the input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder
from microinfer.kernels import exponential

from support.data_movement import assert_agrees, assert_refused
from support.oracle import Interpreter, tflm
from support.scales import quantizations, scales, zero_points

EVERY = {
    "int8": np.arange(-128, 128).astype(np.int8),
    "int16": np.arange(-32768, 32768, 7).astype(np.int16),
}
LOGISTIC = {"scale": 1 / 256, "zero_point": -128}
PLAIN = {"scale": 0.1, "zero_point": 3}


def model(
    operator: str,
    source: dict[str, Any],
    target: dict[str, Any],
    dtype: str = "int8",
    options: dict[str, Any] | None = None,
    shape: tuple[int, ...] | None = None,
) -> ModelBuilder:
    builder = ModelBuilder()
    x = builder.input(EVERY.get(dtype, EVERY["int8"]).shape, dtype, **source)
    y = builder.tensor(x.shape if shape is None else shape, dtype, **target)
    builder.operator(operator, [x], [y], options)
    builder.output(y)
    return builder


@given(source=quantizations("int8", -27.0, 8.0), zero_point=zero_points(), scale=scales())
def test_logistic(source: dict[str, Any], zero_point: int, scale: float) -> None:
    """The output's scale makes no difference."""
    assert_agrees(model("LOGISTIC", source, {"scale": scale, "zero_point": -128}), EVERY["int8"])


@given(source=quantizations("int8", -27.0, 8.0), target=quantizations())
def test_tanh(source: dict[str, Any], target: dict[str, Any]) -> None:
    """The output's quantisation makes no difference."""
    assert_agrees(model("TANH", source, target), EVERY["int8"])


@pytest.mark.parametrize("operator", ["LOGISTIC", "TANH"])
@given(scale=scales(-20.0, -3.0))
def test_int16_sigmoids(operator: str, scale: float) -> None:
    target = {"scale": 2.0**-15, "zero_point": 0}
    source = {"scale": scale, "zero_point": 0}
    assert_agrees(model(operator, source, target, "int16"), EVERY["int16"])


@pytest.mark.parametrize("operator", ["RELU", "RELU6"])
@given(dtype=st.sampled_from(["int8", "int16"]), data=st.data())
def test_relus(operator: str, dtype: str, data: st.DataObject) -> None:
    source, target = (data.draw(quantizations(dtype, -10.0, 4.0)) for _ in range(2))
    assert_agrees(model(operator, source, target, dtype), EVERY[dtype])


@given(
    dtype=st.sampled_from(["int8", "int16"]),
    alpha=st.floats(-4.0, 4.0, width=32) | st.sampled_from([0.0, 1.0, 2.0**-9]),
    data=st.data(),
)
def test_leaky_relu(dtype: str, alpha: float, data: st.DataObject) -> None:
    source, target = (data.draw(quantizations(dtype, -8.0, 4.0)) for _ in range(2))
    assert_agrees(model("LEAKY_RELU", source, target, dtype, {"alpha": alpha}), EVERY[dtype])


@given(source=quantizations("int8", -12.0, 5.0), target=quantizations("int8", -12.0, 5.0))
def test_elu(source: dict[str, Any], target: dict[str, Any]) -> None:
    assert_agrees(model("ELU", source, target), EVERY["int8"])


def test_float_elu() -> None:
    """As converters leave it, between DEQUANTIZE and QUANTIZE; the C library's last bit may differ."""
    builder = ModelBuilder()
    x = builder.input((256,), **PLAIN)
    real = builder.elu(builder.dequantize(x))
    builder.output(real, builder.quantize(real, scale=0.06, zero_point=-90))
    model = builder.build()
    expected = tflm(model, [EVERY["int8"]], outputs=2)
    interpreter = Interpreter(model)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], EVERY["int8"])
    interpreter.invoke()
    found = [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]
    np.testing.assert_array_max_ulp(found[0], expected[0], 1)
    np.testing.assert_array_equal(found[1], expected[1])


@given(dtype=st.sampled_from(["int8", "int16"]), same=st.booleans(), data=st.data())
def test_abs(dtype: str, same: bool, data: st.DataObject) -> None:
    source, target = (data.draw(quantizations(dtype, -10.0, 4.0)) for _ in range(2))
    if same:
        target = target | {"scale": source["scale"]}
    assert_agrees(model("ABS", source, target, dtype), EVERY[dtype])


@given(source=quantizations("int8", -20.0, 6.0), target=quantizations("int8", -20.0, 6.0))
def test_hard_swish(source: dict[str, Any], target: dict[str, Any]) -> None:
    builder = model("HARD_SWISH", source, target)
    fine = np.float32(source["scale"]) / np.float32(128.0)
    if float(fine / np.float32(target["scale"])) >= 1.0:
        assert_refused(builder, "expected at least 1/128")
    else:
        assert_agrees(builder, EVERY["int8"])


def test_refusals() -> None:
    assert_refused(model("LOGISTIC", PLAIN, PLAIN), "zero point 3, expected -128")
    for operator in ("LOGISTIC", "TANH", "RELU", "RELU6", "LEAKY_RELU", "HARD_SWISH"):
        target = LOGISTIC if operator == "LOGISTIC" else PLAIN
        assert_refused(model(operator, PLAIN, target, shape=(2,)), "as many elements", by_tflm=False)
        if operator not in ("TANH", "RELU6"):  # which do not look at it
            assert_refused(model(operator, PLAIN, {}), "has no scale", by_tflm=False)
        assert_refused(model(operator, {}, {}, "int32"), "is int32", by_tflm=False)
    assert_refused(model("RELU", {"scale": 0.1, "zero_point": 1}, PLAIN, "int16"), "zero point 1, expected 0")
    assert_refused(model("RELU", {"scale": 2.0**40}, {"scale": 2.0**-40}), "effective scale", by_tflm=False)


@pytest.mark.parametrize(("release", "expected"), [("2026-08", 7278), ("2026-10", 7279)])
def test_factors_of_older_and_newer_tflm(release: str, expected: int) -> None:
    """A tie that is none in float32, in which TFLM divided scales up to commit 90b983c2."""
    builder = model("RELU", {"scale": 1.0}, {"scale": 2.8284270763397217}, "int16")
    interpreter = Interpreter(builder.build(), release=release)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], EVERY["int16"])
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert found[EVERY["int16"] == 20586] == expected


def test_the_exponential_is_close_to_the_real_one() -> None:
    """Independently of TFLM: 5 integer bits, 26 fraction bits, relative to the largest value."""
    raw = -np.arange(0, 1 << 31, 1 << 18, dtype=np.int64)
    found = exponential.exp_on_negative_values(raw, 5) / 2.0**31
    assert np.abs(found - np.exp(raw / 2.0**26)).max() < 1e-6


def test_the_reciprocal_is_close_to_the_real_one() -> None:
    raw = np.arange(0, 1 << 31, 1 << 18, dtype=np.int64)
    assert np.abs(exponential.one_over_one_plus_x(raw) / 2.0**31 - 1 / (1 + raw / 2.0**31)).max() < 1e-8
