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
     -np.inf, np.nan, -np.nan, 1e38, 0.49999997],
    np.float32,
)  # fmt: skip
COUNTED = {
    "cortex-m4": {
        ("int8", 0): 0x1F2D9AC4,
        ("int8", -1): 0x1CEE549C,
        ("int8", 1): 0x2BE1730E,
        ("int16", 0): 0x7E932DBA,
        ("int16", -1): 0x11D530E2,
        ("int16", 1): 0x508E3B53,
    },
    "cortex-m0plus": {
        ("int8", 0): 0xCD44318E,
        ("int8", -1): 0x1082F927,
        ("int8", 1): 0x9EF3D3E7,
        ("int16", 0): 0xF31E3B0C,
        ("int16", -1): 0x28256A82,
        ("int16", 1): 0x6E88B208,
    },
    "esp32-c3": {
        ("int8", 0): 0x73DC0563,
        ("int8", -1): 0x1082F927,
        ("int8", 1): 0x9EF3D3E7,
        ("int16", 0): 0xDDBE574C,
        ("int16", -1): 0x28256A82,
        ("int16", 1): 0x6E88B208,
    },
}
"""CRC-32 of what TFLM 90b983c2 makes of them under QEMU, by gcc 12.2: Cortex-M4 and M0+ at -O2, -O3 and
-Os, all the same; Cortex-M33 and Cortex-M3 at -O2, as the Cortex-M4; RV32IMC at -O2."""


def quantizing(dtype: str, zero_point: int) -> ModelBuilder:
    b = ModelBuilder("quantize")
    b.output(b.quantize(b.input(VALUES.shape, "float32"), dtype, scale=1.0, zero_point=zero_point))
    return b


@pytest.mark.parametrize(("dtype", "zero_point"), [*COUNTED["cortex-m4"], ("int8", -128), ("int8", 127)])
def test_floats_beyond_int32_end_as_in_the_package(dtype: str, zero_point: int) -> None:
    assert_agrees(quantizing(dtype, zero_point), VALUES)


@pytest.mark.parametrize(("dtype", "zero_point"), COUNTED["cortex-m4"])
@pytest.mark.parametrize("part", [*COUNTED, "cortex-m33"])
def test_floats_beyond_int32_end_as_counted_on_a_device(part: str, dtype: str, zero_point: int) -> None:
    own = ran(quantizing(dtype, zero_point), part, "tflm-reference")
    assert (
        crc32(own.get_tensor(own.subgraph.outputs[0]).tobytes())
        == COUNTED.get(part, COUNTED["cortex-m4"])[dtype, zero_point]
    )
    assert not [said for said in own.report().warnings if "C leaves the result open" in said]


@pytest.mark.parametrize("part", ["raspberry-pi-pico", "esp32-s3"])
def test_a_core_of_which_it_is_not_known_is_named(part: str) -> None:
    b = quantizing("int8", 0)
    (said,) = (said for said in ran(b, part).report().warnings if "C leaves the result open" in said)
    assert "integers of 16 floats" in said
    assert "float-beyond-integer" in {found.rule for found in check(b.build(), part).findings}


def test_casts_are_counted_beyond_their_own_type() -> None:
    b = ModelBuilder("cast")
    b.output(b.cast(b.input(VALUES.shape, "float32"), "int8"))
    assert ran(b, "raspberry-pi-pico").recorded_beyond == (24,)
    assert ran(b, "cortex-m4").recorded_beyond == (0,)


def test_the_sign_of_what_is_no_number_may_be_another_where_it_counts() -> None:
    own = ran(quantizing("int8", 0), "cortex-m0plus")
    assert own.recorded_beyond == (2,)
    assert [said for said in own.report().warnings if "made integers of 2 NaN: cortex-m0plus goes by" in said]
    assert "float-beyond-integer" not in {
        one.rule for one in check(quantizing("int8", 0).build(), "nucleo-g0b1re").findings
    }


def ran(b: ModelBuilder, part: str, library: str | None = None) -> Interpreter:
    own = Interpreter(b.build(), part, library=library)
    own.set_tensor(own.subgraph.inputs[0], VALUES)
    own.invoke(record=True)
    return own
