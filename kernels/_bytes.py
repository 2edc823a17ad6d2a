"""Vectors of 16 int32, and of the 64 bytes in their place: what the dot product kernels are made of.

Everything here builds LLVM code. On processors with vectors of 256 bits or 128 LLVM splits what is generic,
and what is an instruction of one processor is split here; packing works within 128 bits in each width, so
that the order of bytes is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba.core import cgutils as _cgutils

from ._processor import byte_products, dot_product_bits

LANES, BYTES = 16, 64
cgutils: Any = _cgutils
I8, I16, I32, I64 = (ir.IntType(bits) for bits in (8, 16, 32, 64))


def vector(element: Any, count: int) -> Any:
    return ir.VectorType(element, count)


INTS, WORDS, SIGNED, LONGS = vector(I32, 16), vector(I16, 32), vector(I8, 64), vector(I64, 8)


def constant(kind: Any, value: int) -> Any:
    return ir.Constant(kind, [value] * kind.count)


def shuffle(builder: Any, a: Any, b: Any, order: Sequence[int]) -> Any:
    """Elements of `a` and, behind them, of `b` (None: of nothing) in this order."""
    other = ir.Constant(a.type, ir.Undefined) if b is None else b
    return builder.shuffle_vector(a, other, ir.Constant(vector(I32, len(order)), list(order)))


def splat(builder: Any, scalar: Any, count: int) -> Any:
    empty = ir.Constant(vector(scalar.type, count), ir.Undefined)
    return shuffle(builder, builder.insert_element(empty, scalar, I32(0)), None, [0] * count)


def narrow(builder: Any, scalar: Any, kind: Any) -> Any:
    """An int64 in every element of a vector of smaller ones."""
    return splat(builder, builder.trunc(scalar, kind.element), kind.count)


def data(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    return context.make_array(kind)(context, builder, value).data


def length(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    return builder.extract_value(context.make_array(kind)(context, builder, value).shape, 0)


def load(builder: Any, pointer: Any, kind: Any, offset: Any, align: int = 1) -> Any:
    at = builder.bitcast(builder.gep(pointer, [offset]), kind.as_pointer())
    return builder.load(at, align=align)


def store(builder: Any, pointer: Any, offset: Any, value: Any) -> None:
    builder.store(value, builder.bitcast(builder.gep(pointer, [offset]), value.type.as_pointer()), align=1)


def call(builder: Any, name: str, result: Any, *values: Any) -> Any:
    kind = ir.FunctionType(result, [value.type for value in values])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), values)


def _parts(builder: Any, value: Any, count: int) -> list[Any]:
    size = value.type.count // count
    return [shuffle(builder, value, None, range(at, at + size)) for at in range(0, size * count, size)]


def _joined(builder: Any, parts: Sequence[Any]) -> Any:
    """One behind the other; a power of two of them."""
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=True)
        parts = [shuffle(builder, low, high, range(2 * low.type.count)) for low, high in pairs]
    return parts[0]


def _by_parts(builder: Any, count: int, operation: Callable[..., Any], *values: Any) -> Any:
    """An operation on vectors that are a `count`-th as long, done on each part."""
    parts = zip(*(_parts(builder, value, count) for value in values), strict=True)
    return _joined(builder, [operation(builder, *part) for part in parts])


def _instruction(builder: Any, wide: str, half: str, result: Any, *values: Any) -> Any:
    """An instruction of x86 that has a form for 512 bits and one for 256."""
    if dot_product_bits() == 512:
        return call(builder, f"llvm.x86.{wide}", result, *values)
    kind = vector(result.element, result.count // 2)
    return _by_parts(builder, 2, lambda _, *part: call(builder, f"llvm.x86.{half}", kind, *part), *values)


def multiply_add(builder: Any, total: Any, bytes_: Any, signed: Any) -> Any:
    """To each of 16 sums, four products of a byte of an image and a signed one, or two of int16.

    Sums wrap.
    """
    way = byte_products()
    assert way is not None
    if way.instruction == "sdot":
        return _by_parts(
            builder, 4, _dot_signed, total, *(builder.bitcast(x, SIGNED) for x in (bytes_, signed))
        )
    if way.instruction == "vpmaddwd":
        return _by_parts(
            builder, 2, _dot_pairs, total, *(builder.bitcast(x, WORDS) for x in (bytes_, signed))
        )
    return _instruction(
        builder,
        "avx512.vpdpbusd.512",
        "avx512.vpdpbusd.256",
        INTS,
        total,
        builder.bitcast(bytes_, INTS),
        builder.bitcast(signed, INTS),
    )


def _dot_signed(builder: Any, total: Any, a: Any, b: Any) -> Any:
    return call(builder, "llvm.aarch64.neon.sdot.v4i32.v16i8", total.type, total, a, b)


def _dot_pairs(builder: Any, total: Any, a: Any, b: Any) -> Any:
    return builder.add(total, call(builder, "llvm.x86.avx2.pmadd.wd", total.type, a, b))


def pack(builder: Any, values: Sequence[Any], zero_point: Any, low: Any, high: Any) -> Any:
    """Four vectors of int32 plus the zero point, clamped, as 64 int8: four of each vector a 128 bits.

    All saturate on the way, which a clamp to [low, high] cannot tell from no bound.
    """
    way = byte_products()
    if way is not None and way.instruction == "sdot":
        packed = _pack_quarters(builder, values, zero_point)
        packed = call(builder, "llvm.smax.v64i8", SIGNED, packed, low)
        return call(builder, "llvm.smin.v64i8", SIGNED, packed, high)
    halves = []
    for first in (0, 2):
        both = _instruction(
            builder, "avx512.packssdw.512", "avx2.packssdw", WORDS, values[first], values[first + 1]
        )
        halves.append(call(builder, "llvm.sadd.sat.v32i16", WORDS, both, zero_point))
    packed = _instruction(builder, "avx512.packsswb.512", "avx2.packsswb", SIGNED, *halves)
    packed = call(builder, "llvm.smax.v64i8", SIGNED, packed, low)
    return call(builder, "llvm.smin.v64i8", SIGNED, packed, high)


def _pack_quarters(builder: Any, values: Sequence[Any], zero_point: Any) -> Any:
    """What x86 has an instruction for, 128 bits by 128 bits, by Arm's narrowing ones."""
    shorts, few, point = vector(I16, 4), vector(I8, 8), _parts(builder, zero_point, 4)[0]
    quarters = zip(*(_parts(builder, value, 4) for value in values), strict=True)
    made = []
    for four in quarters:
        words = [call(builder, "llvm.aarch64.neon.sqxtn.v4i16", shorts, value) for value in four]
        both = [_joined(builder, words[i : i + 2]) for i in (0, 2)]
        moved = [call(builder, "llvm.sadd.sat.v8i16", point.type, value, point) for value in both]
        made += [call(builder, "llvm.aarch64.neon.sqxtn.v8i8", few, value) for value in moved]
    return _joined(builder, made)


def _products(builder: Any, total: Any, even: Any, odd: Any) -> tuple[Any, Any]:
    """Of int32 by int32, in int64: of the even lanes and of the odd ones, whose factors are in even lanes."""
    half = constant(LONGS, 32)

    def signed(value: Any) -> Any:
        return builder.ashr(builder.shl(builder.bitcast(value, LONGS), half), half)

    pairs = builder.bitcast(total, LONGS)
    return builder.mul(signed(total), signed(even)), builder.mul(builder.ashr(pairs, half), signed(odd))


def _interleave(builder: Any, even: Any, odd: Any, first: int) -> Any:
    """The low (0) or high (1) halves of eight int64 and eight more, alternately."""
    order = [lane + first if lane % 2 == 0 else 15 + lane + first for lane in range(LANES)]
    return shuffle(builder, builder.bitcast(even, INTS), builder.bitcast(odd, INTS), order)


def doubling_high_product(builder: Any, twice: Any, even: Any, odd: Any) -> Any:
    """The high half of `twice` x multiplier + 2^31: the rounding doubling high product of half of it."""
    rounding = constant(LONGS, 1 << 31)
    evens, odds = (builder.add(value, rounding) for value in _products(builder, twice, even, odd))
    return _interleave(builder, evens, odds, first=1)


def requantize_narrow(builder: Any, total: Any, even: Any, odd: Any, right: Any, nudge: Any) -> Any:
    """The rounding doubling high product, then the rounding shift to the right; |total| is below 2^30.

    `nudge` is half of what `right` bits, at least one, divide by, and a negative value is moved by one, so
    that halves round away from zero.
    """
    high = doubling_high_product(builder, builder.shl(total, constant(INTS, 1)), even, odd)
    moved = builder.sub(builder.add(high, nudge), builder.lshr(high, constant(INTS, 31)))
    return builder.ashr(moved, right)


def requantize_real(builder: Any, total: Any, scale: Any, nudge: Any) -> Any:
    """total x scale, in float32 and one rounding, moved away from zero by `nudge` and cut off; |total| is
    below 2^30 and the scale, whose bits are given as the nudge's are, below 1."""
    reals = vector(ir.FloatType(), LANES)
    real = builder.sitofp(total, reals)
    sign = builder.and_(builder.bitcast(real, INTS), constant(INTS, -(1 << 31)))
    moved = builder.bitcast(builder.or_(sign, nudge), reals)
    scaled = call(builder, "llvm.fma.v16f32", reals, real, builder.bitcast(scale, reals), moved)
    return builder.fptosi(scaled, INTS)


def requantize_wide(
    builder: Any, total: Any, even: Any, odd: Any, left: Any, right: Any, zero_point: Any
) -> Any:
    """The same for every sum and every shift, with the zero point; wraps where the portable kernels do."""
    one = constant(INTS, 1)
    rounding = constant(LONGS, 1 << 30)
    evens, odds = (
        builder.lshr(builder.add(value, rounding), constant(LONGS, 31))
        for value in _products(builder, builder.shl(total, left), even, odd)
    )
    high = _interleave(builder, evens, odds, first=0)
    mask = builder.sub(builder.shl(one, right), one)
    threshold = builder.add(builder.lshr(mask, one), builder.lshr(high, constant(INTS, 31)))
    up = builder.icmp_signed(">", builder.and_(high, mask), threshold)
    return builder.add(builder.add(builder.ashr(high, right), builder.zext(up, INTS)), zero_point)


def not_negative(builder: Any, value: Any) -> Any:
    return builder.select(builder.icmp_signed(">", value, I64(0)), value, I64(0))


def store_first(builder: Any, value: Any, pointer: Any, count: Any) -> None:
    """The first `count` bytes of a vector, all where it has fewer; `count` is int64."""
    size = value.type.count
    count = builder.select(builder.icmp_signed("<", count, I64(size)), count, I64(size))
    if dot_product_bits() == 512:
        lanes = ir.Constant(vector(I8, size), list(range(size)))
        mask = builder.icmp_unsigned("<", lanes, narrow(builder, count, vector(I8, size)))
        at = builder.bitcast(pointer, value.type.as_pointer())
        name = f"llvm.masked.store.v{size}i8.p0"
        call(builder, name, ir.VoidType(), value, at, I32(1), mask)
        return
    room = cgutils.alloca_once(builder, value.type)
    builder.store(value, room, align=1)
    source = builder.bitcast(room, I8.as_pointer())
    with cgutils.for_range(builder, count) as loop:
        builder.store(builder.load(builder.gep(source, [loop.index])), builder.gep(pointer, [loop.index]))


def store_lanes(builder: Any, pointer: Any, value: Any, count: Any, align: int) -> None:
    """The first `count` lanes of a vector, or all, to elements of `align` bytes; `count` is int64."""
    kind, size = value.type, value.type.count
    with builder.if_else(builder.icmp_signed(">=", count, I64(size))) as (full, part):
        with full:
            at = builder.bitcast(pointer, kind.as_pointer())
            builder.store(value, at, align=align)
        with part:
            room = cgutils.alloca_once(builder, kind)
            builder.store(value, room)
            source = builder.bitcast(room, pointer.type)
            with cgutils.for_range(builder, not_negative(builder, count)) as loop:
                one = builder.load(builder.gep(source, [loop.index]))
                builder.store(one, builder.gep(pointer, [loop.index]))


def load_first(builder: Any, pointer: Any, count: Any) -> Any:
    """64 bytes of which the first `count`, fewer than 64, are read."""
    if dot_product_bits() == 512:
        lanes = ir.Constant(SIGNED, list(range(BYTES)))
        mask = builder.icmp_unsigned("<", lanes, narrow(builder, count, SIGNED))
        at = builder.bitcast(pointer, SIGNED.as_pointer())
        return call(builder, "llvm.masked.load.v64i8.p0", SIGNED, at, I32(1), mask, constant(SIGNED, 0))
    room = cgutils.alloca_once(builder, SIGNED)
    target = builder.bitcast(room, I8.as_pointer())
    with cgutils.for_range(builder, count) as loop:
        builder.store(builder.load(builder.gep(pointer, [loop.index])), builder.gep(target, [loop.index]))
    return builder.load(room, align=1)
