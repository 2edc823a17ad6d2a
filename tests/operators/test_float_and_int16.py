"""Layers of float32 and of int16 data: the wheel's bits for drawn models, one type beside the other."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer import ModelBuilder, UnsupportedError

from support.oracle import Interpreter, tflm

SCALES = st.sampled_from([1e-6, 2.0**-15, 0.001, 0.01, 0.3])
ACTIVATIONS = st.sampled_from(["NONE", "RELU", "RELU6", "RELU_N1_TO_1"])
WINDOWS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
POOLS = ("AVERAGE_POOL_2D", "MAX_POOL_2D")


def drawn(g: np.random.Generator, shape: tuple[int, ...], dtype: str) -> Any:
    if dtype == "float32":
        found = g.normal(size=shape).astype(np.float32)
        found[g.random(shape) < 0.02] = g.choice([0.0, -0.0, np.inf, 1e30, 1e-42])
        return found
    ends = np.iinfo(dtype)
    return g.integers(ends.min, ends.max, shape, dtype, endpoint=True)


def same(model: bytes, *inputs: Any) -> Interpreter:
    interpreter = Interpreter(model)
    for detail, value in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert found.tobytes() == tflm(model, inputs)[0].tobytes()
    return interpreter


@pytest.mark.parametrize("dtype", ["float32", "int16"])
@pytest.mark.parametrize("name", WINDOWS)
@given(data=st.data())
def test_layers(name: str, dtype: str, data: Any) -> None:
    g = np.random.default_rng(data.draw(st.integers(0, 1 << 30)))
    channels, out = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 17))
    kernel = data.draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    dilation = data.draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    sides = [(k - 1) * d + data.draw(st.integers(1, 6)) for k, d in zip(kernel, dilation, strict=True)]
    groups = data.draw(st.sampled_from([g for g in (1, 2, 3) if channels % g == 0]))
    real = dtype == "float32"
    b = ModelBuilder()
    scale = None if real else data.draw(SCALES)
    x = b.input((data.draw(st.integers(1, 2)), *sides, channels), dtype, scale=scale)
    multiplier = data.draw(st.integers(1, 3))
    shape, axis, count = {
        "CONV_2D": ((out * groups, *kernel, channels // groups), 0, out * groups),
        "DEPTHWISE_CONV_2D": ((1, *kernel, channels * multiplier), 3, channels * multiplier),
        "FULLY_CONNECTED": ((out, channels), 0, out),
    }[name]
    scales = None
    if not real:
        many = data.draw(st.booleans())
        scales = g.uniform(0.001, 0.02, count if many else 1).astype(np.float32)
    w = b.constant(drawn(g, shape, "float32" if real else "int8"), scales, quantized_dimension=axis)
    kinds = ["float32"] if real else ["int64"] if name == "DEPTHWISE_CONV_2D" else ["int64", "int32"]
    bias = None
    if data.draw(st.booleans()):
        kind = data.draw(st.sampled_from(kinds))
        values = drawn(g, (count,), kind) if kind != "int64" else g.integers(-(1 << 40), 1 << 40, count)
        bias_scale = None if real else np.float32(x.scale) * np.asarray(w.scales, np.float32)
        bias = b.constant(values, bias_scale, dtype=kind)
    options: dict[str, Any] = {"activation": data.draw(ACTIVATIONS)}
    if not real:
        options["scale"] = float(
            x.scale * float(np.max(scales)) * data.draw(st.sampled_from([1.0, 40.0, 3e4]))
        )
        if options["scale"] < 6 * 2.0**-31:
            options["activation"] = "NONE"
    if name != "FULLY_CONNECTED":
        options |= {"strides": data.draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))}
        options |= {"padding": data.draw(st.sampled_from(["SAME", "VALID"])), "dilation": dilation}
    layer: Callable[..., Any] = getattr(b, name.lower())
    b.output(layer(x, w, bias, **options))
    same(b.build(), drawn(g, x.shape, dtype))


@pytest.mark.parametrize("dtype", ["float32", "int16"])
@pytest.mark.parametrize("name", POOLS)
@given(data=st.data())
def test_pools(name: str, dtype: str, data: Any) -> None:
    g = np.random.default_rng(data.draw(st.integers(0, 1 << 30)))
    kernel = data.draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    sides = [k + data.draw(st.integers(0, 5)) for k in kernel]
    b = ModelBuilder()
    scale = None if dtype == "float32" else data.draw(SCALES)
    x = b.input((data.draw(st.integers(1, 2)), *sides, data.draw(st.integers(1, 20))), dtype, scale=scale)
    layer: Callable[..., Any] = getattr(b, name.lower())
    strides = data.draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    padding = data.draw(st.sampled_from(["SAME", "VALID"]))
    b.output(layer(x, kernel, strides=strides, padding=padding, activation=data.draw(ACTIVATIONS)))
    same(b.build(), drawn(g, x.shape, dtype))


UNARY: dict[str, Callable[[ModelBuilder, Any], Any]] = {
    "HARD_SWISH": lambda b, x: b.hard_swish(x),
    "LEAKY_RELU": lambda b, x: b.leaky_relu(x, -0.3),
    "LOGISTIC": lambda b, x: b.logistic(x),
    "MEAN": lambda b, x: b.mean(x, (1, 2)),
    "MEAN of other axes": lambda b, x: b.mean(x, (0, 3)),
    "RELU": lambda b, x: b.relu(x),
    "RELU6": lambda b, x: b.relu6(x),
    "SOFTMAX": lambda b, x: b.softmax(x, beta=0.7),
    "SUM": lambda b, x: b.sum(x, (1,)),
    "TANH": lambda b, x: b.tanh(x),
}
BINARY = ("add", "sub", "mul", "maximum", "minimum")


C_LIBRARY = {"LOGISTIC", "SOFTMAX", "TANH"}
"""Compiled kernels call the C library's float32 functions; Python's own are those of float64, rounded."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name,
            marks=pytest.mark.skipif(
                name in C_LIBRARY and bool(os.environ.get("NUMBA_DISABLE_JIT")),
                reason="without numba's compiler exponentials are not the C library's",
            ),
        )
        for name in UNARY
    ],
)
@given(seed=st.integers(0, 1 << 30), spread=st.sampled_from([0.1, 3.0, 30.0]))
def test_one_real_input(name: str, seed: int, spread: float) -> None:
    """Exponentials and tangents come from this computer's C library, here and in the wheel."""
    g = np.random.default_rng(seed)
    b = ModelBuilder()
    x = b.input((int(g.integers(1, 3)), 3, 2, int(g.integers(1, 8))), "float32")
    b.output(UNARY[name](b, x))
    same(b.build(), (g.normal(size=x.shape) * spread).astype(np.float32))


@pytest.mark.parametrize("name", BINARY)
@given(seed=st.integers(0, 1 << 30), activation=ACTIVATIONS)
def test_two_real_inputs(name: str, seed: int, activation: str) -> None:
    g = np.random.default_rng(seed)
    b = ModelBuilder()
    x = b.input((2, 3, 4), "float32")
    y = b.input([(2, 3, 4), (4,), (1, 3, 1), (2, 1, 4)][int(g.integers(4))], "float32")
    options = {"activation": activation} if name in ("add", "sub", "mul") else {}
    b.output(getattr(b, name)(x, y, **options))
    same(b.build(), drawn(g, x.shape, "float32"), drawn(g, y.shape, "float32"))


def test_a_factor_that_a_wide_sum_does_not_take_is_refused() -> None:
    b = ModelBuilder()
    x = b.input((1, 4), "int16", scale=1.0)
    w = b.constant(np.ones((2, 4), np.int8), 1.0)
    b.output(b.fully_connected(x, w, scale=2.0**-9))
    with pytest.raises(UnsupportedError, match="asserts"):
        Interpreter(b.build())


def test_an_int32_bias_makes_sums_wrap() -> None:
    b = ModelBuilder()
    x = b.input((1, 1024), "int16", scale=1.0)
    w = b.constant(np.full((2, 1024), 127, np.int8), 1.0)
    bias = b.constant(np.zeros(2, np.int32), 1.0)
    b.output(b.fully_connected(x, w, bias, scale=2.0**17))
    interpreter = same(b.build(), np.full((1, 1024), 32767, np.int16))
    wrapped = (32767 * 127 * 1024 + (1 << 31)) % (1 << 32) - (1 << 31)
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert abs(int(found[0, 0]) - wrapped / 2**17) <= 1
