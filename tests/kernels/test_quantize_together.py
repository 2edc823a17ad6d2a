"""Floats are quantised together where all are usual, and one by one where one is not: to the same bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from microinfer.kernels import quantize as kernels
from microinfer.kernels._processor import SWITCH, fuses_reals, has_vectors

LEAST, MOST = -(1 << 31), (1 << 31) - 1
TYPES = [("int8", zero_point) for zero_point in (-128, -1, 0, 3, 127)] + [("int16", 0), ("int16", -7)]
HOST, ARM = (LEAST, LEAST, LEAST), (MOST, 0, 0)


def run(x: Any, dtype: str, scale: float, zero_point: int, beyond: tuple[int, int, int] = HOST) -> Any:
    limits, y = np.iinfo(dtype), np.empty(x.size, dtype)
    kernel = kernels.ONE_BY_ONE[dtype]
    kernel.bind(x, y, np.float32(scale), zero_point, int(limits.min), int(limits.max), *beyond)()
    return y


def one_by_one(x: Any, *parameters: Any) -> Any:
    """A number that is none stands in every block."""
    parts = np.array_split(x, -(-x.size // (kernels.BLOCK - 1)))
    return np.concatenate([run(np.append(part, np.float32("nan")), *parameters)[:-1] for part in parts])


def borders(scale: float, dtype: str) -> Any:
    """Where a value passes to the next, with the eight floats on either side."""
    reach = 300 if dtype == "int8" else 66000
    halves = (np.arange(-reach, reach) + 0.5).astype(np.float32) * np.float32(scale)
    bits = halves.view(np.int32)[:, None] + np.arange(-8, 9, dtype=np.int32)
    return bits.ravel().view(np.float32)


@pytest.mark.parametrize(("dtype", "zero_point"), TYPES)
def test_equal_at_every_border(dtype: str, zero_point: int) -> None:
    rng = np.random.default_rng(zero_point + 200)
    for scale in [1.0, 1 / 255, 2.0**-126, 1e-40, 1e33, *np.exp(rng.uniform(-12, 3, 6)).tolist()]:
        with np.errstate(all="ignore"):
            x = borders(scale, dtype)
        x = x[np.isfinite(x)]
        together = run(x, dtype, scale, zero_point)
        np.testing.assert_array_equal(together, one_by_one(x, dtype, scale, zero_point))
        with np.errstate(all="ignore"):
            steps = (x / np.float32(scale)).astype(np.float64)
        rounded = np.copysign(np.floor(abs(steps) + 0.5), steps) + zero_point
        limits = np.iinfo(dtype)
        np.testing.assert_array_equal(together, np.clip(rounded, limits.min, limits.max).astype(dtype))


@pytest.mark.parametrize("beyond", [HOST, ARM], ids=["host", "arm"])
@pytest.mark.parametrize(("dtype", "zero_point"), TYPES)
def test_equal_for_floats_of_any_bits(dtype: str, zero_point: int, beyond: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(7)
    x = rng.integers(0, 1 << 32, 40000, dtype=np.uint32).view(np.float32)
    for scale in (0.05, 3e-39, 1e30, 0.0, -0.5, float("inf"), float("nan")):
        alone = one_by_one(x, dtype, scale, zero_point, beyond)
        np.testing.assert_array_equal(run(x, dtype, scale, zero_point, beyond), alone)
        usual = np.sort(x[np.isfinite(x)])
        alone = one_by_one(usual, dtype, scale, zero_point, beyond)
        np.testing.assert_array_equal(run(usual, dtype, scale, zero_point, beyond), alone)


def quantized_here(x: Any, scale: float) -> Any:
    """The kernel as Python runs it, so that a test can see which way it goes."""
    y = np.empty(x.size, np.int8)
    with np.errstate(all="ignore"):
        kernels.quantize(x, y, np.float32(scale), 3, -128, 127, *HOST)
    return y


def test_usual_numbers_are_quantised_together(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*given: Any) -> None:
        raise AssertionError("one by one")

    monkeypatch.setattr(kernels, "_strange", never)
    x = np.linspace(-1e6, 1e6, 2 * kernels.BLOCK + 5, dtype=np.float32)
    np.testing.assert_array_equal(quantized_here(x, 0.05), run(x, "int8", 0.05, 3))


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, 1e30])
def test_one_strange_number_stops_its_own_block_alone(odd: float, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    alone = kernels._strange

    def noted(x: Any, *given: Any) -> None:
        sizes.append(x.size)
        alone(x, *given)

    monkeypatch.setattr(kernels, "_strange", noted)
    x = np.linspace(-9, 9, 2 * kernels.BLOCK + 5, dtype=np.float32)
    x[kernels.BLOCK] = odd
    np.testing.assert_array_equal(quantized_here(x, 0.05), run(x, "int8", 0.05, 3))
    assert sizes == [kernels.BLOCK]


by_vectors = pytest.mark.skipif(
    not (has_vectors() and fuses_reals()), reason="this computer's processor does not fuse products with sums"
)
VECTORS = [("int8", kernels.ONCE), ("int8", kernels.TWICE["int8"]), ("int16", kernels.TWICE["int16"])]


def both(kernel: kernels.Kernel, dtype: str, x: Any, scale: float, zero_point: int, beyond: Any) -> None:
    limits, found, expected = np.iinfo(dtype), np.empty(x.size, dtype), np.empty(x.size, dtype)
    rest = np.float32(scale), zero_point, int(limits.min), int(limits.max), *beyond
    kernel(x, found, *rest)
    kernels.ONE_BY_ONE[dtype](x, expected, *rest)
    np.testing.assert_array_equal(found, expected)


@by_vectors
@pytest.mark.parametrize(("dtype", "kernel"), VECTORS)
def test_products_with_the_reciprocal_are_quotients_at_every_border(
    dtype: str, kernel: kernels.Kernel
) -> None:
    rng = np.random.default_rng(9)
    limits = np.iinfo(dtype)
    drawn = np.exp(rng.uniform(-12, 3, 30 if dtype == "int8" else 4)).tolist()
    for scale in [1.0, 1 / 255, 0.99999994, 1.9999999, 2.0**-60, 2.0**60, *drawn]:
        for zero_point in (0, int(limits.min), int(limits.max), int(rng.integers(limits.min, limits.max))):
            both(kernel, dtype, borders(scale, dtype), scale, zero_point, HOST)


@by_vectors
@pytest.mark.parametrize("beyond", [HOST, ARM], ids=["host", "arm"])
@pytest.mark.parametrize(("dtype", "kernel"), VECTORS)
def test_vectors_quantise_floats_of_any_bits(dtype: str, kernel: kernels.Kernel, beyond: Any) -> None:
    rng = np.random.default_rng(8)
    for count in (64, 65, 127, 1023, 1024, 1025, 1087, 5000):
        for scale in (0.05, 2.0**-60, 2.0**60, 3.0, float(np.exp(rng.uniform(-9, 9)))):
            x = rng.integers(0, 1 << 32, count, dtype=np.uint32).view(np.float32)
            both(kernel, dtype, x, scale, -3, beyond)
            x = rng.normal(0, 200 * scale, count).astype(np.float32)
            both(kernel, dtype, x, scale, 5, beyond)
            x[rng.integers(count)] = rng.choice([np.nan, -np.nan, np.inf, -np.inf, 1e38, -1e38])
            both(kernel, dtype, x, scale, 5, beyond)


@by_vectors
def test_vectors_are_taken_where_they_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernels.fastest("int8", 0.05, 3, 64) is kernels.ONCE
    assert kernels.fastest("int16", 0.05, 0, 64) is kernels.TWICE["int16"]
    for dtype, scale, zero_point, count in (
        ("int8", 0.05, 3, 63),
        ("int8", 0.05, 128, 64),
        ("int16", 0.05, -32769, 64),
        ("int8", 2.0**-61, 0, 64),
        ("int8", 2.0**61, 0, 64),
        ("int8", float("nan"), 0, 64),
    ):
        assert kernels.fastest(dtype, scale, zero_point, count) is kernels.ONE_BY_ONE[dtype]
    monkeypatch.setattr(kernels, "holds", lambda candidate, scale: False)
    assert kernels.fastest("int8", 0.05, 3, 64) is kernels.TWICE["int8"]
    monkeypatch.setenv(SWITCH, "off")
    assert kernels.fastest("int8", 0.05, 3, 64) is kernels.ONE_BY_ONE["int8"]


@by_vectors
def test_a_kernel_that_errs_at_one_border_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    def nearly(x: Any, y: Any, *rest: Any) -> None:
        kernels.ONCE(x, y, *rest)
        y[1234] ^= 1

    assert kernels.holds(kernels.ONCE, 0.05)
    assert not kernels.holds(nearly, 0.05)  # type: ignore[arg-type]
