"""Moves by machine code are numpy's assignments, whatever the strides."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from microinfer.kernels._jit import switched_off
from microinfer.kernels.strided_moves import move

pytestmark = pytest.mark.skipif(switched_off(), reason="numba is switched off")


def drawn_view(g: np.random.Generator, array: Any, shape: tuple[int, ...]) -> Any:
    """Every element of, every other of, or backwards through, an array of twice the sides and one more."""
    slices = []
    for size in shape:
        step, first = int(g.choice([1, 1, 1, 2, -1])), int(g.integers(0, 2))
        if step > 0:
            slices.append(slice(first, first + size * step, step))
        else:
            slices.append(slice(first + size - 1, first - 1 if first else None, -1))
    return array[tuple(slices)]


def test_moves_are_assignments() -> None:
    g = np.random.default_rng(0)
    seen = set()
    for _ in range(5 * int(os.environ.get("MICROINFER_EXAMPLES", "200"))):
        dtype, rank = g.choice(["i1", "i2", "i4", "i8"]), int(g.integers(1, 5))
        shape = tuple(g.integers(1, int(g.choice([3, 6, 20, 40])), rank).tolist())
        large = tuple(2 * size + 1 for size in shape)
        source = drawn_view(g, g.integers(-100, 100, large).astype(dtype), shape)
        if g.random() < 0.5:
            order = g.permutation(rank)
            source = np.ascontiguousarray(source.transpose(order)).transpose(np.argsort(order))
        if g.random() < 0.2:
            source = source[(slice(0, 1),) * rank]
        target: Any = np.zeros(shape, dtype)
        if g.random() < 0.5:
            target = drawn_view(g, np.zeros(large, dtype), shape)
        run: Any = move(np.broadcast_to(source, shape), target)
        for _ in range(2):
            target[...] = 0
            run()
            assert_array_equal(target, np.broadcast_to(source, shape))
        seen.add(run.kernel.py_func.__name__)
    assert len(seen) >= 9, seen


@pytest.mark.parametrize("size", [8, 64, 100, 127, 511, 512, 1000])
def test_units_of_every_length_move_whole(size: int) -> None:
    source = np.random.default_rng(1).integers(-100, 100, (3, size + 5), np.int8)
    target = np.zeros((3, size + 9), np.int8)
    move(source[:, :size], target[:, :size])()
    assert_array_equal(target[:, :size], source[:, :size])
    assert not target[:, size:].any()


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "i8"])
def test_every_other_unit_of_many(dtype: str) -> None:
    g = np.random.default_rng(2)
    for count in [*range(1, 20), 31, 32, 33, 63, 64, 65, 66, 128, 129, 130, 1000]:
        source = g.integers(-100, 100, 2 * count - 1).astype(dtype)
        room = np.zeros(count + 2, dtype)
        move(source[::2], room[1:-1])()
        assert_array_equal(room, [0, *source[::2], 0])
