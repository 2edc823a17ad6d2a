"""CAST of floats beyond the other type: as TFLM's package has it, and as devices do."""

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
     1e30, -1e30, np.inf, -np.inf, np.nan, -np.nan],
    np.float32,
)  # fmt: skip
COUNTED = {
    "cortex-m4": {"int8": 0x54CD6788, "int16": 0x994B194F, "int32": 0xFBDAD7C8, "uint32": 0x1A7231B2},
    "cortex-m0plus": {"int8": 0xC7E99AFA, "int16": 0xF9D62B53, "int32": 0x3D59C4EC, "uint32": 0xCFF5C1B6},
    "esp32-c3": {"int8": 0xC7E99AFA, "int16": 0xF9D62B53, "int32": 0x3D59C4EC, "uint32": 0x80AF1124},
}
"""CRC-32 of what TFLM 90b983c2 makes of them under QEMU, by gcc 12.2: Cortex-M4 and M0+ at -O2, -O3 and
-Os, all the same; Cortex-M33 and Cortex-M3 at -O2, as the Cortex-M4; RV32IMC at -O2."""


def casting(dtype: str) -> ModelBuilder:
    b = ModelBuilder("cast")
    b.output(b.cast(b.input(VALUES.shape, "float32"), dtype))
    return b


@pytest.mark.parametrize("dtype", sorted(COUNTED["cortex-m4"]))
def test_floats_beyond_the_type_end_as_in_the_package(dtype: str) -> None:
    assert_agrees(casting(dtype), VALUES)


@pytest.mark.parametrize("dtype", sorted(COUNTED["cortex-m4"]))
@pytest.mark.parametrize("part", [*COUNTED, "cortex-m33"])
def test_floats_beyond_the_type_end_as_counted_on_a_device(part: str, dtype: str) -> None:
    own = Interpreter(casting(dtype).build(), part, library="tflm-reference")
    own.set_tensor(own.subgraph.inputs[0], VALUES)
    own.invoke()
    assert (
        crc32(own.get_tensor(own.subgraph.outputs[0]).tobytes())
        == COUNTED.get(part, COUNTED["cortex-m4"])[dtype]
    )
