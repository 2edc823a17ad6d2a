"""LOG_SOFTMAX, L2_NORMALIZATION and L2_POOL_2D in generated C; logarithms of reals are the C library's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from microinfer import ModelBuilder

from conftest import EXAMPLES
from support.firmware import Compiler
from support.twin_runs import expect_bits_here, expect_bits_on_arm, expect_bits_on_avr, expect_sizes

SEEDS = range(max(4, EXAMPLES // 10))
FUNCTIONS = ("l2_normalization", "l2_pool_2d", "log_softmax")


def drawn(function: str, dtype: str, seed: int) -> bytes:
    g = np.random.default_rng([seed, len(dtype)])
    b = ModelBuilder(function)
    if function == "l2_pool_2d":
        x = b.input((1, 5, 4, 3), "float32")
        b.output(b.l2_pool_2d(x, (2, 3), strides=int(g.integers(1, 3)), padding="SAME"))
        return b.build()
    shape = int(g.integers(1, 4)), int(g.choice([1, 2, 7, 40]))
    scale, zero_point = float(g.choice([2.0**-4, g.uniform(0.001, 0.5)])), int(g.integers(-128, 128))
    quantization = {"scale": scale, "zero_point": zero_point} if dtype == "int8" else {}
    b.output(getattr(b, function)(b.input(shape, dtype, **quantization)))
    return b.build()


DRAWN = [(f, t) for f in FUNCTIONS for t in ("int8", "float32") if (f, t) != ("l2_pool_2d", "int8")]


@pytest.mark.parametrize(("function", "dtype"), DRAWN)
def test_host(function: str, dtype: str, on_host: Compiler, tmp_path: Path) -> None:
    for seed in SEEDS:
        model = drawn(function, dtype, seed)
        expect_bits_here(model, on_host, tmp_path / f"{seed}", seed)
        expect_sizes(model)


@pytest.mark.parametrize(("function", "dtype"), [one for one in DRAWN if one != ("log_softmax", "float32")])
def test_simavr(function: str, dtype: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    for seed in range(2):
        model = drawn(function, dtype, seed)
        expect_bits_on_avr(model, tmp_path_factory.getbasetemp(), tmp_path / f"{seed}", seed)


@pytest.mark.parametrize(("function", "dtype"), [one for one in DRAWN if one != ("log_softmax", "float32")])
def test_qemu(function: str, dtype: str, on_arm: Compiler, tmp_path: Path) -> None:
    expect_bits_on_arm(drawn(function, dtype, 3), on_arm, tmp_path, 3)
