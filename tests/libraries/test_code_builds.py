"""Code of a firmware compiled otherwise: larger at -O3, smaller at -Os, and provisional."""

from __future__ import annotations

import pytest

import microinfer
from microinfer.libraries.build import DEFAULT_BUILD, KINDS, LEVELS, Build
from microinfer.libraries.code_builds import code_factor


def test_the_measured_build_is_itself() -> None:
    assert code_factor(DEFAULT_BUILD) == 1.0


def test_levels_and_kinds_are_in_order() -> None:
    sizes = [code_factor(Build(level)) for level in ("Os", "O2", "O3")]
    assert sizes == sorted(sizes)
    kinds = [code_factor(Build("O2", kind)) for kind in ("release", "strings", "asserts")]
    assert kinds == sorted(kinds)
    assert all(code_factor(Build(level, kind)) > 0 for level in LEVELS for kind in KINDS)


@pytest.mark.parametrize(("level", "linked"), [("Os", (324_128, 426_408)), ("O3", (502_504, 426_408))])
def test_a_level_is_what_was_linked(level: str, linked: tuple[int, int]) -> None:
    assert code_factor(Build(level)) == pytest.approx(linked[0] / linked[1], abs=0.02)  # type: ignore[arg-type]


def test_flash_follows_the_build_and_says_that_it_is_provisional() -> None:
    found = {
        build: microinfer.plan("digits", "nucleo-l4r5zi", build=build).memory for build in ("O2", "Os", "O3")
    }
    sizes = {build: memory.flash_bytes or 0 for build, memory in found.items()}
    assert sizes["Os"] < sizes["O2"] < sizes["O3"]
    assert not found["O2"].provisional
    assert found["Os"].provisional
    assert found["O3"].provisional


def test_the_screen_says_what_a_boards_own_firmware_may_add() -> None:
    report = microinfer.check("digits", "nucleo-l4r5zi")
    (flash,) = (measure for measure in report.measures if measure.name == "flash")
    assert flash.high is not None
    assert flash.value is not None
    assert flash.high - flash.value == 60 * 1024
