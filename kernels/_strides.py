"""Loops over units of memory at addresses, made for numba's compiler on demand.

A unit is a few bytes that move together. Addresses and steps are int64 and nobody checks them; source and
target do not overlap.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ._bytes import I8, I64, call, cgutils, shuffle, vector

_int = types.int64


def _at(builder: Any, address: Any, kind: Any) -> Any:
    return builder.inttoptr(address, kind.as_pointer())


def _kind(size: int) -> Any:
    return ir.IntType(8 * size) if size <= 8 else vector(I8, size)


def _move(builder: Any, size: int, to: Any, origin: Any) -> None:
    kind = _kind(size)
    value = builder.load(builder.bitcast(origin, kind.as_pointer()), align=1)
    builder.store(value, builder.bitcast(to, kind.as_pointer()), align=1)


def move_units(size: int) -> Any:
    """`count` units of `length` bytes, at least `size`, from every `step` to every `to_step`: in pieces of
    `size`, of which the last two may overlap."""

    @intrinsic
    def move(_: Any, to: Any, origin: Any, count: Any, to_step: Any, step: Any, length: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            target, source = (_at(builder, value, I8) for value in values[:2])
            count, to_step, step, length = values[2:]
            with builder.if_else(builder.icmp_signed("==", length, I64(size))) as (whole, pieces):
                with whole, cgutils.for_range(builder, count) as loop:
                    to = builder.gep(target, [builder.mul(loop.index, to_step)])
                    _move(builder, size, to, builder.gep(source, [builder.mul(loop.index, step)]))
                with pieces:
                    last = builder.sub(length, I64(size))
                    more = builder.udiv(builder.sub(length, I64(1)), I64(size))
                    with cgutils.for_range(builder, count) as loop:
                        to = builder.gep(target, [builder.mul(loop.index, to_step)])
                        origin = builder.gep(source, [builder.mul(loop.index, step)])
                        with cgutils.for_range(builder, more) as piece:
                            at = builder.mul(piece.index, I64(size))
                            _move(builder, size, builder.gep(to, [at]), builder.gep(origin, [at]))
                        _move(builder, size, builder.gep(to, [last]), builder.gep(origin, [last]))
            return context.get_dummy_value()

        return types.void(_int, _int, _int, _int, _int, _int), code

    return move


def copy_runs() -> Any:
    """`count` runs of `length` bytes by memcpy."""

    @intrinsic
    def copy(_: Any, to: Any, origin: Any, count: Any, to_step: Any, step: Any, length: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            target, source = (_at(builder, value, I8) for value in values[:2])
            with cgutils.for_range(builder, values[2]) as loop:
                to = builder.gep(target, [builder.mul(loop.index, values[3])])
                origin = builder.gep(source, [builder.mul(loop.index, values[4])])
                name = "llvm.memcpy.p0.p0.i64"
                call(builder, name, ir.VoidType(), to, origin, values[5], ir.Constant(ir.IntType(1), 0))
            return context.get_dummy_value()

        return types.void(_int, _int, _int, _int, _int, _int), code

    return copy


def gather_units(size: int, step: int) -> Any:
    """`count` units side by side, of which the source has one every `step` units: a known number, so that
    LLVM makes vectors of it."""

    @intrinsic
    def gather(_: Any, to: Any, origin: Any, count: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            target, source = (_at(builder, value, _kind(size)) for value in values[:2])
            first = builder.load(source, align=1) if step == 0 else None
            done = _every_other(builder, size, target, source, values[2]) if step == 2 else I64(0)
            with cgutils.for_range(builder, builder.sub(values[2], done)) as loop:
                index = builder.add(loop.index, done)
                at = builder.mul(index, I64(step))
                value = first or builder.load(builder.gep(source, [at]), align=1)
                builder.store(value, builder.gep(target, [index]), align=1)
            return context.get_dummy_value()

        return types.void(_int, _int, _int), code

    return gather


def _every_other(builder: Any, size: int, target: Any, source: Any, count: Any) -> Any:
    """The first units of those by vectors, of which the last read no further than the last unit; how many."""
    lanes = 64 // size
    kind = vector(ir.IntType(8 * size), lanes)
    whole = builder.sdiv(builder.sub(count, I64(1)), I64(lanes))
    with cgutils.for_range(builder, whole) as loop:
        at = builder.mul(loop.index, I64(lanes))
        pair = [builder.mul(at, I64(2)), builder.add(builder.mul(at, I64(2)), I64(lanes))]
        low, high = (
            builder.load(builder.bitcast(builder.gep(source, [one]), kind.as_pointer()), align=1)
            for one in pair
        )
        made = shuffle(builder, low, high, range(0, 2 * lanes, 2))
        builder.store(made, builder.bitcast(builder.gep(target, [at]), kind.as_pointer()), align=1)
    return builder.mul(whole, I64(lanes))


def transpose_block(size: int, side: int) -> Any:
    """`side` x `side` units: rows of the source, `step` bytes apart, become columns of the target."""

    @intrinsic
    def transpose(_: Any, to: Any, origin: Any, to_step: Any, step: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            kind = vector(ir.IntType(8 * size), side)
            target, source = (_at(builder, value, I8) for value in values[:2])
            lines = []
            for i in range(side):
                at = builder.gep(source, [builder.mul(I64(i), values[3])])
                lines.append(builder.load(builder.bitcast(at, kind.as_pointer()), align=1))
            half = side // 2
            low = [i // 2 + side * (i % 2) for i in range(side)]
            high = [half + i for i in low]
            for _ in range(side.bit_length() - 1):
                pairs = zip(lines[:half], lines[half:], strict=True)
                lines = [shuffle(builder, a, b, order) for a, b in pairs for order in (low, high)]
            for i, line in enumerate(lines):
                at = builder.gep(target, [builder.mul(I64(i), values[2])])
                builder.store(line, builder.bitcast(at, kind.as_pointer()), align=1)
            return context.get_dummy_value()

        return types.void(_int, _int, _int, _int), code

    return transpose
