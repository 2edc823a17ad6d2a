"""Whole numbers as the signal library of TFLM has them: widths, bits, square roots and logarithms.

Source: TFLM, signal/src/{msb_32,msb_64,square_root_32,square_root_64,log}.cc.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._helpers import inline

__all__ = ["logarithm", "logarithms", "most_significant_bit", "square_root", "wrap"]

SEGMENTS = 128
LN_2 = 45426
"""Of 65536."""


def logarithms() -> Any:
    """log2(1 + x) - x at the ends of all segments from 0 to 1, with 16 fraction bits."""
    points = np.arange(SEGMENTS + 1) / SEGMENTS
    return np.rint((np.log2(1 + points) - points) * 65536).astype(np.int64)


@inline
def wrap(x: Any, bits: Any) -> Any:
    """The low bits as a signed number."""
    half = np.int64(1) << (bits - 1)
    return ((x + half) & ((half << 1) - 1)) - half


@inline
def most_significant_bit(x: Any, width: Any) -> Any:
    """The number of bits of a uint64, which is `width` for 0, as TFLM's is with GCC."""
    if x == np.uint64(0):
        return np.int64(width)
    bits = np.int64(0)
    while x != np.uint64(0):
        x = x >> np.uint64(1)
        bits += 1
    return bits


@inline
def square_root(x: Any) -> Any:
    """The nearest whole number to the root of a uint64, at most 65535 below 2^32 and 2^32 - 1 above."""
    if x == np.uint64(0):
        return np.uint64(0)
    most = np.uint64(0xFFFF) if (x >> np.uint64(32)) == np.uint64(0) else np.uint64(0xFFFFFFFF)
    bit = np.uint64(1) << np.uint64((most_significant_bit(x, 64) - 1) & -2)
    found = np.uint64(0)
    while bit != np.uint64(0):
        if x >= found + bit:
            x -= found + bit
            found = (found >> np.uint64(1)) + bit
        else:
            found >>= np.uint64(1)
        bit >>= np.uint64(2)
    if x > found and found != most:
        found += np.uint64(1)
    return found


@inline
def logarithm(x: Any, scale: Any, table: Any) -> Any:
    """ln(x) times `scale`, as a uint32 in int64; x is a uint32 of 1 or more in int64, `table` is that of
    `logarithms`."""
    whole = most_significant_bit(np.uint64(x), 32) - 1
    part = x - (np.int64(1) << whole)
    part = part << (16 - whole) if whole < 16 else part >> (whole - 16)
    segment = part >> 9
    low, high = table[segment], table[segment + 1]
    rising = ((high - low) * (part - (segment << 9))) >> 16
    in_bits = (whole << 16) + part + low + rising
    natural = (LN_2 * in_bits + 32768) >> 16
    return (((scale & 0xFFFFFFFF) * natural + 32768) & 0xFFFFFFFF) >> 16
