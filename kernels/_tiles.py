"""The inner operations of the dot product kernels, each made for numba's compiler on demand.

The arguments of each are those that the kernels in `dot_conv_2d` and `dot_depthwise_conv_2d` give; arrays
are read at linear indices that nobody checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from . import _bytes
from ._bytes import (
    BYTES,
    I8,
    I16,
    I32,
    I64,
    INTS,
    LANES,
    LONGS,
    SIGNED,
    WORDS,
    cgutils,
    constant,
    data,
    length,
    load,
    splat,
)
from .dot_products import ROWS

__all__ = ["convolve", "copy_unsigned", "depthwise", "split_unsigned"]

_int = types.int64


def _row(builder: Any, table: Any, first: Any, block: int, row: int) -> Any:
    """16 int32 of a table of channels, from the row of a block of 16 channels."""
    return load(builder, table, INTS, builder.add(first, I64((block * ROWS + row) * LANES * 4)), BYTES)


def _requantized(
    builder: Any, wide: bool, totals: list[Any], table: Any, first: Any, block: int, zero_point: Any
) -> list[Any]:
    """Sums of the same 16 channels, with or without the zero point: see `_pack`."""
    even, odd, *shift = (_row(builder, table, first, block, row) for row in range(1, ROWS))
    if not wide:
        right, nudge = shift
        return [_bytes.requantize_narrow(builder, total, even, odd, right, nudge) for total in totals]
    left, right = shift
    point = _bytes.narrow(builder, zero_point, INTS)
    return [_bytes.requantize_wide(builder, total, even, odd, left, right, point) for total in totals]


def _pack(builder: Any, wide: bool, zero_point: Any, low: Any, high: Any) -> Any:
    """Four vectors as `_requantized` leaves them to 64 int8."""
    point = constant(WORDS, 0) if wide else _bytes.narrow(builder, zero_point, WORDS)
    bounds = [_bytes.narrow(builder, bound, SIGNED) for bound in (low, high)]
    return lambda values: _bytes.pack(builder, values, point, *bounds)


def convolve(pixels: int, blocks: int, deep: bool, wide: bool) -> Any:
    """Sums of `pixels` output pixels by `blocks` x 16 channels over all runs, requantised and stored.

    A single pixel has two sums a channel, since one would wait for itself. Where `deep`, for one block, each
    channel has two neighbouring lanes, one for the first four of eight taps and one for the rest: a pixel is
    then loaded once for two multiplications.
    """
    chains = 2 if pixels == 1 else 1
    parts = 2 if deep else blocks
    element, shift = (I64, I64(3)) if deep else (I32, I64(2))
    size = LANES * blocks
    together = 4 // blocks

    @intrinsic
    def tile(
        _: Any, x: Any, weights: Any, table: Any, y: Any, starts: Any, p: Any, runs: Any, groups: Any,
        weight: Any, row: Any, depth: Any, first: Any, count: Any, zero_point: Any, low: Any, high: Any,
    ) -> Any:  # fmt: skip
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            kinds = signature.args
            source, packed, rows, target, at, offsets = (
                data(context, builder, kinds[i], values[i]) for i in (0, 1, 2, 3, 4, 6)
            )
            rows = builder.bitcast(rows, I8.as_pointer())
            p, groups, weight, row, depth, first, count = (values[i] for i in (5, *range(7, 13)))
            zero_point, low, high = values[13:]
            places = [builder.add(p, I64(i)) for i in range(pixels)]
            windows = [builder.gep(source, [builder.load(builder.gep(at, [place]))]) for place in places]
            sums = [
                [[cgutils.alloca_once(builder, INTS) for _ in range(parts)] for _ in range(pixels)]
                for _ in range(chains)
            ]
            biases = [_row(builder, rows, row, block, 0) for block in range(blocks)]
            for chain in range(chains):
                for i in range(pixels):
                    for part in range(parts):
                        first_of = biases[part] if chain == 0 and not deep else constant(INTS, 0)
                        builder.store(first_of, sums[chain][i][part])

            def step(chain: int, taps: Any, index: Any, run: list[Any]) -> None:
                where = builder.gep(taps, [builder.mul(index, I64(BYTES * parts))])
                factors = [load(builder, where, SIGNED, I64(BYTES * k), BYTES) for k in range(parts)]
                for i in range(pixels):
                    few = load(builder, run[i], element, builder.shl(index, shift))
                    same = splat(builder, few, BYTES * 8 // element.width)
                    for part in range(parts):
                        total = builder.load(sums[chain][i][part])
                        total = _bytes.multiply_add(builder, total, same, factors[part])
                        builder.store(total, sums[chain][i][part])

            run_bytes = builder.mul(groups, I64(BYTES * parts))
            with cgutils.for_range(builder, length(context, builder, kinds[6], values[6])) as run:
                offset = builder.load(builder.gep(offsets, [run.index]))
                here = [builder.gep(window, [offset]) for window in windows]
                taps = builder.gep(packed, [builder.add(weight, builder.mul(run.index, run_bytes))])
                whole = builder.lshr(groups, I64(1)) if chains > 1 else groups
                with cgutils.for_range(builder, whole) as loop:
                    for chain in range(chains):
                        index = builder.add(builder.mul(loop.index, I64(chains)), I64(chain))
                        step(chain, taps, index, here)
                if chains > 1:
                    with builder.if_then(builder.trunc(groups, ir.IntType(1))):
                        step(0, taps, builder.sub(groups, I64(1)), here)
            totals = []
            for i in range(pixels):
                found = [builder.load(sums[0][i][part]) for part in range(parts)]
                for chain in range(1, chains):
                    found = [
                        builder.add(total, builder.load(sums[chain][i][part]))
                        for part, total in enumerate(found)
                    ]
                totals.append([_neighbours(builder, found[0], found[1], biases[0])] if deep else found)
            results = [
                _requantized(builder, wide, [total[block] for total in totals], rows, row, block, zero_point)
                for block in range(blocks)
            ]
            packer = _pack(builder, wide, zero_point, low, high)
            outputs = [builder.gep(target, [builder.add(builder.mul(q, depth), first)]) for q in places]
            vectors = []
            for start in range(0, pixels, together):
                chosen = [min(start + k, pixels - 1) for k in range(together)]
                value = packer([results[block][i] for i in chosen for block in range(blocks)])
                vectors.append((chosen[0], _in_order(builder, value, blocks)))

            def pieces() -> Iterator[tuple[Any, Any]]:
                for start, value in vectors:
                    for k in range(min(together, pixels - start)):
                        part = range(k * size, (k + 1) * size)
                        yield outputs[start + k], _bytes.shuffle(builder, value, None, part)

            with builder.if_else(builder.icmp_signed(">=", count, I64(size))) as (full, partial):
                with full:
                    if together > 1 and pixels % together == 0:
                        tight = builder.icmp_signed("==", depth, I64(size))
                        with builder.if_else(tight) as (adjacent, apart):
                            with adjacent:
                                for start, value in vectors:
                                    _bytes.store(builder, outputs[start], I64(0), value)
                            with apart:
                                for pointer, value in pieces():
                                    _bytes.store(builder, pointer, I64(0), value)
                    else:
                        for pointer, value in pieces():
                            _bytes.store(builder, pointer, I64(0), value)
                with partial:
                    # eight channels and no more: the pixels' halves of a block are neighbours
                    eight = size // 2 if blocks == 1 and pixels % together == 0 else -1
                    with builder.if_else(builder.icmp_signed("==", depth, I64(eight))) as (near, apart):
                        with near:
                            for start, value in vectors if eight > 0 else ():
                                quarters = builder.bitcast(value, LONGS)
                                few = _bytes.shuffle(builder, quarters, None, range(0, 8, 2))
                                _bytes.store(builder, outputs[start], I64(0), few)
                        with apart:
                            for pointer, value in pieces():
                                _bytes.store_first(builder, value, pointer, count)
            return context.get_dummy_value()

        return types.void(
            x, weights, table, y, starts, _int, runs, _int, _int, _int, _int, _int, _int, _int, _int, _int
        ), code

    return tile


def _neighbours(builder: Any, a: Any, b: Any, bias: Any) -> Any:
    """Sums of neighbouring lanes, plus the bias: of 128 bits two of the first vector, two of the second."""
    even, odd = (
        _bytes.shuffle(
            builder,
            a,
            b,
            [4 * lane + k + other for lane in range(4) for other in (0, LANES) for k in (which, which + 2)],
        )
        for which in (0, 1)
    )
    return builder.add(builder.add(even, odd), bias)


def _in_order(builder: Any, value: Any, blocks: int) -> Any:
    """Packed bytes of 4 // `blocks` pixels, one pixel behind the other.

    With four blocks they already are, since the channels of a lane were chosen so.
    """
    if blocks == 4:
        return value
    together = 4 // blocks
    order = [
        lane * 4 + pixel * blocks + block
        for pixel in range(together)
        for lane in range(4)
        for block in range(blocks)
    ]
    return builder.bitcast(_bytes.shuffle(builder, builder.bitcast(value, INTS), None, order), SIGNED)


def depthwise(wide: bool) -> Any:
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
                builder.store(_row(builder, rows, row, quarter, 0), total)
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
                _requantized(builder, wide, [builder.load(total)], rows, row, quarter, zero_point)[0]
                for quarter, total in enumerate(sums)
            ]
            value = _pack(builder, wide, zero_point, low, high)(results)
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


def copy_unsigned() -> Any:
    """`count` signed bytes from one place to another as unsigned ones, 128 more."""

    @intrinsic
    def copy(_: Any, target: Any, at: Any, source: Any, start: Any, count: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            to = builder.gep(data(context, builder, signature.args[0], values[0]), [values[1]])
            origin = builder.gep(data(context, builder, signature.args[2], values[2]), [values[3]])
            flip = constant(SIGNED, -128)
            whole = builder.lshr(values[4], I64(6))
            with cgutils.for_range(builder, whole) as loop:
                offset = builder.shl(loop.index, I64(6))
                value = load(builder, origin, SIGNED, offset)
                _bytes.store(builder, to, offset, builder.xor(value, flip))
            offset = builder.shl(whole, I64(6))
            rest = builder.sub(values[4], offset)
            with builder.if_then(builder.icmp_signed(">", rest, I64(0))):
                value = _bytes.load_first(builder, builder.gep(origin, [offset]), rest)
                _bytes.store_first(builder, builder.xor(value, flip), builder.gep(to, [offset]), rest)
            return context.get_dummy_value()

        return types.void(target, _int, source, _int, _int), code

    return copy


def split_unsigned(sizes: tuple[int, ...]) -> Any:
    """Pixels of one of the `sizes` in bytes, in pairs: the first of each to one place, the second to
    another, as unsigned bytes."""

    @intrinsic
    def split(
        _: Any, target: Any, even: Any, odd: Any, source: Any, start: Any, pairs: Any, size: Any
    ) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            base = data(context, builder, signature.args[0], values[0])
            to = [builder.gep(base, [values[i]]) for i in (1, 2)]
            origin = builder.gep(data(context, builder, signature.args[3], values[3]), [values[4]])
            for known in sizes:
                kind = _bytes.vector(I8, known)
                with (
                    builder.if_then(builder.icmp_signed("==", values[6], I64(known))),
                    cgutils.for_range(builder, values[5]) as loop,
                ):
                    for which in (0, 1):
                        place = builder.mul(loop.index, I64(2 * known))
                        value = load(builder, origin, kind, builder.add(place, I64(which * known)))
                        value = builder.xor(value, constant(kind, -128))
                        _bytes.store(builder, to[which], builder.mul(loop.index, I64(known)), value)
            return context.get_dummy_value()

        return types.void(target, _int, _int, source, _int, _int, _int), code

    return split


def call_entry() -> Any:
    """The entry of a kernel at an address, with the address of its arguments."""

    @intrinsic
    def call(_: Any, function: Any, argument: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            words = I8.as_pointer()
            entry = ir.FunctionType(I32, [words]).as_pointer()
            builder.call(builder.inttoptr(values[0], entry), [builder.inttoptr(values[1], words)])
            return context.get_dummy_value()

        return types.void(_int, _int), code

    return call
