"""Sizes that kernels of bare-c have no room for are refused, not cut off; tests of exports see every byte."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from microinfer import ModelBuilder, UnsupportedError
from microinfer.builder import Handle
from microinfer.exports.bare_c import export

from support.firmware import host, random_inputs, run

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
