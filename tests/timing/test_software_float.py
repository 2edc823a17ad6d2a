"""What kernels that compute in floating point take where the core has no FPU."""

from __future__ import annotations

from pathlib import Path

import pytest

from microinfer import ModelBuilder, load, prepare
from microinfer.libraries.library import kernel_library
from microinfer.parts.profile import load_profile
from microinfer.timing.prices import OperatorCost, estimate, load_costs

ELEMENTS = 1000
LIBRARIES = ("tflm-reference", "tflm-cmsis-nn")


def quantised() -> bytes:
    b = ModelBuilder()
    x = b.input((1, ELEMENTS), dtype="float32")
    b.output(b.dequantize(b.quantize(x, scale=0.1)))
    return b.build()


def costs(part: str | Path, library: str) -> tuple[OperatorCost, ...]:
    return estimate(prepare(load(quantised())), load_profile(part), library)


def without_fpu(folder: Path) -> Path:
    path = folder / "mine.toml"
    path.write_text('extends = "cortex-m4"\nfpu = false\n[timing]\nspread = 0\n', encoding="utf-8")
    return path


@pytest.mark.parametrize("library", LIBRARIES)
def test_intervals_hold_software_float(library: str, tmp_path: Path) -> None:
    """An element of QUANTIZE divides two floats, some 450 cycles by GCC's library on a Cortex-M0+, rounds and
    compares; one of DEQUANTIZE multiplies two doubles, some 650, between two conversions."""
    for part in ("cortex-m0plus", without_fpu(tmp_path)):
        for cost in costs(part, library):
            assert cost.provisional
            assert cost.cycles_low is not None
            assert cost.cycles is not None
            assert cost.cycles_high is not None
            assert cost.cycles_low <= 500 * ELEMENTS <= cost.cycles <= 1600 * ELEMENTS
            assert cost.cycles_high >= 1000 * ELEMENTS
            assert cost.cycles - cost.cycles_low >= cost.fit_low
            assert cost.cycles_high - cost.cycles >= cost.fit_high


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_computes_in_floats_is_slowed_and_nothing_else(library: str) -> None:
    fpu, none = (load_costs(library, core).prices for core in ("cortex-m4", "cortex-m0plus"))
    for (operator, variant), found in fpu.items():
        slower = kernel_library(library).software_float(operator, variant)
        here = none[operator, variant]
        assert here.provisional
        for event, price in found.cycles.items():
            if slower is not None and slower.slows(event):
                assert here.cycles[event] == pytest.approx(slower.times * price, rel=1e-3)
            else:
                assert here.cycles[event] <= 3.51 * price
    slower = kernel_library(library).software_float
    assert slower("ADD", "reference") is None
    assert slower("CONCATENATION", "reference_float32") is None
    assert slower("RESIZE_NEAREST_NEIGHBOR", "reference") is not None
    assert slower("RESIZE_NEAREST_NEIGHBOR", "bare_c") is None
