"""Sizes that kernels of bare-c have no room for are refused, not cut off; tests of exports see every byte."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from microinfer import ModelBuilder, UnsupportedError
from microinfer.builder import Handle
from microinfer.exports.bare_c import export

from support.firmware import emulate, host, random_inputs, run, stream

MANY = 20_000
"""Of float32: fewer elements than 65,536, and more bytes."""


def real(b: ModelBuilder, *shape: int) -> Handle:
    return b.input(shape, "float32")


def number(b: ModelBuilder) -> Handle:
    return b.arg_max(real(b, 1, 2), 1)


BEYOND: dict[str, Callable[[ModelBuilder], Handle]] = {
    "RESHAPE": lambda b: b.reshape(real(b, 1, MANY), (MANY,)),
    "CONCATENATION": lambda b: b.concatenation([real(b, 1, MANY), real(b, 1, MANY)], axis=1),
    "SPLIT": lambda b: b.split(real(b, 2, MANY), 2, 1)[1],
    "PACK": lambda b: b.pack([real(b, MANY), real(b, MANY)]),
    "PAD": lambda b: b.pad(real(b, 1, MANY), [(0, 0), (1, 1)]),
    "ZEROS_LIKE": lambda b: b.zeros_like(real(b, MANY)),
    "a slice of GATHER": lambda b: b.gather(real(b, 2, MANY), number(b)),
    "the table of GATHER": lambda b: b.gather(b.constant(np.zeros(70_000, np.float32)), number(b)),
}


@pytest.mark.parametrize("name", BEYOND)
def test_what_does_not_fit_is_refused(name: str, tmp_path: Path) -> None:
    b = ModelBuilder()
    b.output(BEYOND[name](b))
    with pytest.raises(UnsupportedError, match=r"at most 65535|more than fits there"):
        export(b.build(), tmp_path, profile="cortex-m4")
    assert not list(tmp_path.iterdir())


def test_every_byte_is_loaded_and_compared(tmp_path: Path) -> None:
    b = ModelBuilder()
    x = real(b, MANY)
    b.output(b.square(x), b.cast(x, "int32"))
    model = b.build()
    (inputs,) = random_inputs(model, np.random.default_rng(1), count=1)
    export(model, tmp_path / "project", profile="cortex-m4", inputs=inputs)
    program = host(tmp_path / "host").build(tmp_path / "project")
    assert run([str(program)]).endswith(b"PASS\n")


@pytest.mark.parametrize("dtype", ["int16", "int32", "float32"])
def test_wide_numbers_are_padded_with_zero(dtype: str, tmp_path: Path) -> None:
    b = ModelBuilder()
    quantised = {"scale": 0.01, "zero_point": 0} if dtype == "int16" else {}
    b.output(b.padv2(b.input((1, 3, 2), dtype, **quantised), [(0, 1), (2, 0), (1, 3)], 0))
    model = b.build()
    inputs = random_inputs(model, np.random.default_rng(1))
    export(model, tmp_path / "project", profile="cortex-m4")
    program = host(tmp_path / "host").build(tmp_path / "project")
    assert run([str(program), "-"], input=stream(inputs)) == emulate(model, inputs)


@pytest.mark.parametrize(
    ("dtype", "value"), [("float32", 0.5), ("float32", -0.0), ("float32", np.nan), ("int32", 1 << 16)]
)
def test_other_values_of_wide_numbers_are_refused(dtype: str, value: float, tmp_path: Path) -> None:
    """Whose whole part may be 0, and whose bytes are not."""
    b = ModelBuilder()
    b.output(b.padv2(b.input((1, 3), dtype), [(0, 1), (2, 0)], value))
    with pytest.raises(UnsupportedError, match=f"with a value other than 0 in {dtype} has no kernel"):
        export(b.build(), tmp_path / "project", profile="cortex-m4")
