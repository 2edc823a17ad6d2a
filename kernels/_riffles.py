"""Units of memory from several places in turn to one, and back, made for numba's compiler on demand.

A unit is 1 to 8 bytes; there are 2, 4, 8 or 16 places. Vectors of 64 bytes are shuffled in pairs, as often as
the number of places can be halved. Addresses are int64 and nobody checks them.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from . import _bytes
from ._bytes import I8, I64, cgutils, shuffle

__all__ = ["deal", "riffle", "turn"]

_int = types.int64


def _joined(builder: Any, vectors: list[Any]) -> list[Any]:
    """Vectors, of whose elements one of each follow one another in what is made."""
    if len(vectors) == 1:
        return vectors
    lanes = vectors[0].type.count
    low = [i // 2 + lanes * (i % 2) for i in range(lanes)]
    high = [lanes // 2 + i for i in low]
    pairs = zip(_joined(builder, vectors[::2]), _joined(builder, vectors[1::2]), strict=True)
    return [shuffle(builder, a, b, order) for a, b in pairs for order in (low, high)]


def _parted(builder: Any, vectors: list[Any]) -> list[Any]:
    """What `_joined` made these of."""
    if len(vectors) == 1:
        return vectors
    lanes = vectors[0].type.count
    pairs = list(zip(vectors[::2], vectors[1::2], strict=True))
    even, odd = (
        _parted(builder, [shuffle(builder, a, b, range(first, 2 * lanes, 2)) for a, b in pairs])
        for first in (0, 1)
    )
    return [one for pair in zip(even, odd, strict=True) for one in pair]


def _moved(size: int, places: int, gathers: bool) -> Any:
    lanes = 64 // size
    kind = _bytes.vector(ir.IntType(8 * size), lanes)

    @intrinsic
    def move(_: Any, one: Any, many: Any, count: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            whole = builder.inttoptr(values[0], I8.as_pointer())
            table = _bytes.data(context, builder, signature.args[1], values[1])
            parts = [
                builder.inttoptr(builder.load(builder.gep(table, [I64(i)])), I8.as_pointer())
                for i in range(places)
            ]
            count = values[2]

            def block(start: Any) -> None:
                at = builder.mul(start, I64(size))
                wide = builder.mul(at, I64(places))
                rows = [builder.add(wide, I64(64 * i)) for i in range(places)]
                if gathers:
                    loaded = [_bytes.load(builder, part, kind, at) for part in parts]
                    for row, vector in zip(rows, _joined(builder, loaded), strict=True):
                        _bytes.store(builder, whole, row, vector)
                else:
                    loaded = [_bytes.load(builder, whole, kind, row) for row in rows]
                    for part, vector in zip(parts, _parted(builder, loaded), strict=True):
                        _bytes.store(builder, part, at, vector)

            blocks = builder.udiv(count, I64(lanes))
            with cgutils.for_range(builder, blocks) as loop:
                block(builder.mul(loop.index, I64(lanes)))
            with builder.if_then(builder.icmp_signed("!=", builder.mul(blocks, I64(lanes)), count)):
                block(builder.sub(count, I64(lanes)))
            return context.get_dummy_value()

        return types.void(_int, many, _int), code

    return move


def riffle(size: int, places: int) -> Any:
    """`(to, table, count)`: in turn units of each address in the table, `count` of each, 64 bytes or more."""
    return _moved(size, places, gathers=True)


def deal(size: int, places: int) -> Any:
    """`(origin, table, count)`: what `riffle` made, back to the addresses in the table."""
    return _moved(size, places, gathers=False)


def turn(size: int, lanes: int) -> Any:
    """`(to, origin, rows, to_step, step, count)`: rows of `count` units, at least `lanes`, backwards: the
    origin is the first row's last unit."""
    kind = _bytes.vector(ir.IntType(8 * size), lanes)

    @intrinsic
    def move(_: Any, to: Any, origin: Any, rows: Any, to_step: Any, step: Any, count: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            target, source = (builder.inttoptr(value, I8.as_pointer()) for value in values[:2])
            rows, to_step, step, count = values[2:]
            blocks = builder.udiv(builder.sub(count, I64(1)), I64(lanes))
            last = builder.sub(count, I64(lanes))
            order = range(lanes - 1, -1, -1)

            def block(to: Any, origin: Any, start: Any) -> None:
                back = builder.sub(I64(1 - lanes), start)
                vector = _bytes.load(builder, origin, kind, builder.mul(back, I64(size)))
                made = shuffle(builder, vector, None, order)
                _bytes.store(builder, to, builder.mul(start, I64(size)), made)

            with cgutils.for_range(builder, rows) as row:
                to = builder.gep(target, [builder.mul(row.index, to_step)])
                origin = builder.gep(source, [builder.mul(row.index, step)])
                with cgutils.for_range(builder, blocks) as loop:
                    block(to, origin, builder.mul(loop.index, I64(lanes)))
                block(to, origin, last)
            return context.get_dummy_value()

        return types.void(_int, _int, _int, _int, _int, _int), code

    return move
