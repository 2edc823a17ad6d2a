"""LOGISTIC and TANH of inputs with scales too small for their arithmetic, and refusals beside them."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import pytest

from microinfer import Interpreter, ModelBuilder

from support.data_movement import assert_agrees, assert_refused
from support.oracle import tflm  # noqa: F401

NUMBERS = {"int8": np.arange(-128, 128, dtype=np.int8), "int16": np.arange(-300, 300, dtype=np.int16)}
SCALES = (1e-38, 1e-30, 1e-20, 1e-12, 2.0**-28, 2.0**-28.5, 2.0**-60, 2.0**-93)
COUNTED = {
    ("logistic", "int8"): 0x0D968558,
    ("logistic", "int16"): 0x86930D4B,
    ("tanh", "int8"): 0x0D968558,
    ("tanh", "int16"): 0xDD8BBAE2,
}
"""CRC-32 of what TFLM 90b983c2 makes of them at a scale of 1e-30 on a Cortex-M4 at -O2 under QEMU."""


def activation(function: str, dtype: str, scale: float) -> ModelBuilder:
    b = ModelBuilder("tiny")
    b.output(getattr(b, function)(b.input(NUMBERS[dtype].shape, dtype, scale=scale, zero_point=0)))
    return b


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(("function", "dtype"), COUNTED)
def test_tiny_scales_are_as_in_the_package(function: str, dtype: str, scale: float) -> None:
    assert_agrees(activation(function, dtype, scale), NUMBERS[dtype])


@pytest.mark.parametrize(("function", "dtype"), COUNTED)
def test_tiny_scales_are_as_counted_on_a_device(function: str, dtype: str) -> None:
    own = Interpreter(activation(function, dtype, 1e-30).build(), "cortex-m4")
    own.set_tensor(own.subgraph.inputs[0], NUMBERS[dtype])
    own.invoke()
    assert crc32(own.get_tensor(own.subgraph.outputs[0]).tobytes()) == COUNTED[function, dtype]


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_scales_along_another_dimension_are_refused(dtype: str) -> None:
    b = ModelBuilder("along")
    x = b.input((1, 4, 4, 3), dtype, scale=0.1, zero_point=0)
    w = b.constant(np.ones((3, 2, 2, 3), np.int8), scale=[0.1, 0.2, 0.3, 0.4][:2], quantized_dimension=1)
    b.output(b.transpose_conv(x, w, scale=0.1, zero_point=0))
    assert_refused(b, "scales along dimension 1")


def test_differences_of_int32_take_no_scale() -> None:
    b = ModelBuilder("difference")
    x = b.input((1, 4), "int32")
    y = b.tensor((1, 4), "int32", scale=0.1, zero_point=0)
    b.operator("SUB", [x, x], [y], {"fused_activation_function": 0})
    b.output(y)
    assert_refused(b, "int32 with a scale")
