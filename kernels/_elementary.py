"""Elementary functions of float32 by vectors, with the bits of glibc's on a processor that fuses products.

Exponential, logarithm, sine and cosine are computed in float64 as glibc does since 2.28: the same reduction,
polynomial and order, so that where its last bit is not the nearest float32 this one is not either. The
exponential less 1 and the hyperbolic tangent are those of fdlibm, in float32, as glibc has them until 2.40.
`elementary` asks whether the C library at hand is such a one. What tables hold are powers and logarithms,
correctly rounded; coefficients are glibc's (sysdeps/ieee754/flt-32).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from decimal import Decimal, localcontext
from functools import cache
from typing import Any

from ._lanes_of_reals import Lanes
from ._real_loops import elementwise

__all__ = ["function"]

INFINITY = float("inf")
SIGN = -(1 << 31)


def _hex(*texts: str) -> tuple[float, ...]:
    return tuple(float.fromhex(text) for text in texts)


EXP_STEPS, EXP_BITS = 32, 47
"""Powers in the table between 1 and 2; where a step lies in the bits of a float64."""
ROUND = float(3 << 51)
"""Added, it leaves a whole number in the low bits."""
(EXP_INVERSE,) = _hex("0x1.71547652b82fep+5")
"""Steps in 1: 32 / log(2)."""
EXP_CUBE, EXP_SQUARE, EXP_LINE = _hex(
    "0x1.c6af84b912394p-20", "0x1.ebfce50fac4f3p-13", "0x1.62e42ff0c52d6p-6"
)
EXP_LEAST, EXP_MOST = -110.0, 100.0
"""Beyond these the result is 0 or infinite, as it is for them."""

LOG_STEPS, LOG_FIRST = 16, 0x3F330000
"""The table begins with the float32 that has these bits, 0.699."""
(LOG_2,) = _hex("0x1.62e42fefa39efp-1")
LOG_FOURTH, LOG_CUBE, LOG_SQUARE = _hex(
    "-0x1.00ea348b88334p-2", "0x1.5575b0be00b6ap-2", "-0x1.ffffef20a4123p-2"
)
(LOG_NEAR,) = _hex("0x1.e608cfd9a47acp-1")
"""The reciprocal of the step after that of 1; the others' are of their middles."""
EXPONENT_BITS = 23

QUARTERS, QUARTER_TURN = _hex("0x1.45f306dc9c883p-1", "0x1.921fb54442d18p+0")
"""Of a turn in 1, and one of them."""
SINE = _hex("-0x1.555545995a603p-3", "0x1.1107605230bc4p-7", "-0x1.994eb3774cf24p-13")
COSINE = _hex(
    "-0x1.ffffffd0c621cp-2", "0x1.55553e1068f19p-5", "-0x1.6c087e89a359dp-10", "0x1.99343027bf8c3p-16"
)
MOST_TURNED = 120.0
"""From here on an angle takes more than one product to be brought into the first turn."""
STRAIGHT = 2.0**-12
"""Below it the sine is the angle."""

LN2_HIGH, LN2_LOW, LN2_INVERSE = _hex("0x1.62e3p-1", "0x1.2fefa2p-17", "0x1.715476p+0")
EXPM1 = _hex("-0x1.afdb76p-23", "0x1.0cfca8p-18", "-0x1.4ce19ap-14", "0x1.a01a02p-10", "-0x1.111112p-5")
EXPM1_LEAST, TANH_MOST = -40.0, 10.0
"""Beyond these the results are -1 and 1."""


def _bits(x: float) -> int:
    found: int = struct.unpack("<q", struct.pack("<d", x))[0]
    return found


@cache
def _powers() -> tuple[float, ...]:
    """2^(i / 32), i steps taken from the bits: whole powers of 2 and i are added together."""
    with localcontext() as context:
        context.prec = 40
        exact = [float(Decimal(2) ** (Decimal(i) / EXP_STEPS)) for i in range(EXP_STEPS)]
    return tuple(
        struct.unpack("<d", struct.pack("<q", _bits(x) - (i << EXP_BITS)))[0] for i, x in enumerate(exact)
    )


@cache
def _reciprocals() -> tuple[float, ...]:
    """Of the middles of 16 steps from 0.699 on: of 1/32 below 1, of 1/16 above, where one is 1."""
    below = [1.0 / ((183 + 8 * i) / 256 - 2.0**-25) for i in range(9)]
    above = [1.0 / ((270 + 16 * i) / 256 - 2.0**-24) for i in range(1, 6)]
    return (*below, 1.0, LOG_NEAR, *above)


@cache
def _logarithms() -> tuple[float, ...]:
    """Of what the reciprocals are of."""
    with localcontext() as context:
        context.prec = 40
        return tuple(float(-Decimal(x).ln()) + 0.0 for x in _reciprocals())


def _exponential(x: Lanes) -> Lanes:
    return _bounded_exponential((x > EXP_MOST).then(EXP_MOST, x))


def _bounded_exponential(x: Lanes) -> Lanes:
    """Of what is not far above."""
    wide = (x < EXP_LEAST).then(EXP_LEAST, x).wide()
    shifted = wide.fused(EXP_INVERSE, ROUND)
    steps = shifted.bits()
    rest = wide.fused(EXP_INVERSE, -(shifted - ROUND))
    scale = (steps.pick(_powers()).bits() + (steps << EXP_BITS)).of_bits()
    high = rest.same(EXP_CUBE).fused(rest, EXP_SQUARE)
    return (high.fused(rest * rest, rest.fused(EXP_LINE, 1.0)) * scale).narrow()


def _logistic(x: Lanes, most: Lanes, least: Lanes) -> Lanes:
    """Above `most` 1, below `least`, which is not far from 0, the exponential."""
    below = x < least
    power = _bounded_exponential(below.then(x, -x))
    return (x > most).then(1.0, below.then(power, 1.0 / (power + 1.0)))


def _logarithm(x: Lanes) -> Lanes:
    bits = x.bits()
    off = bits - LOG_FIRST
    index = (off >> (EXPONENT_BITS - 4)).long()
    power = (off >> EXPONENT_BITS).wide_real()
    near = (bits - (off & -(1 << EXPONENT_BITS))).of_bits().wide()
    start = power.fused(LOG_2, index.pick(_logarithms()))
    rest = near.fused(index.pick(_reciprocals()), -1.0)
    square = rest * rest
    series = square.fused(LOG_FOURTH, rest.fused(LOG_CUBE, LOG_SQUARE))
    return series.fused(square, start + rest).narrow()


def _is_odd(x: Lanes) -> Lanes:
    """Of no logarithm, or a denormal number's."""
    bits = x.bits()
    return (bits < 1 << EXPONENT_BITS) | (bits >= x.same(INFINITY).bits())


def _wave(x: Lanes, quarters: int) -> Lanes:
    """The sine `quarters` of a turn on."""
    wide = x.wide()
    shifted = wide.fused(QUARTERS, ROUND)
    rest = (-(shifted - ROUND)).fused(QUARTER_TURN, wide)
    passed = shifted.bits() + quarters
    is_sine = (passed & 1).equals(0)
    square = rest * rest
    third = square * is_sine.then(rest, square)
    start = is_sine.then(rest, square.fused(COSINE[0], 1.0))
    first, second, last = (is_sine.then(rest.same(a), b) for a, b in zip(SINE, COSINE[1:], strict=True))
    found = square.fused(last, second).fused(third * square, third.fused(first, start))
    return (found.bits() ^ ((passed & 2) << 62)).of_bits().narrow()


def _sine(x: Lanes) -> Lanes:
    return (_size(x) < STRAIGHT).then(x, _wave(x, 0))


def _cosine(x: Lanes) -> Lanes:
    return _wave(x, 1)


def _size(x: Lanes) -> Lanes:
    return (x.bits() & ~SIGN).of_bits()


def _is_far(x: Lanes) -> Lanes:
    """Angles that are left to the C library, and what is none."""
    return (x.bits() & ~SIGN) >= x.same(MOST_TURNED).bits()


def _exponential_less_1(x: Lanes, growing: bool) -> Lanes:
    """For x from -40 to 0, if `growing` also from 2 to 20."""
    half = x.same(0.5)
    rounding = (half.bits() | (x.bits() & SIGN)).of_bits() if growing else x.same(-0.5)
    steps = (x * LN2_INVERSE + rounding).cut()
    count = steps.real()
    high, low = x - count * LN2_HIGH, count * LN2_LOW
    rest = high - low
    lost = (high - rest) - low
    halved = rest * 0.5
    square = rest * halved
    series = x.same(EXPM1[0])
    for coefficient in (*EXPM1[1:], 1.0):
        series = series * square + coefficient
    third = 3.0 - series * halved
    error = square * ((series - third) / (6.0 - rest * third))
    off = (rest * (error - lost) - lost) - square - rest
    power = (steps + 127) << EXPONENT_BITS
    small = steps > -2
    base = small.then(-0.0, x.same(1.0))
    if growing:
        base = (steps > 1).then(1.0 - (127 - steps << EXPONENT_BITS).of_bits(), base)
    end = small.then(steps.real() * -0.5, x.same(1.0))
    if growing:
        end = (steps > 1).then(0.0, end)
    return (base - off) * power.of_bits() - end


def _elu(x: Lanes) -> Lanes:
    bounded = (x < EXPM1_LEAST).then(EXPM1_LEAST, x)
    return (x < 0.0).then(_exponential_less_1(bounded, growing=False), x)


def _tanh(x: Lanes) -> Lanes:
    size = _size(x)
    bounded = (size > TANH_MOST).then(TANH_MOST, size)
    twice = bounded + bounded
    large = size >= 1.0
    power = _exponential_less_1(large.then(twice, -twice), growing=True)
    share = large.then(2.0, -power) / (power + 2.0)
    found = large.then(1.0 - share, share)
    signed = ((found.bits() & ~SIGN) | (x.bits() & SIGN)).of_bits()
    return (x.bits() & ~SIGN > 0x7F800000).then(x + x, signed)


_FUNCTIONS: dict[str, tuple[Callable[..., Lanes], int, Any]] = {
    "exponential": (_exponential, 16, None),
    "logistic": (_logistic, 16, None),
    "logarithm": (_logarithm, 16, (_is_odd, "logf")),
    "sine": (_sine, 16, (_is_far, "sinf")),
    "cosine": (_cosine, 16, (_is_far, "cosf")),
    "elu": (_elu, 16, None),
    "tanh": (_tanh, 16, None),
}


def function(name: str, numbers: int) -> Any:
    """y[i] = the function of x[i], with so many more numbers: `(x, y, *numbers)` for numba."""
    formula, lanes, patch = _FUNCTIONS[name]
    return elementwise(formula, lanes, numbers, patch)
