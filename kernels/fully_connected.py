"""Fully connected layers over one to three rows; more rows run as a convolution, which shares weights.

With a single row nothing is reused, so what counts is to stream the weights once and not to wait for
sums: four partial sums run side by side over four pairs of inputs. Weights are packed as for
`conv_2d`, in blocks of 16 outputs.
"""

from __future__ import annotations

from typing import Any

from ._jit import kernel
from .lanes import LANES, add, load, load_pairs, multiply_add, requantize, store_bytes, widen, zero

__all__ = ["STEP", "fully_connected"]

STEP = 8
"""Inputs that one turn of the loop takes; packed weights and the wide row are padded to it."""


@kernel("void(int8[:,::1], int8[:,::1], int16[::1], int16[::1], int32[::1],int64, int64, int64, int64)")
def fully_connected(
    x: Any,
    y: Any,
    wide: Any,
    weights: Any,
    channels: Any,
    input_zero_point: Any,
    output_zero_point: Any,
    low: Any,
    high: Any,
) -> None:
    """x [rows, inputs] to y [rows, outputs]. `wide` holds a row as int16, with zeros behind it."""
    inputs, outputs = x.shape[1], y.shape[1]
    padded = len(channels) // 4
    for b in range(x.shape[0]):
        widen(wide, 0, x, b * inputs, inputs, input_zero_point)
        w = 0
        for n in range(0, padded, LANES):
            a0 = load(channels, n)
            a1 = a2 = a3 = zero()
            for k in range(0, len(wide), STEP):
                a0 = multiply_add(a0, wide, k, load_pairs(weights, w))
                a1 = multiply_add(a1, wide, k + 2, load_pairs(weights, w + 2 * LANES))
                a2 = multiply_add(a2, wide, k + 4, load_pairs(weights, w + 4 * LANES))
                a3 = multiply_add(a3, wide, k + 6, load_pairs(weights, w + 6 * LANES))
                w += STEP * LANES
            total = requantize(
                add(add(a0, a1), add(a2, a3)),
                load(channels, padded + n),
                load(channels, 2 * padded + n),
                load(channels, 3 * padded + n),
                output_zero_point,
                low,
                high,
            )
            store_bytes(y, b * outputs + n, min(LANES, outputs - n), total)
