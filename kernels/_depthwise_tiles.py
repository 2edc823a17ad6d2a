"""The inner operation of the depthwise dot product kernel, made for numba's compiler on demand.

Its arguments are those that `dot_depthwise_conv_2d` gives; arrays are read at linear
indices that nobody checks.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic

from . import _bytes
from ._bytes import (
    BYTES,
    I8,
    I16,
    I64,
    INTS,
    LONGS,
    SIGNED,
    cgutils,
    data,
    length,
    load,
)
from ._channel_rows import packer_of, requantized, row_of
from .dot_products import TAPS

_int = types.int64
_TAP = SIGNED if TAPS == 4 else _bytes.vector(I16, BYTES)
_NEIGHBOURS = (0, 2, 1, 3, 4, 6, 5, 7)
"""Of eight bytes each: what packing leaves out of order where lanes are as in `pair_order`."""


def depthwise(form: str) -> Any:
    """64 neighbouring outputs: sums over taps by fours, or by pairs of int16, whose elements are interleaved,
    requantised, stored."""

    @intrinsic
    def block(
        _: Any, image: Any, at: Any, taps: Any, weights: Any, weight: Any, table: Any, row: Any, y: Any,
        target: Any, count: Any, zero_point: Any, low: Any, high: Any,
    ) -> Any:  # fmt: skip
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            kinds = signature.args
            source, offsets, packed, rows, output = (
                data(context, builder, kinds[i], values[i]) for i in (0, 2, 3, 5, 7)
            )
            rows = builder.bitcast(rows, I8.as_pointer())
            at, weight, row, target, count = (values[i] for i in (1, 4, 6, 8, 9))
            zero_point, low, high = values[10:]
            groups = builder.lshr(length(context, builder, kinds[2], values[2]), I64(TAPS // 2))
            sums = [cgutils.alloca_once(builder, INTS) for _ in range(4)]
            for quarter, total in enumerate(sums):
                builder.store(row_of(builder, rows, row, quarter, 0), total)
            start = builder.gep(source, [at])
            with cgutils.for_range(builder, groups) as loop:
                few = builder.gep(offsets, [builder.mul(loop.index, I64(TAPS))])
                x = [
                    load(builder, start, _TAP, builder.load(builder.gep(few, [I64(i)]))) for i in range(TAPS)
                ]
                here = builder.gep(packed, [builder.add(weight, builder.mul(loop.index, I64(4 * BYTES)))])
                for quarter, value in enumerate((_by_fours if TAPS == 4 else _by_pairs)(builder, x)):
                    factors = load(builder, here, SIGNED, I64(BYTES * quarter), BYTES)
                    total = builder.load(sums[quarter])
                    builder.store(_bytes.multiply_add(builder, total, value, factors), sums[quarter])
            results = [
                requantized(builder, form, [builder.load(total)], rows, row, quarter, zero_point)[0]
                for quarter, total in enumerate(sums)
            ]
            value = packer_of(builder, form, zero_point, low, high)(results)
            if TAPS == 2:
                eighths = _bytes.shuffle(builder, builder.bitcast(value, LONGS), None, _NEIGHBOURS)
                value = builder.bitcast(eighths, SIGNED)
            pointer = builder.gep(output, [target])
            with builder.if_else(builder.icmp_signed(">=", count, I64(BYTES))) as (full, partial):
                with full:
                    _bytes.store(builder, pointer, I64(0), value)
                with partial:
                    _bytes.store_first(builder, value, pointer, count)
            return context.get_dummy_value()

        return types.void(
            image, _int, taps, weights, _int, table, _int, y, _int, _int, _int, _int, _int
        ), code

    return block


def _by_pairs(builder: Any, taps: list[Any]) -> list[Any]:
    """Element i of each of two vectors, side by side: four vectors in the order of `pair_order`."""
    made = []
    for quarter in range(4):
        order = []
        for half in (0, 1):
            for part in (0, 1):
                first = 32 * half + 16 * (quarter // 2) + 8 * part + 4 * (quarter % 2)
                order += [at for i in range(first, first + 4) for at in (i, BYTES + i)]
        made.append(_bytes.shuffle(builder, taps[0], taps[1], order))
    return made


def _by_fours(builder: Any, taps: list[Any]) -> list[Any]:
    """Byte i of each of four vectors, side by side: four vectors that together hold all i, four a lane."""

    def unpack(a: Any, b: Any, element: Any, high: int) -> Any:
        count = 512 // element.width
        lane = count // 4
        order = []
        for first in range(0, count, lane):
            for i in range(lane // 2):
                here = first + i + high * lane // 2
                order += [here, count + here]
        kind = _bytes.vector(element, count)
        return _bytes.shuffle(builder, builder.bitcast(a, kind), builder.bitcast(b, kind), order)

    pairs = [[unpack(taps[k], taps[k + 1], I8, high) for k in (0, 2)] for high in (0, 1)]
    return [unpack(low, up, I16, high) for low, up in pairs for high in (0, 1)]
