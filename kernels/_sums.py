"""64 sums or products of int8 at once, and sums of many, for numba's compiler: what `byte_sums` and
`long_sums` are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import types
from numba.extending import intrinsic

from . import _bytes
from ._bytes import BYTES, I32, I64, INTS, LANES, LONGS, SIGNED, WORDS, cgutils, constant, data, load, shuffle

__all__ = ["add", "multiply", "slope", "total"]


def _scaled(builder: Any, twice: Any, multiplier: Any, right: Any) -> Any:
    """Half of `twice` times a multiplier, shifted right by 1 to 31 bits, as `requantize_narrow` does."""
    return _moved(builder, _bytes.doubling_high_product(builder, twice, multiplier, multiplier), right)


def _moved(builder: Any, high: Any, right: Any) -> Any:
    """Shifted right, halves away from zero; of 0 bits only what is not negative."""
    nudge = builder.lshr(builder.shl(constant(INTS, 1), right), constant(INTS, 1))
    negative = builder.lshr(high, constant(INTS, 31))
    return builder.ashr(builder.sub(builder.add(high, nudge), negative), right)


def _pairwise(
    context: Any, builder: Any, kinds: Any, values: Any, combine: Callable[[Any, Any], Any], bounds: Any
) -> None:
    """What `combine` makes of quarters of 64 elements of two arrays, as int32, as 64 elements of a third.

    `values`: the arrays and the first element's place; where fewer are left, no others are touched. `bounds`:
    the result's zero point, and the least and largest value.
    """
    begin = values[3]
    count = builder.sub(_bytes.length(context, builder, kinds[2], values[2]), begin)
    pointers = [builder.gep(data(context, builder, kinds[i], values[i]), [begin]) for i in range(3)]

    def compute(x: list[list[Any]]) -> Any:
        results = [
            combine(*(builder.sext(quarter, INTS) for quarter in pair)) for pair in zip(*x, strict=True)
        ]
        point = _bytes.narrow(builder, bounds[0], WORDS)
        limits = [_bytes.narrow(builder, bound, SIGNED) for bound in bounds[1:]]
        packed = builder.bitcast(_bytes.pack(builder, results, point, *limits), INTS)
        order = [lane * 4 + quarter for quarter in range(4) for lane in range(4)]
        return builder.bitcast(_bytes.shuffle(builder, packed, None, order), SIGNED)

    with builder.if_else(builder.icmp_signed(">=", count, I64(BYTES))) as (full, partial):
        with full:
            kind = _bytes.vector(_bytes.I8, LANES)
            x = [
                [load(builder, pointer, kind, I64(at)) for at in range(0, BYTES, LANES)]
                for pointer in pointers[:2]
            ]
            _bytes.store(builder, pointers[2], I64(0), compute(x))
        with partial:
            x = []
            for pointer in pointers[:2]:
                whole = _bytes.load_first(builder, pointer, count)
                parts = (range(at, at + LANES) for at in range(0, BYTES, LANES))
                x.append([_bytes.shuffle(builder, whole, None, part) for part in parts])
            _bytes.store_first(builder, compute(x), pointers[2], count)


def add(half_1: bool, half_2: bool, minus: bool) -> Any:
    """64 sums, or differences, or what is left of them.

    `half_1`, `half_2`: whether the input's factor is one half, for which a smaller shift to the left does.
    """

    @intrinsic
    def block(
        _: Any, x1: Any, x2: Any, y: Any, at: Any, left: Any, offset_1: Any, multiplier_1: Any,
        shift_1: Any, offset_2: Any, multiplier_2: Any, shift_2: Any, offset: Any, multiplier: Any,
        shift: Any, low: Any, high: Any,
    ) -> Any:  # fmt: skip
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            def splat(value: Any) -> Any:
                return _bytes.narrow(builder, value, INTS)

            def scale(wide: Any, half: bool, zero_point: Any, factor: Any, right: Any) -> Any:
                up = splat(builder.add(values[4], I64(-1 if half else 1)))
                moved = builder.shl(builder.sub(wide, splat(zero_point)), up)
                return moved if half else _scaled(builder, moved, splat(factor), splat(right))

            def combine(a: Any, b: Any) -> Any:
                a, b = scale(a, half_1, *values[5:8]), scale(b, half_2, *values[8:11])
                total = builder.sub(a, b) if minus else builder.add(a, b)
                twice = builder.shl(total, constant(INTS, 1))
                return _scaled(builder, twice, splat(values[12]), splat(values[13]))

            _pairwise(context, builder, signature.args, values, combine, (values[11], *values[14:]))
            return context.get_dummy_value()

        return types.void(x1, x2, y, *([types.int64] * 13)), code

    return block


def multiply(real: bool) -> Any:
    """64 products, or what is left of them, rescaled by a multiplier and a shift to the right of 1 to 31
    bits, or by a real scale and a nudge, whose bits `factor` and `second` are."""

    @intrinsic
    def block(
        _: Any, x1: Any, x2: Any, y: Any, at: Any, offset_1: Any, offset_2: Any, offset: Any,
        factor: Any, second: Any, low: Any, high: Any,
    ) -> Any:  # fmt: skip
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            point_1, point_2, factor, second = (_bytes.narrow(builder, values[i], INTS) for i in (4, 5, 7, 8))

            def combine(a: Any, b: Any) -> Any:
                product = builder.mul(builder.sub(a, point_1), builder.sub(b, point_2))
                if real:
                    return _bytes.requantize_real(builder, product, factor, second)
                return _scaled(builder, builder.shl(product, constant(INTS, 1)), factor, second)

            _pairwise(context, builder, signature.args, values, combine, (values[6], *values[9:]))
            return context.get_dummy_value()

        return types.void(x1, x2, y, *([types.int64] * 8)), code

    return block


def slope() -> Any:
    """64 times x, or where it is negative x times a slope, rescaled by a multiplier and a shift to the right
    of their own: of 0 to 31 bits, and of 1 to 31 for products."""

    @intrinsic
    def block(
        _: Any, x: Any, slopes: Any, y: Any, at: Any, offset_1: Any, offset_2: Any, offset: Any,
        multiplier: Any, right: Any, slope_multiplier: Any, slope_right: Any, low: Any, high: Any,
    ) -> Any:  # fmt: skip
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            point_1, point_2 = (_bytes.narrow(builder, values[i], INTS) for i in (4, 5))
            whole, product = (
                [_bytes.narrow(builder, value, INTS) for value in values[i : i + 2]] for i in (7, 9)
            )

            def combine(a: Any, b: Any) -> Any:
                a, b = builder.sub(a, point_1), builder.sub(b, point_2)
                negative = builder.icmp_signed("<", a, constant(INTS, 0))
                total = builder.select(negative, builder.mul(a, b), a)
                factor, right = (builder.select(negative, *pair) for pair in zip(product, whole, strict=True))
                twice = builder.shl(total, constant(INTS, 1))
                odd = builder.bitcast(builder.lshr(builder.bitcast(factor, LONGS), constant(LONGS, 32)), INTS)
                return _moved(builder, _bytes.doubling_high_product(builder, twice, factor, odd), right)

            _pairwise(context, builder, signature.args, values, combine, (values[6], *values[11:]))
            return context.get_dummy_value()

        return types.void(x, slopes, y, *([types.int64] * 10)), code

    return block


def total() -> Any:
    """The sum of so many times 64 int8 from a linear index on; it wraps as int32.

    Halves of 64 are added as int16, which hold the sums of 128 each, and two of these in one.
    """
    most = 128

    def folded(builder: Any, words: Any) -> Any:
        halves = (shuffle(builder, words, None, range(at, at + LANES)) for at in (0, LANES))
        return builder.add(*(builder.sext(half, INTS) for half in halves))

    @intrinsic
    def whole(_: Any, x: Any, at: Any, blocks: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            start = builder.gep(data(context, builder, signature.args[0], values[0]), [values[1]])
            sums = cgutils.alloca_once(builder, INTS)
            words = [cgutils.alloca_once(builder, WORDS) for _ in range(2)]
            builder.store(constant(INTS, 0), sums)
            rounds = builder.sdiv(builder.add(values[2], I64(most - 1)), I64(most))
            with cgutils.for_range(builder, rounds) as outer:
                first = builder.mul(outer.index, I64(most))
                left = builder.sub(values[2], first)
                count = builder.select(builder.icmp_signed("<", left, I64(most)), left, I64(most))
                for word in words:
                    builder.store(constant(WORDS, 0), word)
                with cgutils.for_range(builder, count) as inner:
                    place = builder.mul(builder.add(first, inner.index), I64(BYTES))
                    for i, word in enumerate(words):
                        near = builder.add(place, I64(i * BYTES // 2))
                        half = load(builder, start, _bytes.vector(_bytes.I8, BYTES // 2), near)
                        builder.store(builder.add(builder.load(word), builder.sext(half, WORDS)), word)
                both = builder.add(*(builder.load(word) for word in words))
                builder.store(builder.add(builder.load(sums), folded(builder, both)), sums)
            made = _bytes.call(builder, "llvm.vector.reduce.add.v16i32", I32, builder.load(sums))
            return builder.sext(made, I64)

        return types.int64(x, types.int64, types.int64), code

    return whole
