"""CAST of floats beyond the other type: as TFLM's package has it, and as a Cortex-M with an FPU does."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import pytest

from microinfer import Interpreter, ModelBuilder

from support.data_movement import assert_agrees
from support.oracle import tflm  # noqa: F401

VALUES = np.array(
    [0.5, -0.5, 127.9, 128.4, -129.2, 300.7, -300.7, 32767.9, 40000.3, -40000.3, 2147483520.0, 2147483648.0,
     -2147483648.0, -2147483904.0, 3e9, 4294967040.0, 4294967296.0, -1.0, -5.5, 1e10, -1e10, 1e19, -1e19,
     1e30, -1e30, np.inf, -np.inf, np.nan],
    np.float32,
)  # fmt: skip
COUNTED = {"int8": 0x1C5AD1D0, "int16": 0x9F8E0D46, "int32": 0x048A8383, "uint32": 0x6FF22B4A}
"""CRC-32 of what TFLM 90b983c2 makes of them under QEMU, by GNU Arm 12.2.1: Cortex-M4 at -O2, -O3 and -Os,
and Cortex-M33 at -O2, all the same."""


def casting(dtype: str) -> ModelBuilder:
    b = ModelBuilder("cast")
    b.output(b.cast(b.input(VALUES.shape, "float32"), dtype))
    return b


@pytest.mark.parametrize("dtype", sorted(COUNTED))
def test_floats_beyond_the_type_end_as_in_the_package(dtype: str) -> None:
    assert_agrees(casting(dtype), VALUES)


@pytest.mark.parametrize("dtype", sorted(COUNTED))
@pytest.mark.parametrize("part", ["cortex-m4", "cortex-m33"])
def test_floats_beyond_the_type_end_as_counted_on_a_device(part: str, dtype: str) -> None:
    own = Interpreter(casting(dtype).build(), part)
    own.set_tensor(own.subgraph.inputs[0], VALUES)
    own.invoke()
    assert crc32(own.get_tensor(own.subgraph.outputs[0]).tobytes()) == COUNTED[dtype]
