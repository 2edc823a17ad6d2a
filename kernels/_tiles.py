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
    I32,
    I64,
    INTS,
    LANES,
    LONGS,
    SIGNED,
    cgutils,
    constant,
    data,
    length,
    load,
    splat,
)
from ._channel_rows import packer_of, requantized, row_of

__all__ = ["convolve"]

_int = types.int64


def convolve(pixels: int, blocks: int, deep: bool, form: str, own: bool = False) -> Any:
    """Sums of `pixels` output pixels by `blocks` x 16 channels over all runs, requantised and stored.

    Where `own`, each pixel has an int32 of its own that its sums begin with beside the bias.

    A single pixel has two sums a channel, since one would wait for itself. Where `deep`, for one block, each
    channel has two neighbouring lanes, one for the first four of eight taps and one for the rest: a pixel is
    then loaded once for two multiplications.
    """
    chains = 2 if pixels == 1 else 1
    parts = 2 if deep else blocks
    element, shift = (I64, I64(3)) if deep else (I32, I64(2))
    size = LANES * blocks
    together = max(1, 4 // blocks)
    vectors_of_pixel = max(1, blocks // 4)
    stored = min(size, BYTES)

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kinds = signature.args
        source, packed, rows, target, at, offsets = (
            data(context, builder, kinds[i], values[i]) for i in (0, 1, 2, 3, 4, 6)
        )
        rows = builder.bitcast(rows, I8.as_pointer())
        p, groups, weight, row, depth, first, count = (values[i] for i in (5, *range(7, 13)))
        zero_point, low, high = values[13:16]
        places = [builder.add(p, I64(i)) for i in range(pixels)]
        windows = [builder.gep(source, [builder.load(builder.gep(at, [place]))]) for place in places]
        sums = [
            [[cgutils.alloca_once(builder, INTS) for _ in range(parts)] for _ in range(pixels)]
            for _ in range(chains)
        ]
        biases = [row_of(builder, rows, row, block, 0) for block in range(blocks)]
        for chain in range(chains):
            for i in range(pixels):
                for part in range(parts):
                    first_of = biases[part] if chain == 0 and not deep else constant(INTS, 0)
                    if own and chain == 0:
                        begins = data(context, builder, kinds[16], values[16])
                        one = builder.load(builder.gep(begins, [places[i]]))
                        first_of = builder.add(first_of, splat(builder, one, LANES))
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
            here = [builder.bitcast(builder.gep(window, [offset]), I8.as_pointer()) for window in windows]
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
                    builder.add(total, builder.load(sums[chain][i][part])) for part, total in enumerate(found)
                ]
            totals.append([_neighbours(builder, found[0], found[1], biases[0])] if deep else found)
        results = [
            requantized(builder, form, [total[block] for total in totals], rows, row, block, zero_point)
            for block in range(blocks)
        ]
        packer = packer_of(builder, form, zero_point, low, high)
        outputs = [builder.gep(target, [builder.add(builder.mul(q, depth), first)]) for q in places]
        vectors = []
        for start in range(0, pixels, together):
            chosen = [min(start + k, pixels - 1) for k in range(together)]
            for part in range(vectors_of_pixel):
                some = range(blocks)[4 * part : 4 * part + 4]
                value = packer([results[block][i] for i in chosen for block in some])
                vectors.append((chosen[0], part * stored, _in_order(builder, value, len(some))))

        def pieces() -> Iterator[tuple[Any, int, Any]]:
            """Where each begins, at which of a pixel's channels, and what is stored there."""
            for start, behind, value in vectors:
                for k in range(min(together, pixels - start)):
                    part = range(k * stored, (k + 1) * stored)
                    at = builder.gep(outputs[start + k], [I64(behind)])
                    yield at, behind, _bytes.shuffle(builder, value, None, part)

        with builder.if_else(builder.icmp_signed(">=", count, I64(size))) as (full, partial):
            with full:
                if together > 1 and pixels % together == 0:
                    tight = builder.icmp_signed("==", depth, I64(size))
                    with builder.if_else(tight) as (adjacent, apart):
                        with adjacent:
                            for start, _, value in vectors:
                                _bytes.store(builder, outputs[start], I64(0), value)
                        with apart:
                            for pointer, _, value in pieces():
                                _bytes.store(builder, pointer, I64(0), value)
                else:
                    for pointer, _, value in pieces():
                        _bytes.store(builder, pointer, I64(0), value)
            with partial:
                # eight channels and no more: the pixels' halves of a block are neighbours
                eight = size // 2 if blocks == 1 and pixels % together == 0 else -1
                all_of_eight = builder.and_(
                    builder.icmp_signed("==", depth, I64(eight)), builder.icmp_signed("==", count, depth)
                )
                with builder.if_else(all_of_eight) as (near, apart):
                    with near:
                        for start, _, value in vectors if eight > 0 else ():
                            quarters = builder.bitcast(value, LONGS)
                            few = _bytes.shuffle(builder, quarters, None, range(0, 8, 2))
                            _bytes.store(builder, outputs[start], I64(0), few)
                    with apart:
                        for pointer, behind, value in pieces():
                            rest = _bytes.not_negative(builder, builder.sub(count, I64(behind)))
                            _bytes.store_first(builder, value, pointer, rest)
        return context.get_dummy_value()

    if own:

        @intrinsic
        def tile_of_rows(
            _: Any, x: Any, weights: Any, table: Any, y: Any, starts: Any, p: Any, runs: Any, groups: Any,
            weight: Any, row: Any, depth: Any, first: Any, count: Any, zero_point: Any, low: Any, high: Any,
            begins: Any,
        ) -> Any:  # fmt: skip
            return types.void(
                x, weights, table, y, starts, _int, runs, *(_int,) * 9, begins
            ), code  # fmt: skip

        return tile_of_rows

    @intrinsic
    def tile(
        _: Any, x: Any, weights: Any, table: Any, y: Any, starts: Any, p: Any, runs: Any, groups: Any,
        weight: Any, row: Any, depth: Any, first: Any, count: Any, zero_point: Any, low: Any, high: Any,
    ) -> Any:  # fmt: skip
        return types.void(x, weights, table, y, starts, _int, runs, *(_int,) * 9), code

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
