"""Where a kernel certainly stops on the device, every command says no."""

from __future__ import annotations

from pathlib import Path

import pytest

import microinfer
from microinfer.builder import ModelBuilder

from support.commands import call


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """CMSIS-NN's MAXIMUM of five dimensions stops in a check of its glue."""
    b = ModelBuilder("stops")
    x = b.input((1, 2, 2, 2, 3), scale=0.1, zero_point=0)
    y = b.input((1, 2, 2, 2, 3), scale=0.1, zero_point=0)
    b.output(b.maximum(x, y))
    made = tmp_path / "stops.tflite"
    made.write_bytes(b.build())
    return made


@pytest.mark.parametrize("command", [("check",), ("run",), ("plan",), ("compare",)])
def test_no(path: Path, command: tuple[str, ...]) -> None:
    on = ("-p", "cortex-m4", "--library", "tflm-cmsis-nn")
    assert call(*command, path, *on).exit_code == 1
    assert call(*command, path, "-p", "cortex-m4", "--library", "tflm-reference").exit_code == 0


def test_the_verdict_is_the_deployment_s(path: Path) -> None:
    (row,) = microinfer.compare(path, "cortex-m4", "tflm-cmsis-nn").rows
    assert row.verdict == "no"
    assert any("MAXIMUM" in said for said in row.shortfalls)
