"""LOGISTIC and TANH of inputs with scales too small for their arithmetic, and refusals beside them."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import pytest

from microinfer import Interpreter, ModelBuilder, check

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
ON_A_RISC_V = 0x0B969396
"""CRC-32 of what TFLM 90b983c2 makes of them at a scale of 1e-30 under QEMU: Cortex-M4 and M3 at -O2, Cortex-
M0+ at -O2, -O3 and -Os; and of int8 on RV32IMC at -O2."""


def activation(function: str, dtype: str, scale: float) -> ModelBuilder:
    b = ModelBuilder("tiny")
    b.output(getattr(b, function)(b.input(NUMBERS[dtype].shape, dtype, scale=scale, zero_point=0)))
    return b


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(("function", "dtype"), COUNTED)
def test_tiny_scales_are_as_in_the_package(function: str, dtype: str, scale: float) -> None:
    assert_agrees(activation(function, dtype, scale), NUMBERS[dtype])


@pytest.mark.parametrize("part", ["cortex-m4", "cortex-m0plus", "esp32-c3"])
@pytest.mark.parametrize(("function", "dtype"), COUNTED)
def test_tiny_scales_are_as_counted_on_a_device(function: str, dtype: str, part: str) -> None:
    own = Interpreter(activation(function, dtype, 1e-30).build(), part, library="tflm-reference")
    own.set_tensor(own.subgraph.inputs[0], NUMBERS[dtype])
    own.invoke()
    wanted = ON_A_RISC_V if (part, dtype) == ("esp32-c3", "int8") else COUNTED[function, dtype]
    assert crc32(own.get_tensor(own.subgraph.outputs[0]).tobytes()) == wanted
    assert not [said for said in own.report().warnings if "C leaves" in said]


@pytest.mark.parametrize("scale", [2.0**-60, 2.0**-91.5, 2.0**-59.5])
def test_a_risc_v_makes_2_to_the_32_and_1_of_no_shift(scale: float) -> None:
    """As counted on RV32IMC: its library shifts 64 bits by 32 and more as by none, and carries a bit."""
    own = Interpreter(activation("logistic", "int8", scale).build(), "esp32-c3", library="tflm-reference")
    own.set_tensor(own.subgraph.inputs[0], NUMBERS["int8"])
    own.invoke()
    assert crc32(own.get_tensor(own.subgraph.outputs[0]).tobytes()) == 0xBE558CE9


def test_a_part_of_which_it_is_not_known_is_named() -> None:
    b = activation("tanh", "int8", 1e-30)
    own = Interpreter(b.build(), "esp32-s3")
    own.invoke()
    assert [said for said in own.report().warnings if "shift by a negative number of bits; C leaves" in said]
    assert "left-open" in {found.rule for found in check(b.build(), "esp32-s3").findings}
    assert "left-open" not in {found.rule for found in check(b.build(), "cortex-m4").findings}


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
