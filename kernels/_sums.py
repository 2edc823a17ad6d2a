"""64 sums of int8 at once, for numba's compiler: what `byte_sums` is made of."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic

from . import _bytes
from ._bytes import BYTES, I64, INTS, LANES, SIGNED, WORDS, constant, data, load

__all__ = ["add"]


def _scaled(builder: Any, twice: Any, multiplier: Any, right: Any) -> Any:
    """Half of `twice` times a multiplier, shifted right by 1 to 31 bits, as `requantize_narrow` does."""
    nudge = builder.lshr(builder.shl(constant(INTS, 1), right), constant(INTS, 1))
    high = _bytes.doubling_high_product(builder, twice, multiplier, multiplier)
    negative = builder.lshr(high, constant(INTS, 31))
    return builder.ashr(builder.sub(builder.add(high, nudge), negative), right)


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
            begin, left = values[3:5]
            count = builder.sub(_bytes.length(context, builder, signature.args[2], values[2]), begin)
            pointers = [
                builder.gep(data(context, builder, signature.args[i], values[i]), [begin]) for i in range(3)
            ]

            def splat(value: Any) -> Any:
                return _bytes.narrow(builder, value, INTS)

            def compute(x: list[list[Any]]) -> Any:
                inputs = []
                factors = ((half_1, *values[5:8]), (half_2, *values[8:11]))
                for value, (half, zero_point, factor, right) in zip(x, factors, strict=True):
                    up = splat(builder.add(left, I64(-1 if half else 1)))
                    quarters = []
                    for quarter in value:
                        wide = builder.sub(builder.sext(quarter, INTS), splat(zero_point))
                        moved = builder.shl(wide, up)
                        if not half:
                            moved = _scaled(builder, moved, splat(factor), splat(right))
                        quarters.append(moved)
                    inputs.append(quarters)
                results = []
                for a, b in zip(*inputs, strict=True):
                    total = builder.sub(a, b) if minus else builder.add(a, b)
                    twice = builder.shl(total, constant(INTS, 1))
                    results.append(_scaled(builder, twice, splat(values[12]), splat(values[13])))
                point = _bytes.narrow(builder, values[11], WORDS)
                bounds = [_bytes.narrow(builder, bound, SIGNED) for bound in values[14:]]
                packed = builder.bitcast(_bytes.pack(builder, results, point, *bounds), INTS)
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
                        x.append(
                            [
                                _bytes.shuffle(builder, whole, None, range(at, at + LANES))
                                for at in range(0, BYTES, LANES)
                            ]
                        )
                    _bytes.store_first(builder, compute(x), pointers[2], count)
            return context.get_dummy_value()

        return types.void(x1, x2, y, *([types.int64] * 13)), code

    return block
