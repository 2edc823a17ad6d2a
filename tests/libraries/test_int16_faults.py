"""Where CMSIS-NN's layers of int16 data do something else than the reference: each rule and its edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from microinfer import ModelBuilder
from microinfer.libraries.library import kernel_library
from microinfer.libraries.target import load_core
from microinfer.model.read import load
from microinfer.operators.prepare import prepare

SCALE = 2.0**-12


def said(model: bytes, core: str = "cortex-m4") -> str:
    (step,) = prepare(load(model))
    kernel = kernel_library("tflm-cmsis-nn").kernels[step.name]
    return "; ".join(fault.text for fault in kernel.faults(step, step.geometry, load_core(core)))


def layer(
    taps: int = 8,
    outputs: int = 2,
    pixels: int = 2,
    bias: str | None = "int64",
    weight: int = 1,
    groups: int = 1,
    scale: float = 1.0,
    rows: bool = False,
    **options: Any,
) -> bytes:
    b = ModelBuilder()
    w = np.full((outputs, taps) if rows else (outputs, 1, 1, taps), weight, np.int8)
    x = b.input((pixels, taps) if rows else (1, 1, pixels, taps * groups), "int16", scale=SCALE)
    weights = b.constant(w, 0.01)
    constant = None if bias is None else b.constant(np.zeros(outputs), SCALE * 0.01, dtype=bias)
    if rows:
        b.output(b.fully_connected(x, weights, constant, scale=scale))
        return b.build()
    y = b.tensor((1, 1, pixels, outputs), "int16", scale, 0)
    settings = {"padding": "VALID", "stride_w": 1, "stride_h": 1, **options}
    inputs = [x, weights] if constant is None else [x, weights, constant]
    b.operator("CONV_2D", inputs, [y], settings)
    b.output(y)
    return b.build()


def test_a_plain_convolution_has_none() -> None:
    for bias in ("int64", "int32"):
        for pixels in (1, 2, 3):
            for core in ("cortex-m0plus", "cortex-m4", "cortex-m55"):
                assert not said(layer(bias=bias, pixels=pixels), core)


def test_softmax_of_long_rows() -> None:
    for count, told in ((8, False), (9, True)):
        b = ModelBuilder()
        b.output(b.softmax(b.input((2, count), "int16", scale=SCALE)))
        assert ("below a power of two" in said(b.build())) == told


def test_groups() -> None:
    assert "knows no groups, here are 2" in said(layer(groups=2))
    assert "knows no groups" in said(layer(groups=2), "cortex-m55")


def test_no_bias_is_summed_in_32_bits() -> None:
    assert "without a bias in 32 bits" in said(layer(bias=None))
    assert "can wrap" in said(layer(bias=None, taps=600, weight=127))
    assert "can wrap" not in said(layer(bias=None))
    assert not said(layer(bias=None, quantized_bias_type="int32"))


@pytest.mark.parametrize(("taps", "outputs", "wrong"), [(513, 3, True), (513, 2, False), (516, 3, False),
                                                        (511, 3, False)])  # fmt: skip
def test_the_last_channel(taps: int, outputs: int, wrong: bool) -> None:
    assert ("products too many" in said(layer(taps, outputs))) is wrong
    for core in ("cortex-m0plus", "cortex-m55"):
        assert "too many" not in said(layer(taps, outputs), core)
    assert "too many" not in said(layer(taps, outputs, bias="int32"))


def test_sums_of_32_bits() -> None:
    """Of a last pixel all products, else the first 512, which only the least weights can make overflow."""
    far = {"taps": 600, "weight": 127}
    assert "the last of an odd number of pixels in 32 bits, and they can reach 2,496,921,600" in said(
        layer(pixels=3, **far)
    )
    assert not said(layer(pixels=2, **far))
    assert not said(layer(pixels=3, **far), "cortex-m55")
    assert "the first 512 products in 32 bits" in said(layer(pixels=2, taps=600, weight=-128))


def test_scaled_sums() -> None:
    assert not said(layer(scale=2.0**-19))
    assert "twice a scaled sum in 32 bits" in said(layer(taps=512, weight=100, scale=2.0**-19))


def test_rows() -> None:
    assert not said(layer(rows=True))
    assert "reads the int32 bias" in said(layer(rows=True, bias="int32"))
    assert "the first 512 products" in said(layer(rows=True, taps=600, weight=-128))
    assert not said(layer(rows=True, taps=600, weight=-128), "cortex-m0plus")


def test_hidden_state_of_an_lstm() -> None:
    g = np.random.default_rng(1)

    def made(zero_point: int, bias: int) -> bytes:
        b = ModelBuilder()
        x = b.input((1, 2, 3), "int16", scale=2.0**-13)
        weights = [g.integers(-127, 128, (4, 3), np.int8) for _ in range(4)]
        recurrent = [g.integers(-127, 128, (4, 4), np.int8) for _ in range(4)]
        biases = [np.full(4, bias, np.int64) for _ in range(4)]
        scales: Any = {"input_weight_scales": [0.001] * 4, "recurrent_weight_scales": [0.001] * 4}
        b.output(
            b.unidirectional_sequence_lstm(
                x, weights, recurrent, biases, **scales, scale=2.0**-15, zero_point=zero_point
            )
        )
        return b.build()

    assert "empty state" in said(made(0, 0))
    assert "first step" not in said(made(0, 0))
    assert "takes its zero for -3" in said(made(3, 0))
    assert "MVE keeps bias and sum" in said(made(0, 1 << 31), "cortex-m55")
    assert "MVE" not in said(made(0, 1 << 31))
