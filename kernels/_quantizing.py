"""Floats to integers of 8 or 16 bits by vectors, made for numba's compiler on demand.

No float is divided: the quotient is the product with the scale's reciprocal, mended by what the division
leaves. Mended once it is one of the two float32 around the quotient, and nearly always the nearest, which a
division has; mended twice it always is (P. Markstein, Computation of elementary functions on the IBM RISC
System/6000 processor, 1990), where the reciprocal is the nearest float32 and nothing is too small or too
large: for scales from 2^-60 to 2^60 and numbers from 2^-100 to 2^30 scales. Of smaller numbers the quotient
is below 2^-39 in any case, and rounded to 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from . import _bytes
from ._bytes import I64, INTS, SIGNED, WORDS, cgutils, data
from ._lanes_of_reals import REAL, Lanes

__all__ = ["quantize"]

LANES = 16
SIGN = -(1 << 31)
_VECTOR = _bytes.vector(REAL, LANES)
_IN_PLACE = [4 * (i % 4) + i // 4 for i in range(LANES)]
"""Where `_bytes.pack` leaves every four bytes."""


def quantize(below_half: float, times: int, item: str) -> Any:
    """`(x, y, start, count, scale, inverse, bound, zero_point, least, most)`: y[i] of so many elements from
    `start` on, at least 64; whether there is one that is not below `bound`, beside which nothing is as it
    should be. The ends are those of the type without the zero point. The quotient is mended so many `times`;
    `below_half` is that of `quantize`.
    """

    @intrinsic
    def run(
        _: Any, x: Any, y: Any, start: Any, count: Any, scale: Any, inverse: Any, bound: Any, point: Any,
        least: Any, most: Any,
    ) -> Any:  # fmt: skip
        def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            source, target = (
                builder.gep(data(context, builder, signature.args[i], values[i]), [values[2]]) for i in (0, 1)
            )
            scale, inverse, bound, least, most = (
                Lanes(builder, _bytes.splat(builder, values[i], LANES)) for i in (4, 5, 6, 8, 9)
            )
            half = scale.same(below_half).bits()
            largest = cgutils.alloca_once_value(builder, ir.Constant(INTS, [0] * LANES))

            def rounded(offset: Any, bounded: bool) -> Lanes:
                x = Lanes(builder, _bytes.load(builder, source, _VECTOR, offset, align=4))
                size, found = x.bits() & ~SIGN, Lanes(builder, builder.load(largest))
                builder.store((size > found).then(size, found).value, largest)
                steps = x * inverse
                for _ in range(times):
                    steps = (-steps).fused(scale, x).fused(inverse, steps)
                if bounded:
                    steps = (steps < least).then(least, steps)
                    steps = (steps > most).then(most, steps)
                return (steps + ((steps.bits() & SIGN) | half).of_bits()).cut()

            def words(offset: Any) -> None:
                point = Lanes(builder, _bytes.narrow(builder, values[7], INTS))
                whole = rounded(offset, bounded=True) + point
                made = builder.trunc(whole.value, _bytes.vector(target.type.pointee, LANES))
                _bytes.store(builder, target, offset, made)

            def octets(offset: Any) -> None:
                places = [builder.add(offset, I64(LANES * i)) for i in range(4)]
                four = [rounded(place, bounded=False).value for place in places]
                point = _bytes.narrow(builder, values[7], WORDS)
                ends = (_bytes.constant(SIGNED, end) for end in (-128, 127))
                packed = builder.bitcast(_bytes.pack(builder, four, point, *ends), INTS)
                made = builder.bitcast(_bytes.shuffle(builder, packed, None, _IN_PLACE), SIGNED)
                _bytes.store(builder, target, offset, made)

            if item == "int8":
                _all(builder, values[3], 4 * LANES, octets)
            else:
                _all(builder, values[3], LANES, words)
            found = Lanes(builder, builder.load(largest))
            return builder.zext((found >= bound.bits()).holds_anywhere(), I64)

        real, whole = types.float32, types.int64
        return whole(x, y, whole, whole, real, real, real, whole, real, real), code

    return run


def _all(builder: Any, count: Any, at_once: int, one: Callable[[Any], None]) -> None:
    """`one` at every place where so many begin, and where the last do."""
    size = I64(at_once)
    whole = builder.udiv(count, size)
    with cgutils.for_range(builder, whole) as loop:
        one(builder.mul(loop.index, size))
    with builder.if_then(builder.icmp_signed("!=", builder.mul(whole, size), count)):
        one(builder.sub(count, size))
