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
    """An element of QUANTIZE divides two floats, rounds and compares, one of DEQUANTIZE multiplies two
    doubles between two conversions: some 500 cycles by GCC's library, as counted on a Cortex-M0+."""
    for counted, assumed in zip(
        costs("cortex-m0plus", library), costs(without_fpu(tmp_path), library), strict=True
    ):
        assert not counted.provisional
        assert counted.cycles is not None
        assert 400 * ELEMENTS < counted.cycles < 600 * ELEMENTS
        assert assumed.provisional
        assert assumed.cycles_low is not None
        assert assumed.cycles_high is not None
        assert assumed.cycles_low <= counted.cycles / 1.7
        assert counted.cycles <= assumed.cycles_high


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_computes_in_floats_is_slowed_and_nothing_else(library: str) -> None:
    """As counted on a Cortex-M0+, whose integer kernels take up to seven times what they take a Cortex-M4."""
    fpu, none = (load_costs(library, core).prices for core in ("cortex-m4", "cortex-m0plus"))
    slower = kernel_library(library).software_float
    for (operator, variant), found in fpu.items():
        here = none[operator, variant]
        known = slower(operator, variant)
        if known is not None and here.points and known.kernels == "float32":
            total, soft = sum(found.cycles.values()), sum(here.cycles.values())
            assert soft <= known.times * known.high * 1.72 * total, (operator, variant)
    assert slower("ADD", "reference") is None
    assert slower("ADD", "reference_float32") is not None
    assert slower("CONCATENATION", "reference_float32") is None
    assert slower("RESIZE_NEAREST_NEIGHBOR", "reference") is not None
    assert slower("RESIZE_NEAREST_NEIGHBOR", "bare_c") is None
