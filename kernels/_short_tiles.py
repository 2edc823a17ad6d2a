"""The inner operations of the vector kernels of int16 data, each made for numba's compiler on demand.

The arguments of each are those that the kernels in `short_tiles` give; arrays are read at linear indices that
nobody checks.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic

from . import _bytes
from ._bytes import I16, I32, I64, INTS, LANES, cgutils, constant, data, length

__all__ = ["convolve", "depthwise"]

_SHORTS, _LONGS = _bytes.vector(I16, LANES), _bytes.vector(I64, LANES)
_PAIRS = _bytes.vector(I16, 2 * LANES)
_ROWS = 3
_int = types.int64


def _load(builder: Any, pointer: Any, index: Any, kind: Any) -> Any:
    at = builder.bitcast(builder.gep(pointer, [index]), kind.as_pointer())
    return builder.load(at, align=kind.element.width // 8)


def _multiply_pairs(builder: Any, total: Any, a: Any, b: Any) -> Any:
    """To each of 16 sums, two products of int16."""
    wide = _bytes.vector(I32, 2 * LANES)
    products = builder.mul(builder.sext(a, wide), builder.sext(b, wide))
    halves = (_bytes.shuffle(builder, products, None, range(first, 2 * LANES, 2)) for first in (0, 1))
    return builder.add(total, builder.add(*halves))


def _finish(builder: Any, total: Any, table: Any, row: Any, zero_point: Any, low: Any, high: Any) -> Any:
    """Sums of 64 bits, with the bias, times factors of 16 bits, rounded once, clamped: 16 int16."""
    bias, factor, shift = (
        _load(builder, table, builder.add(row, I64(LANES * i)), _LONGS) for i in range(_ROWS)
    )
    one = constant(_LONGS, 1)
    product = builder.mul(builder.add(total, bias), factor)
    rounded = builder.add(product, builder.shl(one, builder.sub(shift, one)))
    value = builder.trunc(builder.ashr(rounded, shift), INTS)
    zero_point, low, high = (_bytes.narrow(builder, one, INTS) for one in (zero_point, low, high))
    value = builder.add(value, zero_point)
    value = builder.select(builder.icmp_signed("<", value, low), low, value)
    value = builder.select(builder.icmp_signed(">", value, high), high, value)
    return builder.trunc(value, _SHORTS)


def convolve(pixels: int) -> Any:
    """Sums of `pixels` output pixels by 16 channels over all runs: of each in 32 bits, of all in 64."""

    @intrinsic
    def tile(
        _: Any, image: Any, weights: Any, weight: Any, table: Any, row: Any, y: Any, starts: Any, p: Any,
        runs: Any, pairs: Any, depth: Any, first: Any, count: Any, zero_point: Any, low: Any, high: Any,
    ) -> Any:  # fmt: skip
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            kinds = signature.args
            source, packed, rows, target, at, offsets = (
                data(context, builder, kinds[i], values[i]) for i in (0, 1, 3, 5, 6, 8)
            )
            weight, row, p = (values[i] for i in (2, 4, 7))
            pairs, depth, first, count, zero_point, low, high = values[9:]
            places = [builder.add(p, I64(i)) for i in range(pixels)]
            windows = [builder.gep(source, [builder.load(builder.gep(at, [place]))]) for place in places]
            longs = [cgutils.alloca_once(builder, _LONGS) for _ in range(pixels)]
            sums = [cgutils.alloca_once(builder, INTS) for _ in range(pixels)]
            for total in longs:
                builder.store(constant(_LONGS, 0), total)
            with cgutils.for_range(builder, length(context, builder, kinds[8], values[8])) as run:
                offset = builder.load(builder.gep(offsets, [run.index]))
                here = [builder.gep(window, [offset]) for window in windows]
                start = builder.add(weight, builder.mul(run.index, builder.mul(pairs, I64(2 * LANES))))
                factors_at = builder.gep(packed, [start])
                for total in sums:
                    builder.store(constant(INTS, 0), total)
                with cgutils.for_range(builder, pairs) as loop:
                    factors = _load(builder, factors_at, builder.mul(loop.index, I64(2 * LANES)), _PAIRS)
                    for i in range(pixels):
                        near = builder.gep(here[i], [builder.shl(loop.index, I64(1))])
                        two = builder.load(builder.bitcast(near, I32.as_pointer()), align=2)
                        same = builder.bitcast(_bytes.splat(builder, two, LANES), _PAIRS)
                        value = _multiply_pairs(builder, builder.load(sums[i]), same, factors)
                        builder.store(value, sums[i])
                for total, part in zip(longs, sums, strict=True):
                    more = builder.sext(builder.load(part), _LONGS)
                    builder.store(builder.add(builder.load(total), more), total)
            for total, place in zip(longs, places, strict=True):
                value = _finish(builder, builder.load(total), rows, row, zero_point, low, high)
                pointer = builder.gep(target, [builder.add(builder.mul(place, depth), first)])
                _bytes.store_lanes(builder, pointer, value, count, 2)
            return context.get_dummy_value()

        numbers = (_int,) * 7
        return types.void(image, weights, _int, table, _int, y, starts, _int, runs, *numbers), code

    return tile


def depthwise(pixels: int) -> Any:
    """16 neighbouring channels of `pixels` output pixels, tap by tap, in 32 bits."""

    @intrinsic
    def tile(
        _: Any, image: Any, weights: Any, table: Any, channel: Any, y: Any, starts: Any, p: Any, taps: Any,
        depth: Any, padded: Any, low: Any, high: Any,
    ) -> Any:  # fmt: skip
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            kinds = signature.args
            source, packed, rows, target, at, offsets = (
                data(context, builder, kinds[i], values[i]) for i in (0, 1, 2, 4, 5, 7)
            )
            channel, p = values[3], values[6]
            depth, padded, low, high = values[8:]
            places = [builder.add(p, I64(i)) for i in range(pixels)]
            windows = [
                builder.gep(source, [builder.add(channel, builder.load(builder.gep(at, [place])))])
                for place in places
            ]
            sums = [cgutils.alloca_once(builder, INTS) for _ in range(pixels)]
            for total in sums:
                builder.store(constant(INTS, 0), total)
            with cgutils.for_range(builder, length(context, builder, kinds[7], values[7])) as loop:
                offset = builder.load(builder.gep(offsets, [loop.index]))
                where = builder.add(builder.mul(loop.index, padded), channel)
                factor = builder.sext(_load(builder, packed, where, _SHORTS), INTS)
                for total, window in zip(sums, windows, strict=True):
                    value = builder.sext(_load(builder, window, offset, _SHORTS), INTS)
                    builder.store(builder.add(builder.load(total), builder.mul(value, factor)), total)
            for total, place in zip(sums, places, strict=True):
                long = builder.sext(builder.load(total), _LONGS)
                row = builder.mul(channel, I64(_ROWS))
                value = _finish(builder, long, rows, row, I64(0), low, high)
                pointer = builder.gep(target, [builder.add(builder.mul(place, depth), channel)])
                _bytes.store_lanes(builder, pointer, value, builder.sub(depth, channel), 2)
            return context.get_dummy_value()

        return types.void(image, weights, table, _int, y, starts, _int, taps, _int, _int, _int, _int), code

    return tile
