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
    SIGNED,
    cgutils,
    data,
    length,
    load,
)
from ._channel_rows import packer_of, requantized, row_of

_int = types.int64


def depthwise(form: str) -> Any:
    """64 neighbouring outputs: sums over taps by fours, whose bytes are interleaved, requantised, stored."""

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
            groups = builder.lshr(length(context, builder, kinds[2], values[2]), I64(2))
            sums = [cgutils.alloca_once(builder, INTS) for _ in range(4)]
            for quarter, total in enumerate(sums):
                builder.store(row_of(builder, rows, row, quarter, 0), total)
            start = builder.gep(source, [at])
            with cgutils.for_range(builder, groups) as loop:
                four = builder.gep(offsets, [builder.shl(loop.index, I64(2))])
                x = [
                    load(builder, start, SIGNED, builder.load(builder.gep(four, [I64(i)]))) for i in range(4)
                ]
                here = builder.gep(packed, [builder.add(weight, builder.mul(loop.index, I64(4 * BYTES)))])
                for quarter, value in enumerate(_by_fours(builder, x)):
                    factors = load(builder, here, SIGNED, I64(BYTES * quarter), BYTES)
                    total = builder.load(sums[quarter])
                    builder.store(_bytes.multiply_add(builder, total, value, factors), sums[quarter])
            results = [
                requantized(builder, form, [builder.load(total)], rows, row, quarter, zero_point)[0]
                for quarter, total in enumerate(sums)
            ]
            value = packer_of(builder, form, zero_point, low, high)(results)
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
