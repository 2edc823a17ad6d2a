"""The table of several checks is no wider than the terminal, and says all that it says on a wide one."""

from __future__ import annotations

import dataclasses

import pytest

import microinfer
from microinfer.checks.formats.terminal import render

PARTS = ("arduino-uno", "nucleo-l4r5zi", "arduino-nano-33-ble")


@pytest.mark.parametrize("width", [79, 90, 99, 140])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    found = [microinfer.check(name, part) for name in ("digits", "mobilenet_v1") for part in PARTS]
    long = "a_model_whose_name_is_longer_than_any_terminal_is_wide_" * 2
    for reports in (found, [*found, dataclasses.replace(found[0], model=long)]):
        lines = render(reports, width=width).splitlines()
        assert max(map(len, lines)) <= width
        said = "".join(lines[1:]).replace(" ", "")
        for report in reports:
            arena = next(each for each in report.measures if each.name == "arena")
            assert arena.value is not None
            assert f"{arena.value:,.0f}" in said
    assert ("tflm-cmsis-nn" in render(found, width=width)) == (width > 100)
