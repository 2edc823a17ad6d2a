"""Rows of bytes as the dot product kernels read weights, made for numba's compiler on demand."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic

from . import _bytes
from ._bytes import BYTES, I8, I64, INTS, LANES, cgutils, constant, data
from .dot_products import ELEMENT_BYTES, ROWS, TAPS, lane_order

__all__ = ["interleave"]

_int = types.int64


def interleave(blocks: int) -> Any:
    """`blocks` x 16 neighbouring columns of a matrix of signed bytes to weights, `TAPS` rows a step, zeros
    for what is not there; and the sum of each column times `factor` into the first row of each block of a
    table of channels."""
    size = LANES * blocks
    order = lane_order(blocks)

    @intrinsic
    def pack(
        _: Any, packed: Any, weight: Any, table: Any, row: Any, source: Any, start: Any, columns: Any,
        depth: Any, count: Any, factor: Any,
    ) -> Any:  # fmt: skip
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            target, rows, origin = (data(context, builder, signature.args[i], values[i]) for i in (0, 2, 4))
            weight, row, start = (values[i] for i in (1, 3, 5))
            columns, depth, count, factor = values[6:]
            target = builder.gep(target, [weight])
            origin = builder.gep(origin, [start])
            sums = [cgutils.alloca_once(builder, INTS) for _ in range(blocks)]
            for total in sums:
                builder.store(constant(INTS, 0), total)
            narrow = _bytes.vector(I8, size)
            rows_here = [cgutils.alloca_once(builder, narrow) for _ in range(TAPS)]
            whole = builder.icmp_signed(">=", count, I64(size))
            ones = constant(_bytes.SIGNED if ELEMENT_BYTES == 1 else _bytes.WORDS, 1)
            steps = builder.lshr(builder.add(depth, I64(TAPS - 1)), I64(TAPS // 2))
            with cgutils.for_range(builder, steps) as loop:
                for tap, room in enumerate(rows_here):
                    k = builder.add(builder.mul(loop.index, I64(TAPS)), I64(tap))
                    at = builder.gep(origin, [builder.mul(k, columns)])
                    builder.store(constant(narrow, 0), room)
                    there = builder.icmp_signed("<", k, depth)
                    with builder.if_then(there), builder.if_else(whole) as (full, part):
                        with full:
                            near = builder.bitcast(at, narrow.as_pointer())
                            builder.store(builder.load(near, align=1), room)
                        with part:
                            found = _bytes.load_first(builder, at, count)
                            builder.store(_bytes.shuffle(builder, found, None, range(size)), room)
                read = [builder.load(room) for room in rows_here]
                pairs = [
                    _bytes.shuffle(builder, read[i], read[i + 1], range(2 * size)) for i in range(0, TAPS, 2)
                ]
                where = builder.gep(target, [builder.mul(loop.index, I64(BYTES * blocks))])
                for block in range(blocks):
                    chosen = [
                        int(order[block, lane]) + tap * size for lane in range(LANES) for tap in range(TAPS)
                    ]
                    made = _bytes.shuffle(builder, pairs[0], pairs[-1], chosen)
                    if ELEMENT_BYTES == 2:
                        made = builder.sext(made, _bytes.WORDS)
                    _bytes.store(builder, where, I64(BYTES * block), made)
                    total = builder.load(sums[block])
                    builder.store(_bytes.multiply_add(builder, total, ones, made), sums[block])
            times = _bytes.narrow(builder, factor, INTS)
            for block, total in enumerate(sums):
                at = builder.add(row, I64(block * ROWS * LANES))
                value = builder.mul(builder.load(total), times)
                near = builder.bitcast(builder.gep(rows, [at]), INTS.as_pointer())
                builder.store(value, near, align=4)
            return context.get_dummy_value()

        return types.void(packed, _int, table, _int, source, *(_int,) * 5), code

    return pack
