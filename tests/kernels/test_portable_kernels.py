"""Kernels of single elements, pairs, extremes and rows give the bits of their own text in Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from microinfer.kernels import (
    activations,
    batch_matmul,
    casts,
    element_pairs,
    extremes,
    float_reductions,
    indexed_rows,
    int16_layers,
    many_terms,
    pooling,
    real_tiles,
)
from microinfer.kernels._jit import switched_off
from microinfer.kernels._processor import SWITCH, has_vectors, permutes_bytes

ODD_REALS = (0.0, -0.0, 0.5, -0.5, 127.5, -129.9, 2147483648.0, -3e9, 5e9, 1e38, np.inf, -np.inf, np.nan)
SIZES = (1, 3, 64, 131)


def drawn(g: np.random.Generator, dtype: str, shape: Any) -> Any:
    """Numbers of a type, read only; of reals some odd ones."""
    if dtype == "float32":
        made = g.normal(0, 100, shape).astype(np.float32)
        odd = g.random(shape) < 0.2
        made[odd] = g.choice(np.array(ODD_REALS, np.float32), int(odd.sum()))
    else:
        limits = np.iinfo(dtype)
        made = g.integers(limits.min, limits.max, shape, dtype, endpoint=True)
    made.flags.writeable = False
    return made


def expect_own_bits(kernel: Any, *arguments: Any) -> None:
    """Machine code and Python write the same into what is writable."""
    one, other = (
        [a.copy() if isinstance(a, np.ndarray) and a.flags.writeable else a for a in arguments]
        for _ in range(2)
    )
    kernel(*one)
    with np.errstate(all="ignore"):
        kernel.py_func(*other)
    for found, expected in zip(one, other, strict=True):
        if isinstance(found, np.ndarray) and found.flags.writeable:
            assert_array_equal(found.view(f"u{found.itemsize}"), expected.view(f"u{expected.itemsize}"))


@pytest.fixture
def g() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("source", casts.FROM)
@pytest.mark.parametrize("target", casts.TO)
def test_casts(g: np.random.Generator, source: str, target: str) -> None:
    for size in SIZES:
        x, y = drawn(g, source, size), np.zeros(size, target)
        if source != "float32":
            if source != target:
                expect_own_bits(casts.cast(source, target), x, y)
        elif target != "float32":
            for register in {target, "uint32" if target == "uint32" else "int32"}:
                limits = np.iinfo(register)
                bounds = float(limits.min), float(limits.max)
                expect_own_bits(casts.bounded_cast(target), x, y, *bounds, 0.0, 0.0)
                made = y.copy()
                casts.bounded_cast(target)(x, made, *bounds, 0.0, 0.0)
                whole = np.clip(np.trunc(np.nan_to_num(x.astype(np.float64), nan=0)), *bounds)
                assert_array_equal(made, whole.astype(np.int64).astype(target))


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 300])
def test_tables_of_bytes(g: np.random.Generator, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x, table, y = drawn(g, "uint8", size), g.permutation(256).astype(np.uint8), np.zeros(size, np.uint8)
    taken = activations.lookup(1, 1)
    assert taken is (activations._PERMUTED if permutes_bytes() and has_vectors() else taken)
    taken(x, table, y)
    assert_array_equal(y, table[x])
    monkeypatch.setenv(SWITCH, "off")
    portable = activations.lookup(1, 1)
    assert portable.py_func is activations.look_up
    portable(x, table, y)
    assert_array_equal(y, table[x])


def test_truth(g: np.random.Generator) -> None:
    x = drawn(g, "uint8", 200) & 3
    x.flags.writeable = False
    y = np.zeros(200, np.uint8)
    casts.negate(x, y)
    assert_array_equal(y, x == 0)
    expect_own_bits(casts.negate, x, y)
    expect_own_bits(casts.normalize, x.copy())


@pytest.mark.parametrize("key", sorted(element_pairs._PAIRS))
def test_pairs(g: np.random.Generator, key: tuple[str, str]) -> None:
    name, item = key
    kernel = element_pairs.pair(*key)
    bounds = {"int32": (-1000, 2**30), "float32": (np.float32(-50), np.float32(1e30))}[item] if (
        len(kernel.arguments) == 5
    ) else ()  # fmt: skip
    for size in SIZES:
        x1, x2 = drawn(g, item, size), drawn(g, item, size)
        expect_own_bits(kernel, x1, x2, np.zeros(size, kernel.arguments[2].dtype), *bounds)
        if name in element_pairs.COMPARISONS:
            y = np.zeros(size, np.uint8)
            kernel(x1, x2, y)
            assert_array_equal(y, getattr(np, name)(x1, x2))


@pytest.mark.parametrize("item_bytes", [1, 2, 4])
def test_choices(g: np.random.Generator, item_bytes: int) -> None:
    item = f"uint{8 * item_bytes}"
    for size in SIZES:
        holds = drawn(g, "uint8", size) & 1
        holds.flags.writeable = False
        one, other, y = drawn(g, item, size), drawn(g, item, size), np.zeros(size, item)
        element_pairs.select(item_bytes)(holds, one, other, y)
        assert_array_equal(y, np.where(holds, one, other))
        expect_own_bits(element_pairs.select(item_bytes), holds, one, other, y)


def test_bounds(g: np.random.Generator) -> None:
    x1, x2, y = drawn(g, "int8", 300), drawn(g, "uint8", 300), np.zeros(300, np.uint8)
    low = np.sort(g.integers(-200, 200, 256)).astype(np.int16)
    high = low + np.int16(30)
    low.flags.writeable = high.flags.writeable = False
    for turned in (0, 1):
        expect_own_bits(element_pairs.below, x1, x2, low, y, turned)
        expect_own_bits(element_pairs.between, x1, x2, low, high, y, turned)


@pytest.mark.parametrize("key", sorted(extremes.columns))
def test_extremes(g: np.random.Generator, key: tuple[str, str]) -> None:
    name, item = key
    for shape in ((1, 1, 1), (2, 7, 3), (3, 5, 65), (1, 3, 530), (1, 70, 1), (5, 600, 1)):
        x = drawn(g, item, shape)
        y, places = np.zeros((shape[0], shape[2]), item), np.zeros((shape[0], shape[2]), np.int32)
        room = np.zeros(max(extremes.BLOCK, extremes.LANES), item)
        expect_own_bits(extremes.columns[key], x, y)
        found = [places.copy(), room.copy()]
        extremes.places[key](x, *found)
        with np.errstate(all="ignore"):
            extremes.places[key].py_func(x, places, room)
        assert_array_equal(found[0], places)
        if item != "float32":
            picked = {"largest": np.max, "least": np.min}[name](x, axis=1)
            extremes.columns[key](x, y)
            assert_array_equal(y, picked)
            assert_array_equal(found[0], {"largest": np.argmax, "least": np.argmin}[name](x, axis=1))
        if shape[2] == 1:
            for place, result in ((False, y[:, 0].copy()), (True, places[:, 0].copy())):
                other, kernel = result.copy(), extremes.rows[place][key]
                kernel(x[:, :, 0], result, room)
                with np.errstate(all="ignore"):
                    kernel.py_func(x[:, :, 0], other, room)
                assert_array_equal(result, other)


@pytest.mark.parametrize("item_bytes", [1, 2, 4])
def test_rows(g: np.random.Generator, item_bytes: int) -> None:
    item = f"uint{8 * item_bytes}"
    x, y, wrong = drawn(g, item, (2, 3, 5, 7)), np.zeros((2, 3, 4, 7), item), np.zeros(1, np.int64)
    chosen = g.integers(0, 5, (2, 4)).astype(np.int32)
    for chosen[1, 2], expected in ((4, 0), (5, 1), (-1, 1)):
        expect_own_bits(indexed_rows.take[item_bytes], x, chosen, y, wrong)
        indexed_rows.take[item_bytes](x, chosen, y, wrong)
        assert wrong[0] == expected


def test_many_terms(g: np.random.Generator) -> None:
    for size in SIZES:
        a, b = drawn(g, "int8", size), drawn(g, "int8", size)
        expect_own_bits(many_terms.add_two_int8, a, b, np.zeros(size, np.int32))
        expect_own_bits(many_terms.add_int8, a, drawn(g, "int32", size).copy() >> 8)
        a, b = drawn(g, "float32", size), drawn(g, "float32", size)
        y = np.zeros(size, np.float32)
        for kernel in (many_terms.add_two_reals, many_terms.add_reals):
            kernel(a, b, y)
            with np.errstate(all="ignore"):
                assert_array_equal(y, a + b + np.float32(0))


def test_running_sums(g: np.random.Generator) -> None:
    for shape in ((1, 1, 1), (9, 6, 1), (17, 3, 3), (2, 5, 40), (8, 4, 1)):
        x = g.normal(0, 1, shape).astype(np.float32)
        x.flags.writeable = False
        for exclusive in (0, 1):
            for reverse in (0, 1):
                totals = np.zeros(shape[2], np.float32)
                y = np.zeros(shape, np.float32)
                float_reductions.running_sum(x, y, totals, exclusive, reverse)
                turned = x[:, ::-1] if reverse else x
                expected = np.zeros(shape, np.float32)
                total = np.zeros((shape[0], shape[2]), np.float32)
                for k in range(shape[1]):
                    after = total + turned[:, k]
                    expected[:, k] = total if exclusive else after
                    total = after
                assert_array_equal(y, expected[:, ::-1] if reverse else expected)


@pytest.mark.skipif(not has_vectors(), reason="vectors are switched off")
@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (2, 5, 7, 3), (3, 4, 9, 40), (2, 9, 3, 33), (1, 3, 20, 16)])
def test_products_of_matrices(g: np.random.Generator, shape: tuple[int, ...], fused: bool) -> None:
    """Tiny numbers among them, whose contracted products underflow to -0."""
    batches, rows, depth, columns = shape
    x1, x2 = (g.normal(0, 1, s).astype(np.float32) for s in ((batches, rows, depth), (2, depth, columns)))
    for x in (x1, x2):
        x[g.random(x.shape) < 0.2] *= np.float32(1e-35)
        x[g.random(x.shape) < 0.1] = np.float32(-0.0)
        x[g.random(x.shape) < 0.01] = np.inf
    of = np.arange(batches), np.arange(batches) % 2
    y, expected = (np.zeros((batches, rows, columns), np.float32) for _ in range(2))
    runs: list[Any] = real_tiles.products_of_reals(x1, x2, of, y, fused)
    assert {run.kernel.py_func.__module__ for run in runs if hasattr(run, "kernel")} == {
        "microinfer.kernels.real_tiles"
    }
    portable = batch_matmul.batch_matmul_float32_fused if fused else batch_matmul.batch_matmul_float32
    portable(x1, x2, *of, expected)
    for run in runs:
        run()
    assert_array_equal(np.isnan(y), np.isnan(expected))
    found = ~np.isnan(y)
    assert_array_equal(y[found].view(np.uint32), expected[found].view(np.uint32))


@pytest.mark.skipif(switched_off(), reason="numba is switched off")
@pytest.mark.parametrize("row", [1, 2, 3, 6, 15, 16, 17, 64, 100, 700])
def test_rows_are_picked_in_pieces(g: np.random.Generator, row: int) -> None:
    for dtype in ("int8", "int16", "float32"):
        x, y = drawn(g, dtype, (2, 3, 5, row)), np.zeros((2, 3, 4, row), dtype)
        chosen, wrong = np.array([[4, 0, 4, 1], [2, 3, 0, 1]], np.int32), np.zeros(1, np.int64)
        run: Any = indexed_rows.bind_take(x, chosen, y, wrong)
        run()
        assert run.kernel in indexed_rows.pick.values()
        assert wrong[0] == 0
        for b in range(2):
            assert_array_equal(y[b], x[b][:, chosen[b]])
        before = y.copy()
        for chosen[1, 2] in (-1, 5):
            run()
            assert wrong[0] == 1
            assert_array_equal(y, before)


@pytest.mark.parametrize("dtype", ["int8", "int16"])
@pytest.mark.parametrize("taps", [1, 2, 3, 6, 15, 16, 17])
def test_means_are_whole_quotients(g: np.random.Generator, dtype: str, taps: int) -> None:
    """Of windows with many taps and with few: halves go away from zero."""
    limits = np.iinfo(dtype)
    x = drawn(g, dtype, (1, taps, taps, 300)).copy()
    x[..., 0], x[..., 1] = limits.min, limits.max
    y = np.zeros((1, 1, 1, 300), dtype)
    module: Any = pooling if dtype == "int8" else int16_layers
    window = taps, taps, 1, 1, 0, 0, int(limits.min), int(limits.max)
    module.average_pool_2d(x, y, np.zeros(300, np.int32), *window)
    total, count = x.astype(np.int64).sum((1, 2))[0], taps * taps
    expected = np.sign(total) * ((np.abs(total) + count // 2) // count)
    assert_array_equal(y[0, 0, 0], expected)
