"""Products of matrices of int8 by dot products of bytes: rows are pixels, columns the channels of a layer.

As in `dot_products`, a value of the left matrix becomes the unsigned byte x + 128 where bytes are unsigned.
Of the sum of (x1 - z1)(x2 - z2), what depends on the column alone, -(128 + z1) x the column's sum, is the
bias of a channel; what depends on the row alone, -z2 x the row's sum of x1 - z1, is what its sums begin
with: modulo 2^32.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._helpers import Native
from ._jit import Kernel, kernel
from ._processor import way_of_products
from .dot_products import ELEMENT, ELEMENT_BYTES, NARROW, REAL, ROWS, SUFFIXES, TAPS, UNSIGNED, WIDE
from .lanes import LANES

__all__ = ["FORMS", "matmul", "pack", "shape_of", "steps_of"]

FORMS = (NARROW, WIDE, REAL)
STEP = TAPS * ELEMENT_BYTES
"""Bytes of weights of one lane."""

SHAPES = {
    "AVX-512 VNNI": ((6, 4), (1, 4), (8, 2), (1, 2), (8, 1), (1, 1)),
    "AVX-VNNI": ((3, 2), (1, 2), (4, 1), (1, 1)),
    "AVX2": ((2, 2), (1, 2), (4, 1), (1, 1)),
    "Arm dot products": ((3, 2), (1, 2), (4, 1), (1, 1)),
}
"""Rows and blocks of 16 columns that are summed together."""

copy_unsigned = Native("_copies", "copy_unsigned")


def shape_of(rows: int, columns: int) -> tuple[int, int]:
    """For matrices of so many rows and columns."""
    shapes = [shape for shape in SHAPES[way_of_products()] if shape[0] <= rows]
    wide = [shape for shape in shapes if LANES * shape[1] < 2 * columns]
    return (wide or shapes[-1:])[0]


def steps_of(depth: int) -> int:
    """Vectors of weights for so many taps."""
    return -(-depth // TAPS)


def _pack(blocks: int) -> Kernel:
    interleave = Native("_interleave", "interleave", (blocks,))
    size, row_step = LANES * blocks, ROWS * LANES * blocks

    def pack(x: Any, packed: Any, table: Any, turns: Any, zero_point: Any) -> None:
        """x [matrices, depth, columns] to weights and the biases of a table of channels, matrix by matrix."""
        depth, columns = x.shape[1], x.shape[2]
        weight = (depth + TAPS - 1) // TAPS * STEP * size
        for m in range(x.shape[0]):
            for n in range(turns):
                turn = m * turns + n
                interleave(
                    packed, turn * weight, table, turn * row_step, x, m * depth * columns + n * size, columns,
                    depth, columns - n * size, -(UNSIGNED + zero_point),
                )  # fmt: skip

    pack.__name__ = f"pack_{blocks}"
    return kernel("void(Array(int8, 3, 'C', readonly=True), int8[::1], int32[::1], int64, int64)")(pack)


def _matmul(rows: int, blocks: int, form: str) -> Kernel:
    tile = Native("_tiles", "convolve", (rows, blocks, False, form, True))
    size, row_step = LANES * blocks, ROWS * LANES * blocks * 4

    def matmul(
        x1: Any, batches_1: Any, batches_2: Any, y: Any, image: Any, packed: Any, table: Any, begins: Any,
        starts: Any, runs: Any, turns: Any, zero_1: Any, zero_2: Any, zero_point: Any, low: Any, high: Any,
    ) -> None:  # fmt: skip
        """x1 [matrices, rows, depth] and what `pack` made to y [matrices, rows, columns].

        `batches`: which matrix of each goes into each of y. `starts` are offsets of rows in the image, `runs`
        is [0], `begins` has room for a number a row.
        """
        depth, columns = x1.shape[2], y.shape[2]
        steps = (depth + TAPS - 1) // TAPS
        weight = steps * STEP * size
        last = x1.shape[1] - rows
        there = np.int64(-1)
        for b in range(y.shape[0]):
            target = y[b]
            if batches_1[b] != there:
                there = batches_1[b]
                source = x1[there]
                for r in range(x1.shape[1]):
                    copy_unsigned(image, starts[r], source, r * depth, depth)
                    total = np.int32(0)
                    if zero_2 != 0:
                        for k in range(depth):
                            total = np.int32(total + np.int32(source[r, k]))
                        total = np.int32(-zero_2 * (np.int64(total) - depth * zero_1))
                    begins[r] = total
            first = batches_2[b] * turns
            for p in range(0, x1.shape[1], rows):
                for n in range(turns):
                    turn = first + n
                    tile(
                        image, packed, table, target, starts, min(p, last), runs, steps, turn * weight,
                        turn * row_step, columns, n * size, columns - n * size, zero_point, low, high, begins,
                    )  # fmt: skip

    matmul.__name__ = f"matmul_{rows}_{blocks}{SUFFIXES[form]}"
    return kernel(
        f"void(Array(int8, 3, 'C', readonly=True), int64[::1], int64[::1], int8[:,:,::1], {ELEMENT}[::1],"
        "int8[::1], int32[::1], int32[::1], int64[::1], int64[::1], int64, int64, int64, int64, int64, int64)"
    )(matmul)


_shapes = SHAPES.get(way_of_products(), ())
_packs = {blocks: _pack(blocks) for blocks in sorted({blocks for _, blocks in _shapes})}
_matmuls = {(*shape, form): _matmul(*shape, form) for shape in _shapes for form in FORMS}


def pack(blocks: int) -> Kernel:
    """For tiles of so many blocks."""
    return _packs[blocks]


def matmul(shape: tuple[int, int], form: str) -> Kernel:
    """For tiles of this shape, see `shape_of`, and this form of requantisation."""
    return _matmuls[(*shape, form)]
