"""Loops over arrays of float32 by vectors, made for numba's compiler on demand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from . import _bytes
from ._bytes import I32, I64, cgutils, data, length
from ._lanes_of_reals import REAL, Lanes

__all__ = ["Formula", "elementwise", "largest", "row_sums", "running_sums", "transposed"]

LANES = 16
Formula = Callable[..., Lanes]
"""From a vector of float32, and so many numbers in every lane, to another."""


def elementwise(formula: Formula, lanes: int, numbers: int, patch: Any = None) -> Any:
    """numba's form of `(x, y, *numbers)`: y[i] = formula(x[i], *numbers), for arrays of float32, y may be x.

    With a `patch`, (which, name): of lanes for which `which` holds the C library's function is called.
    """
    kind = _bytes.vector(REAL, lanes)

    def run(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        source, target = (data(context, builder, signature.args[i], values[i]) for i in (0, 1))
        count = length(context, builder, signature.args[1], values[1])
        others = [Lanes(builder, _bytes.splat(builder, value, lanes)) for value in values[2:]]
        room = cgutils.alloca_once(builder, kind)

        def compute(value: Any) -> Any:
            x = Lanes(builder, value)
            y = formula(x, *others)
            if patch is None:
                return y.value
            builder.store(y.value, room)
            with builder.if_then(patch[0](x).holds_anywhere(), likely=False):
                _patch(builder, x, patch, room)
            return builder.load(room)

        size = I64(lanes)
        whole = builder.udiv(count, size)
        with cgutils.for_range(builder, whole) as loop:
            offset = builder.mul(loop.index, size)
            _bytes.store(builder, target, offset, compute(_bytes.load(builder, source, kind, offset)))
        offset = builder.mul(whole, size)
        rest = builder.sub(count, offset)
        with builder.if_then(builder.icmp_signed(">", rest, I64(0))):
            piece = cgutils.alloca_once_value(builder, ir.Constant(kind, [1.0] * lanes))
            _copy(builder, builder.gep(source, [offset]), builder.bitcast(piece, REAL.as_pointer()), rest)
            builder.store(compute(builder.load(piece)), piece)
            _copy(builder, builder.bitcast(piece, REAL.as_pointer()), builder.gep(target, [offset]), rest)
        return context.get_dummy_value()

    if numbers == 0:

        @intrinsic
        def with_none(_: Any, x: Any, y: Any) -> Any:
            return types.void(x, y), run

        return with_none

    @intrinsic
    def with_two(_: Any, x: Any, y: Any, a: Any, b: Any) -> Any:
        return types.void(x, y, types.float32, types.float32), run

    return with_two


def _copy(builder: Any, source: Any, target: Any, count: Any) -> None:
    with cgutils.for_range(builder, count) as loop:
        builder.store(builder.load(builder.gep(source, [loop.index])), builder.gep(target, [loop.index]))


def _patch(builder: Any, x: Lanes, patch: Any, room: Any) -> None:
    which, name = patch
    lanes = x.value.type.count
    place = builder.bitcast(room, REAL.as_pointer())
    marked = which(x).value
    for lane in range(lanes):
        with builder.if_then(builder.extract_element(marked, I32(lane))):
            one = builder.extract_element(x.value, I32(lane))
            builder.store(_bytes.call(builder, name, REAL, one), builder.gep(place, [I64(lane)]))


def largest() -> Any:
    """The largest of an array of float32 and of `least`: `(x, least)`; what is no number is not larger."""
    lanes = LANES
    kind = _bytes.vector(REAL, lanes)

    @intrinsic
    def largest_of(_: Any, x: Any, least: Any) -> Any:
        def run(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            source = data(context, builder, signature.args[0], values[0])
            count = length(context, builder, signature.args[0], values[0])
            best = cgutils.alloca_once_value(builder, _bytes.splat(builder, values[1], lanes))
            whole = builder.udiv(count, I64(lanes))

            def take(value: Any) -> None:
                found, x = (Lanes(builder, each) for each in (builder.load(best), value))
                builder.store((found < x).then(x, found).value, best)

            with cgutils.for_range(builder, whole) as loop:
                take(_bytes.load(builder, source, kind, builder.mul(loop.index, I64(lanes))))
            value, size = builder.load(best), lanes
            while size > 1:
                size //= 2
                low, high = (
                    Lanes(builder, _bytes.shuffle(builder, value, None, range(at, at + size)))
                    for at in (0, size)
                )
                value = (low < high).then(high, low).value
            only = cgutils.alloca_once_value(builder, builder.extract_element(value, I32(0)))
            offset = builder.mul(whole, I64(lanes))
            with cgutils.for_range(builder, builder.sub(count, offset)) as loop:
                one = builder.load(builder.gep(source, [builder.add(offset, loop.index)]))
                found = builder.load(only)
                builder.store(builder.select(builder.fcmp_ordered("<", found, one), one, found), only)
            return builder.load(only)

        return types.float32(x, types.float32), run

    return largest_of


def transposed(builder: Any, rows: list[Any]) -> list[Any]:
    """16 vectors of 16, the first of all in the first: four times as a deck of cards is shuffled."""
    if str(rows[0].type.element) in (str(REAL), str(I32)):
        return _transposed_in_quarters(builder, rows)
    orders = [[at // 2 + LANES * (at % 2) + start for at in range(LANES)] for start in (0, LANES // 2)]
    for _ in range(4):
        rows = [
            _bytes.shuffle(builder, rows[at], rows[at + LANES // 2], order)
            for at in range(LANES // 2)
            for order in orders
        ]
    return rows


def _transposed_in_quarters(builder: Any, rows: list[Any]) -> list[Any]:
    """The same of 32 bits each, of which processors shuffle four at a time faster than any: first within
    quarters of vectors, then whole quarters."""

    def within(a: Any, b: Any, order: Sequence[int]) -> Any:
        """Of each quarter of a, and that of b behind it, the elements of this order."""
        picked = [4 * (k // 4) + order[k % 4] for k in range(LANES)]
        return _bytes.shuffle(
            builder, a, b, [at if order[k % 4] < 4 else at + LANES - 4 for k, at in enumerate(picked)]
        )

    words, doubles = [], []
    for a, b in zip(rows[::2], rows[1::2], strict=True):
        words += [within(a, b, order) for order in ((0, 4, 1, 5), (2, 6, 3, 7))]
    for at in range(0, LANES, 4):
        for pair in (words[at : at + 3 : 2], words[at + 1 : at + 4 : 2]):
            doubles += [within(pair[0], pair[1], order) for order in ((0, 1, 4, 5), (2, 3, 6, 7))]
    even, odd = ([4 * q + k for q in some for k in range(4)] for some in ((0, 2, 4, 6), (1, 3, 5, 7)))
    columns = list(rows)
    for c in range(4):
        four = doubles[c::4]
        for first, order in ((0, even), (1, odd)):
            low, high = (_bytes.shuffle(builder, four[at], four[at + 1], order) for at in (0, 2))
            columns[4 * first + c] = _bytes.shuffle(builder, low, high, even)
            columns[4 * first + 8 + c] = _bytes.shuffle(builder, low, high, odd)
    return columns


def _starts(context: Any, builder: Any, kind: Any, value: Any, first: Any) -> tuple[list[Any], Any]:
    """Where 16 rows begin, and how long they are."""
    array = context.make_array(kind)(context, builder, value)
    depth = builder.extract_value(array.shape, 1)
    rows = [builder.mul(builder.add(first, I64(row)), depth) for row in range(LANES)]
    return [builder.gep(array.data, [row]) for row in rows], depth


def row_sums() -> Any:
    """`(y, first, totals)`: totals[k] = the sum of row first + k of y, element after element, for 16 rows."""

    @intrinsic
    def sums(_: Any, y: Any, first: Any, totals: Any) -> Any:
        def run(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            starts, depth = _starts(context, builder, signature.args[0], values[0], values[1])
            kind = _bytes.vector(REAL, LANES)
            total = cgutils.alloca_once_value(builder, ir.Constant(kind, [0.0] * LANES))
            whole = builder.udiv(depth, I64(LANES))
            with cgutils.for_range(builder, whole) as loop:
                offset = builder.mul(loop.index, I64(LANES))
                rows = [_bytes.load(builder, start, kind, offset) for start in starts]
                sums = builder.load(total)
                for column in transposed(builder, rows):
                    sums = builder.fadd(sums, column)
                builder.store(sums, total)
            offset = builder.mul(whole, I64(LANES))
            with cgutils.for_range(builder, builder.sub(depth, offset)) as loop:
                at = builder.add(offset, loop.index)
                column = ir.Constant(kind, ir.Undefined)
                for row, start in enumerate(starts):
                    column = builder.insert_element(column, builder.load(builder.gep(start, [at])), I32(row))
                builder.store(builder.fadd(builder.load(total), column), total)
            target = data(context, builder, signature.args[2], values[2])
            _bytes.store(builder, target, I64(0), builder.load(total))
            return context.get_dummy_value()

        return types.void(y, types.int64, totals), run

    return sums


def running_sums(exclusive: bool, reverse: bool) -> Any:
    """`(x, y, first, count, totals)`: the running sums of 16 rows from `first` on, of their first `count`
    elements, a multiple of 16; they begin with the totals, and leave their last there."""

    @intrinsic
    def sums(_: Any, x: Any, y: Any, first: Any, count: Any, totals: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            sources, targets = (
                _starts(context, builder, signature.args[i], values[i], values[2])[0] for i in (0, 1)
            )
            room, kind = data(context, builder, signature.args[4], values[4]), _bytes.vector(REAL, LANES)
            kept = cgutils.alloca_once_value(builder, _bytes.load(builder, room, kind, I64(0)))
            with cgutils.for_range(builder, builder.udiv(values[3], I64(LANES))) as loop:
                at = builder.mul(loop.index, I64(LANES))
                if reverse:
                    at = builder.sub(builder.sub(values[3], I64(LANES)), at)
                columns = transposed(builder, [_bytes.load(builder, row, kind, at) for row in sources])
                total = builder.load(kept)
                for k in range(LANES - 1, -1, -1) if reverse else range(LANES):
                    after = builder.fadd(total, columns[k])
                    columns[k], total = (total, after) if exclusive else (after, after)
                builder.store(total, kept)
                for row, value in zip(targets, transposed(builder, columns), strict=True):
                    _bytes.store(builder, row, at, value)
            _bytes.store(builder, room, I64(0), builder.load(kept))
            return context.get_dummy_value()

        return types.void(x, y, types.int64, types.int64, totals), code

    return sums
