"""Networks that the builder writes have the bits and the layout that runtimes want."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microinfer.builder import Handle, ModelBuilder, quantize_weights
from microinfer.errors import InputError
from microinfer.model.read import load

from conftest import EXAMPLES


@st.composite
def networks(draw: st.DrawFn) -> tuple[bytes, tuple[int, ...], tuple[int, ...]]:
    """A chain of random operators over NHWC; the bytes, the input's shape and the output's."""
    rng = np.random.default_rng(draw(st.integers(0, 1 << 32)))
    b = ModelBuilder("chain")
    shape = (1, *(draw(st.integers(2, 6)) for _ in range(3)))
    x = b.input(shape, scale=0.1, zero_point=draw(st.integers(-128, 127)))
    out = {"scale": 0.2, "zero_point": draw(st.integers(-128, 127))}
    pads = st.tuples(st.integers(0, 2), st.integers(0, 2))
    for _ in range(draw(st.integers(1, 6))):
        channels, few = x.shape[3], draw(st.integers(1, 3))
        window, padding = (draw(st.integers(1, 3)), draw(st.integers(1, 3))), "SAME"
        high, wide = draw(pads), draw(pads)
        kinds: list[Callable[[Handle], Handle]] = [
            lambda x, k=window, f=few, c=channels: b.conv_2d(
                x, rng.normal(size=(f, *k, c)), rng.normal(size=f), strides=f, **out
            ),
            lambda x, k=window, f=few, c=channels: b.depthwise_conv_2d(
                x, rng.normal(size=(1, *k, c * f)), rng.normal(size=c * f), dilation=f, **out
            ),
            lambda x, k=window, p=padding: b.max_pool_2d(x, k, strides=1, padding=p),
            lambda x, k=window, p=padding: b.average_pool_2d(x, k, padding=p),
            lambda x, p=high, q=wide: b.pad(x, [(0, 0), p, q, (0, 0)]),
            lambda x: b.add(x, x, activation="RELU6", **out),
            lambda x: b.transpose(x, (0, 2, 3, 1)),
            lambda x: b.concatenation([x, x], 3),
            lambda x: b.resize_nearest_neighbor(x, (3, 4)),
            lambda x: b.mean(x, (1, 2), keep_dims=True, **out),
            lambda x: b.reshape(b.logistic(x), (1, 1, -1, x.shape[3])),
            lambda x: b.expand_dims(b.squeeze(x, (0,)), 0),
        ]
        x = draw(st.sampled_from(kinds))(x)
    b.output(x)
    return b.build(), shape, x.shape


@given(networks(), st.integers(0, 1 << 32))
@settings(max_examples=EXAMPLES)
def test_random_networks_have_tflms_bits(
    case: tuple[bytes, tuple[int, ...], tuple[int, ...]], seed: int
) -> None:
    pytest.importorskip("tflite_micro", reason="tflite-micro has wheels for Linux on x86-64 only")
    from support.oracle import Interpreter, tflm

    model, shape, wanted = case
    loaded = load(model)
    assert loaded.warnings == ()
    value = np.random.default_rng(seed).integers(-128, 128, shape).astype(np.int8)
    (expected,) = tflm(model, [value])
    assert expected.shape == wanted
    interpreter = Interpreter(loaded)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], value)
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_array_equal(found, expected)


def test_weights_are_quantised_as_tensorflow_lite_does_it() -> None:
    stored, scale = quantize_weights([[1.0, -2.0], [0.5, 0.25], [0.0, 0.0]], axis=0)
    np.testing.assert_array_equal(stored, [[64, -127], [127, 64], [0, 0]])
    np.testing.assert_array_equal(scale, np.array([2 / 127, 0.5 / 127, 1.0], np.float32))
    stored, scale = quantize_weights([[1.0, -2.0], [0.5, 0.25]])
    assert scale.shape == (1,)
    assert stored.min() == -127


def test_what_is_no_number_is_not_written() -> None:
    b = ModelBuilder()
    x = b.input((1, 2), scale=0.5)
    with pytest.raises(InputError, match="weights: has values that are not finite"):
        b.fully_connected(x, np.array([[np.nan, 1.0]]), scale=1.0)
    with pytest.raises(InputError, match="FULLY_CONNECTED: bias: has values that are not finite"):
        b.fully_connected(x, np.array([[1.0, 1.0]]), [np.inf], scale=1.0)


def test_a_bias_of_real_numbers_takes_input_scale_times_weight_scale() -> None:
    b = ModelBuilder()
    x = b.input((1, 2), scale=0.5)
    b.output(b.fully_connected(x, np.array([[4, 2]], np.int8), [1.0], weight_scale=0.25, scale=1.0))
    bias = load(b.build()).subgraphs[0].tensors[2]
    assert (bias.dtype, bias.scale, None if bias.data is None else bias.data.tolist()) == (
        "int32",
        0.125,
        [8],
    )


def test_files_are_laid_out_as_runtimes_want_them() -> None:
    b = ModelBuilder("two")
    x = b.input((1, 4), scale=1.0)
    for _ in range(2):
        x = b.add(x, b.constant(np.ones(4, np.int8), 1.0), scale=1.0)
    b.output(x)
    data = b.build()
    assert data[4:8] == b"TFL3"
    model = load(data)
    assert model.operator_codes == (("ADD", 2),)
    for tensor in model.subgraphs[0].tensors:
        if tensor.data is not None:
            assert (tensor.data.ctypes.data - np.frombuffer(data, np.uint8).ctypes.data) % 16 == 0
