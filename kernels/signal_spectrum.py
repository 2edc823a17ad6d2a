"""A spectrum of audio, and the features of it: energy, filter bank, roots, noise, gain, logarithms.

Source: TFLM, signal/src/{energy,filter_bank,filter_bank_square_root,filter_bank_spectral_subtraction,
pcan_argc_fixed,filter_bank_log}.cc. Unsigned numbers wrap as they do there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._helpers import inline
from ._jit import kernel
from .signal_numbers import logarithm, most_significant_bit, square_root, wrap

__all__ = ["energy", "filter_bank", "gain_control", "logarithms_of", "roots", "spectral_subtraction"]

LOW_32 = 0xFFFFFFFF
INT16 = "Array(int16, 1, 'C', readonly=True)"
UINT32 = "Array(uint32, 1, 'C', readonly=True)"
SNR_BITS = 12
OUTPUT_BITS = 6


@kernel("void(Array(int16, 2, 'C', readonly=True), uint32[::1], int64, int64)")
def energy(x: Any, y: Any, start: Any, end: Any) -> None:
    """x [bins, real and imaginary part]. Bins outside are left as they are."""
    for i in range(start, end):
        real, imaginary = np.int64(x[i, 0]), np.int64(x[i, 1])
        y[i] = (real * real + imaginary * imaginary) & LOW_32


@kernel(f"void({UINT32}, {INT16}, {INT16}, {INT16}, {INT16}, {INT16}, uint64[::1])")
def filter_bank(
    x: Any, weights: Any, unweights: Any, frequencies: Any, starts: Any, widths: Any, y: Any
) -> None:  # fmt: skip
    """What one channel leaves of a bin goes to the next; what goes to the first stands before it, unused."""
    total, rest = np.int64(0), np.int64(0)
    for channel in range(y.size + 1):
        frequency, start = np.int64(frequencies[channel]), np.int64(starts[channel])
        for i in range(np.int64(widths[channel])):
            value = np.int64(x[frequency + i])
            total += np.int64(weights[start + i]) * value
            rest += np.int64(unweights[start + i]) * value
        if channel:
            y[channel - 1] = np.uint64(total)
        total, rest = rest, np.int64(0)


@kernel("void(Array(uint64, 1, 'C', readonly=True), Array(int32, 1, 'C', readonly=True), uint32[::1])")
def roots(x: Any, scale: Any, y: Any) -> None:
    """A shift by 32 or more is one by its low five bits, as on the processors of computers."""
    bits = np.uint64(np.int64(scale[0]) & 31)
    for i in range(y.size):
        y[i] = square_root(x[i]) >> bits


@kernel(f"void({UINT32}, int64[::1], uint32[::1], uint32[::1], uint32[::1])")
def spectral_subtraction(x: Any, settings: Any, estimate: Any, y: Any, noise: Any) -> None:
    """`settings`: smoothing and the rest to one, of even and of odd channels, the least that remains, bits of
    smoothing, bits of all fractions, whether the estimate is bounded. `estimate` is kept."""
    least = np.uint64(settings[4])
    smoothing_bits, bits = np.uint64(settings[5]), np.uint64(settings[6])
    low = np.uint64(LOW_32)
    for i in range(x.size):
        value = np.uint64(x[i])
        odd = 2 * (i & 1)
        scaled = (value << smoothing_bits) & low
        found = (
            (scaled * np.uint64(settings[odd]) + np.uint64(estimate[i]) * np.uint64(settings[odd + 1]))
            >> bits
        ) & low
        taken = found
        if found > scaled:
            taken = scaled
            if settings[7]:
                found = scaled
        estimate[i] = found
        floor = ((value * least) >> bits) & low
        left = (scaled - taken) >> smoothing_bits
        y[i] = left if left > floor else floor
        noise[i] = found


@inline
def gain_of(x: Any, table: Any) -> Any:
    """A curve by pieces of the second order, one for each power of two; int16 in int64."""
    if x <= 2:
        return np.int64(table[x])
    interval = most_significant_bit(np.uint64(x), 32)
    piece = 4 * interval - 6
    fraction = (x << (11 - interval) if interval < 11 else x >> (interval - 11)) & 0x3FF
    found = wrap((np.int64(table[piece + 2]) * fraction) >> 5, 32)
    found = wrap(found + (np.int64(table[piece + 1]) << 5), 32)
    found = wrap(found * fraction, 32)
    found = wrap(found + (1 << 14), 32) >> 15
    return wrap(found + np.int64(table[piece]), 16)


@kernel(f"void({UINT32}, {UINT32}, {INT16}, uint32[::1], int64)")
def gain_control(x: Any, noise: Any, table: Any, y: Any, shift: Any) -> None:
    """x over a power of the noise, and what that is above 2, squared below."""
    for i in range(y.size):
        gain = np.uint64(gain_of(np.int64(noise[i]), table) & LOW_32)
        ratio = np.int64(((np.uint64(x[i]) * gain) >> np.uint64(shift)) & np.uint64(LOW_32))
        if ratio < 2 << SNR_BITS:
            y[i] = (ratio * ratio) >> (2 + 2 * SNR_BITS - OUTPUT_BITS)
        else:
            y[i] = (ratio >> (SNR_BITS - OUTPUT_BITS)) - (1 << OUTPUT_BITS)


@kernel(f"void({UINT32}, int16[::1], Array(int64, 1, 'C', readonly=True), int64, int64)")
def logarithms_of(x: Any, y: Any, table: Any, scale: Any, bits: Any) -> None:
    for i in range(y.size):
        value = (np.int64(x[i]) << bits) & LOW_32
        y[i] = min(logarithm(value, scale, table), 32767) if value > 1 else 0
