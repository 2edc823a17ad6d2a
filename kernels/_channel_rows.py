"""Rows of a table of channels, as the dot product kernels read them, and what they make of their sums."""

from __future__ import annotations

from typing import Any

from . import _bytes
from ._bytes import (
    BYTES,
    I64,
    INTS,
    LANES,
    SIGNED,
    WORDS,
    constant,
    load,
)
from .dot_products import NARROW, REAL, ROWS, WIDE


def row_of(builder: Any, table: Any, first: Any, block: int, row: int) -> Any:
    """16 int32 of a table of channels, from the row of a block of 16 channels."""
    return load(builder, table, INTS, builder.add(first, I64((block * ROWS + row) * LANES * 4)), BYTES)


def requantized(
    builder: Any, form: str, totals: list[Any], table: Any, first: Any, block: int, zero_point: Any
) -> list[Any]:
    """Sums of the same 16 channels, with or without the zero point: see `packer_of`."""
    if form == REAL:
        scale, nudge = (row_of(builder, table, first, block, row) for row in (1, 2))
        return [_bytes.requantize_real(builder, total, scale, nudge) for total in totals]
    even, odd, *shift = (row_of(builder, table, first, block, row) for row in range(1, ROWS))
    if form == NARROW:
        right, nudge = shift
        return [_bytes.requantize_narrow(builder, total, even, odd, right, nudge) for total in totals]
    left, right = shift
    point = _bytes.narrow(builder, zero_point, INTS)
    return [_bytes.requantize_wide(builder, total, even, odd, left, right, point) for total in totals]


def packer_of(builder: Any, form: str, zero_point: Any, low: Any, high: Any) -> Any:
    """Four vectors as `requantized` leaves them to 64 int8."""
    point = constant(WORDS, 0) if form == WIDE else _bytes.narrow(builder, zero_point, WORDS)
    bounds = [_bytes.narrow(builder, bound, SIGNED) for bound in (low, high)]
    return lambda values: _bytes.pack(builder, values, point, *bounds)
