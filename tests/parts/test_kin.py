"""Boards that differ from another by a memory, a clock or what is around the chip."""

from __future__ import annotations

import pytest

from microinfer import check, load_profile

OWN = {
    "nucleo-h743zi2": ("cortex-m7", 480, 2048, 512),
    "feather-m4": ("cortex-m4", 120, 496, 192),
    "frdm-mcxn947": ("cortex-m33", 150, 2048, 512),
    "bluepill": ("cortex-m3", 72, 64, 20),
    "wio-terminal": ("cortex-m4", 120, 496, 192),
    "stm32h747i-disco": ("cortex-m7", 400, 2048, 512),
    "xiao-rp2040": ("cortex-m0plus", 125, 2048, 264),
    "nano-rp2040-connect": ("cortex-m0plus", 125, 16384, 264),
}
"""Core, MHz, KB of flash that a program may have, KB of RAM in one run."""
PICO = ("tflm-pico -O3", "tflm-pico -Os")
FITTED = {
    "nucleo-h743zi2": ("tflm-arduino -O3",),
    "feather-m4": ("tflm-arduino -O3",),
    "wio-terminal": ("tflm-arduino -O3",),
    "frdm-mcxn947": ("tflm-cmsis-nn -O2",),
    "xiao-rp2040": PICO,
    "nano-rp2040-connect": PICO,
}


@pytest.mark.parametrize("name", OWN)
def test_facts(name: str) -> None:
    core, mhz, flash_kb, sram_kb = OWN[name]
    board = load_profile(name)
    sram = next(one for one in board.memories if one.name == "sram")
    assert (board.core, board.clock_hz) == (core, mhz * 1_000_000)
    assert (board.flash_bytes, sram.usable_bytes) == (flash_kb * 1024, sram_kb * 1024)


@pytest.mark.parametrize("name", OWN)
def test_no_time_of_theirs_is_sure(name: str) -> None:
    """Rows of three back one build of one library, on networks that are few and small."""
    board = load_profile(name)
    assert "timing" in board.provisional
    assert board.timing.fitted_for == FITTED.get(name, ())
    assert board.timing.fitted_hz in (0, board.clock_hz)


@pytest.mark.parametrize(
    ("name", "kin"), [("wio-terminal", "feather-m4"), ("stm32h747i-disco", "nucleo-h743zi2")]
)
def test_currents_are_its_own(name: str, kin: str) -> None:
    board, other = load_profile(name), load_profile(kin)
    assert board.active != other.active
    assert "power" in board.provisional


def test_a_small_flash_is_told() -> None:
    """TFLM and CMSIS-NN take more flash than a Blue Pill has, or nearly as much; generated C does not."""
    assert check("digits", "bluepill", library="tflm-cmsis-nn").verdict == "cannot-tell"
    assert check("digits", "bluepill").verdict == "yes"
