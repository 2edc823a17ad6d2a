"""QUANTIZE of floats beyond int32, infinities and no numbers: as TFLM's package, and on a Cortex-M."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import pytest

from microinfer import Interpreter, ModelBuilder, check

from support.data_movement import assert_agrees
from support.oracle import tflm  # noqa: F401

VALUES = np.array(
    [0.5, -0.5, 127.9, 128.4, -129.2, 300.7, -300.7, 40000.3, -40000.3, 2147483520.0, 2147483648.0,
     -2147483648.0, -2147483904.0, 3e9, -3e9, 4294967296.0, 1e10, -1e10, 1e19, -1e19, 1e30, -1e30, np.inf,
     -np.inf, np.nan, 1e38, 0.49999997],
    np.float32,
)  # fmt: skip
COUNTED = {
    ("int8", 0): 0x906ED361,
    ("int8", -1): 0x5B6495E3,
    ("int8", 1): 0xE264F621,
    ("int16", 0): 0xE4C46E9A,
    ("int16", -1): 0xE9E03C53,
    ("int16", 1): 0x3C1E36B0,
}
"""CRC-32 of what TFLM 90b983c2 makes of them under QEMU, by GNU Arm 12.2.1: Cortex-M4 at -O2, -O3 and -Os,
and Cortex-M33 at -O2, all the same."""


def quantizing(dtype: str, zero_point: int) -> ModelBuilder:
    b = ModelBuilder("quantize")
    b.output(b.quantize(b.input(VALUES.shape, "float32"), dtype, scale=1.0, zero_point=zero_point))
    return b


@pytest.mark.parametrize(("dtype", "zero_point"), [*COUNTED, ("int8", -128), ("int8", 127)])
def test_floats_beyond_int32_end_as_in_the_package(dtype: str, zero_point: int) -> None:
    assert_agrees(quantizing(dtype, zero_point), VALUES)


@pytest.mark.parametrize(("dtype", "zero_point"), COUNTED)
@pytest.mark.parametrize("part", ["cortex-m4", "cortex-m33"])
def test_floats_beyond_int32_end_as_counted_on_a_device(part: str, dtype: str, zero_point: int) -> None:
    own = ran(quantizing(dtype, zero_point), part)
    assert crc32(own.get_tensor(own.subgraph.outputs[0]).tobytes()) == COUNTED[dtype, zero_point]
    assert not [said for said in own.report().warnings if "C leaves the result open" in said]


@pytest.mark.parametrize("part", ["cortex-m0plus", "esp32-s3", "esp32-c3"])
def test_a_core_of_which_it_is_not_known_is_named(part: str) -> None:
    b = quantizing("int8", 0)
    (said,) = (said for said in ran(b, part).report().warnings if "C leaves the result open" in said)
    assert "integers of 15 floats" in said
    assert "float-beyond-integer" in {found.rule for found in check(b.build(), part).findings}


def test_casts_are_counted_beyond_their_own_type() -> None:
    b = ModelBuilder("cast")
    b.output(b.cast(b.input(VALUES.shape, "float32"), "int8"))
    own = ran(b, "cortex-m0plus")
    assert own.recorded_beyond == (23,)


def ran(b: ModelBuilder, part: str) -> Interpreter:
    own = Interpreter(b.build(), part)
    own.set_tensor(own.subgraph.inputs[0], VALUES)
    own.invoke(record=True)
    return own
