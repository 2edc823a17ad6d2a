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


def cortex_m3(folder: Path) -> Path:
    path = folder / "m3.toml"
    path.write_text('extends = "cortex-m4"\ncore = "cortex-m3"\n[timing]\nspread = 0\n', encoding="utf-8")
    return path


@pytest.mark.parametrize("library", LIBRARIES)
def test_software_float_is_what_a_core_without_an_fpu_was_counted_to_take(
    library: str, tmp_path: Path
) -> None:
    """A Cortex-M4 without an FPU calls the functions that a Cortex-M3 calls."""
    assumed = costs(without_fpu(tmp_path), library)
    for counted, mine in zip(costs(cortex_m3(tmp_path), library), assumed, strict=True):
        assert mine.provisional
        assert counted.cycles is not None
        assert mine.cycles is not None
        assert mine.cycles_low is not None
        assert mine.cycles_high is not None
        assert mine.cycles == pytest.approx(counted.cycles, rel=0.02)
        assert mine.cycles_low <= counted.cycles <= mine.cycles_high
        assert mine.cycles_high < 2 * mine.cycles_low


@pytest.mark.parametrize("library", LIBRARIES)
def test_dearest_software_float(library: str) -> None:
    """An element of QUANTIZE divides two floats, rounds and compares, one of DEQUANTIZE multiplies two
    doubles between two conversions: some 500 cycles by GCC's library, as counted on a Cortex-M0+."""
    for counted in costs("cortex-m0plus", library):
        assert not counted.provisional
        assert counted.cycles is not None
        assert 400 * ELEMENTS < counted.cycles < 600 * ELEMENTS


def test_kernels_of_integers_are_not_touched(tmp_path: Path) -> None:
    b = ModelBuilder()
    x = b.input((1, 64), scale=0.1, zero_point=0)
    b.output(b.add(x, x, scale=0.1, zero_point=0))
    steps = prepare(load(b.build()))
    (with_unit,) = estimate(steps, load_profile("cortex-m4"), "tflm-cmsis-nn")
    (without,) = estimate(steps, load_profile(without_fpu(tmp_path)), "tflm-cmsis-nn")
    assert (without.cycles, without.cycles_low) == (with_unit.cycles, with_unit.cycles_low)


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
            assert soft <= known.times * known.thumb * known.high * 1.72 * total, (operator, variant)
    assert slower("ADD", "reference") is None
    assert slower("ADD", "reference_float32") is not None
    assert slower("CONCATENATION", "reference_float32") is None
    assert slower("RESIZE_NEAREST_NEIGHBOR", "reference") is not None
    assert slower("RESIZE_NEAREST_NEIGHBOR", "bare_c") is None
