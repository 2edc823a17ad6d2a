"""What `lanes` says, as LLVM code: generic vectors, which become AVX-512, AVX2, SSE or NEON.

One function an operation, of the same name and arguments as there, for numba's compiler.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

from .lanes import LANES

_I8, _I16, _I32, _I64 = (ir.IntType(bits) for bits in (8, 16, 32, 64))


class _Lanes(types.Type):
    pass


class _Pairs(types.Type):
    pass


_lanes = _Lanes("lanes")
_pairs = _Pairs("pairs")


def _vector(element: Any, count: int = LANES) -> Any:
    return ir.VectorType(element, count)


@register_model(_Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, numba_type: Any) -> None:
        super().__init__(manager, numba_type, _vector(_I32))  # type: ignore[no-untyped-call]


@register_model(_Pairs)
class _PairsModel(models.PrimitiveModel):
    def __init__(self, manager: Any, numba_type: Any) -> None:
        super().__init__(manager, numba_type, _vector(_I16, 2 * LANES))  # type: ignore[no-untyped-call]


def _all(element: Any, value: int) -> Any:
    return ir.Constant(_vector(element), [value] * LANES)


def _splat(builder: Any, scalar: Any) -> Any:
    undefined = ir.Constant(_vector(scalar.type), ir.Undefined)
    first = builder.insert_element(undefined, scalar, _I32(0))
    return builder.shuffle_vector(first, undefined, ir.Constant(_vector(_I32), None))


def _pointer(context: Any, builder: Any, array_type: Any, array: Any, index: Any, to: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), to.as_pointer())


@intrinsic
def zero(_: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return _all(_I32, 0)

    return _lanes(), code


@intrinsic
def load(_: Any, array: Any, index: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        at = _pointer(context, builder, signature.args[0], values[0], values[1], _vector(_I32))
        return builder.load(at, align=4)

    return _lanes(array, types.int64), code


@intrinsic
def load_pairs(_: Any, array: Any, index: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        at = _pointer(context, builder, signature.args[0], values[0], values[1], _vector(_I16, 2 * LANES))
        return builder.load(at, align=2)

    return _pairs(array, types.int64), code


@intrinsic
def add(_: Any, a: Any, b: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.add(*values)

    return _lanes(_lanes, _lanes), code


@intrinsic
def multiply_add(_: Any, total: Any, array: Any, index: Any, weights: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        at = _pointer(context, builder, signature.args[1], values[1], values[2], _I32)
        both = builder.bitcast(_splat(builder, builder.load(at, align=2)), _vector(_I16, 2 * LANES))
        wide = _vector(_I32, 2 * LANES)
        products = builder.mul(builder.sext(both, wide), builder.sext(values[3], wide))
        undefined = ir.Constant(wide, ir.Undefined)
        halves = (
            builder.shuffle_vector(
                products, undefined, ir.Constant(_vector(_I32), list(range(first, 2 * LANES, 2)))
            )
            for first in (0, 1)
        )
        return builder.add(values[0], builder.add(*halves))

    return _lanes(_lanes, array, types.int64, _pairs), code


@intrinsic
def multiply_add_lanes(_: Any, total: Any, array: Any, index: Any, weights: Any, weight_index: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        factors = []
        for k in (1, 3):
            at = _pointer(context, builder, signature.args[k], values[k], values[k + 1], _vector(_I16))
            factors.append(builder.sext(builder.load(at, align=2), _vector(_I32)))
        return builder.add(values[0], builder.mul(*factors))

    return _lanes(_lanes, array, types.int64, weights, types.int64), code


def _doubling_high_product(builder: Any, a: Any, b: Any) -> Any:
    """(a x b + 2^30) >> 31 in 32 bits, the even lanes in one vector of int64 and the odd in another."""
    half = ir.VectorType(_I64, LANES // 2)
    by_32 = ir.Constant(half, [32] * (LANES // 2))
    pairs = [builder.bitcast(x, half) for x in (a, b)]
    even = builder.mul(*(builder.ashr(builder.shl(x, by_32), by_32) for x in pairs))
    odd = builder.mul(*(builder.ashr(x, by_32) for x in pairs))
    even, odd = (builder.add(x, ir.Constant(half, [1 << 30] * (LANES // 2))) for x in (even, odd))
    low = builder.bitcast(builder.lshr(even, ir.Constant(half, [31] * (LANES // 2))), a.type)
    high = builder.bitcast(builder.shl(odd, ir.Constant(half, [1] * (LANES // 2))), a.type)
    order = [i + LANES * (i % 2) for i in range(LANES)]
    return builder.shuffle_vector(low, high, ir.Constant(_vector(_I32), order))


@intrinsic
def requantize(
    _: Any, total: Any, multiplier: Any, left: Any, right: Any, zero_point: Any, low: Any, high: Any
) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        total, multiplier, left, right, *scalars = values
        zero_point, low, high = (_splat(builder, builder.trunc(scalar, _I32)) for scalar in scalars)
        narrow = _vector(_I32)
        halved = _doubling_high_product(builder, builder.shl(total, left), multiplier)
        mask = builder.sub(builder.shl(_all(_I32, 1), right), _all(_I32, 1))
        negative = builder.lshr(halved, _all(_I32, 31))
        threshold = builder.add(builder.lshr(mask, _all(_I32, 1)), negative)
        up = builder.icmp_signed(">", builder.and_(halved, mask), threshold)
        value = builder.add(builder.ashr(halved, right), builder.zext(up, narrow))
        value = builder.add(value, zero_point)
        value = builder.select(builder.icmp_signed("<", value, low), low, value)
        return builder.select(builder.icmp_signed(">", value, high), high, value)

    return _lanes(_lanes, _lanes, _lanes, _lanes, types.int64, types.int64, types.int64), code


@intrinsic
def store(_: Any, array: Any, index: Any, values: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        at = _pointer(context, builder, signature.args[0], given[0], given[1], _vector(_I32))
        builder.store(given[2], at, align=4)
        return context.get_dummy_value()

    return types.void(array, types.int64, _lanes), code


@intrinsic
def store_bytes(_: Any, array: Any, index: Any, count: Any, values: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        at = _pointer(context, builder, signature.args[0], given[0], given[1], _I8)
        count = given[2]
        values = builder.trunc(given[3], _vector(_I8))
        with builder.if_else(builder.icmp_signed("==", count, _I64(LANES))) as (whole, part):
            with whole:
                builder.store(values, builder.bitcast(at, values.type.as_pointer()), align=1)
            with part:
                _store_part(builder, at, count, builder.bitcast(values, ir.IntType(8 * LANES)))
        return context.get_dummy_value()

    return types.void(array, types.int64, types.int64, _lanes), code


def _store_part(builder: Any, at: Any, count: Any, rest: Any) -> None:
    """8, 4, 2 and 1 bytes, as the bits of `count` say."""
    for size in (8, 4, 2, 1):
        here = builder.and_(count, _I64(size))
        before = builder.block
        with builder.if_then(builder.icmp_signed("!=", here, _I64(0))):
            piece = ir.IntType(8 * size)
            target = builder.bitcast(at, piece.as_pointer())
            builder.store(builder.trunc(rest, piece), target, align=1)
            shifted = builder.lshr(rest, rest.type(8 * size))
            inside = builder.block
        left = builder.phi(rest.type)
        left.add_incoming(rest, before)
        left.add_incoming(shifted, inside)
        rest, at = left, builder.gep(at, [here])


@intrinsic
def widen(
    _: Any, target: Any, index: Any, source: Any, source_index: Any, count: Any, zero_point: Any
) -> Any:
    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        to = _pointer(context, builder, signature.args[0], values[0], values[1], _I16)
        at = _pointer(context, builder, signature.args[2], values[2], values[3], _I8)
        zero_point = builder.trunc(values[5], _I16)
        with cgutils.for_range(builder, values[4]) as loop:
            value = builder.sext(builder.load(builder.gep(at, [loop.index])), _I16)
            builder.store(builder.sub(value, zero_point), builder.gep(to, [loop.index]))
        return context.get_dummy_value()

    return types.void(target, types.int64, source, types.int64, types.int64, types.int64), code
