"""The bind of products of int8 matrices, where the processor sums products of bytes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .spec import Array, Run

__all__ = ["bind_byte_products"]

MANY_OUTPUTS = 2048
"""From so many on a real scale is looked for."""


def bind_byte_products(
    left: Array,
    right: Array,
    batches: Sequence[NDArray[np.int64]],
    y: Array,
    parameters: Sequence[int],
    constant: bool,
) -> tuple[Run, ...]:
    """left [matrices, rows, depth], right [matrices, depth, columns], y [products, rows, columns]; which
    matrices make each product, and zero points of both, multiplier, shift and zero point of the output.

    Nothing is empty, and the processor has these instructions.
    """
    from ..kernels import dot_matmul as kernels
    from ..kernels import dot_products
    from ..kernels.lanes import LANES, aligned_zeros
    from ..kernels.real_scales import real_scales

    zero_1, zero_2, factor, power, zero_point = parameters
    (_, rows, depth), columns = left.shape, right.shape[2]
    multiplier, shift = np.array([factor], np.int32), np.array([power], np.int32)
    most = depth * (128 + abs(zero_1)) * (128 + abs(zero_2))
    form, reals = dot_products.WIDE, None
    if most < 1 << 30 and power < 0:
        form = dot_products.NARROW
        if y.size >= MANY_OUTPUTS:
            limits = -128 - zero_point, 127 - zero_point
            reals = real_scales(multiplier, shift, np.array([most]), *limits)
            form = dot_products.NARROW if reals is None else dot_products.REAL
    shape = kernels.shape_of(rows, columns)
    turns = -(-columns // (LANES * shape[1]))
    lanes = np.zeros((len(right) * turns, shape[1], LANES), np.int64)
    table = dot_products.channel_rows(lanes, np.zeros(1, np.int64), multiplier, shift, form, reals or ())
    size = dot_products.TAPS * kernels.steps_of(depth)
    packed = aligned_zeros(lanes.size * size * dot_products.ELEMENT_BYTES, np.int8)
    pack = kernels.pack(shape[1]).bind(right, packed, table, turns, zero_1)
    if constant:
        pack()
    run = kernels.matmul(shape, form).bind(
        left,
        *batches,
        y,
        dot_products.image(rows * size, 0),
        packed,
        table,
        np.zeros(rows, np.int32),
        np.arange(rows) * size,
        np.zeros(1, np.int64),
        turns,
        zero_1,
        zero_2,
        zero_point,
        -128,
        127,
    )
    return (run,) if constant else (pack, run)
