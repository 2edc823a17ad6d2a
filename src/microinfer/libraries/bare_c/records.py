"""Requantisation as the C kernels read it from flash: see kernels/fixed_point.h."""

from __future__ import annotations

from .c_source import int32_bytes

__all__ = ["requantisation_record"]

SATURATION = 1 << 23
"""Accumulators saturate to 24 bits."""
BEYOND_INT8 = 256
"""No int8 result survives a clamp that is this far from its zero point."""


def requantisation_record(multiplier: int, shift: int) -> bytes:
    """Six bytes for a factor of multiplier x 2^(shift - 31).

    The short form, 2^(8 - e), whether one more byte is lost, and twice the multiplier, holds for
    e = -shift (or 8 less) in 1..8 if what saturates would be clamped anyway. The long form is told by a
    zero in front: the shift and the multiplier as they are.
    """
    exponent = -shift
    if 1 <= exponent <= 16 and multiplier * SATURATION >> (31 + exponent) >= BEYOND_INT8:
        more = exponent > 8
        return bytes([1 << (8 - exponent + 8 * more), more]) + int32_bytes(multiplier << 1)
    return bytes([0, shift & 0xFF]) + int32_bytes(multiplier)
