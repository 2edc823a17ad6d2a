"""RESIZE_BILINEAR int8: the sum of four pixels with weights of 20 fraction bits, halves away from zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._jit import kernel

_INDICES = "Array(int64, 1, 'C'), Array(int64, 1, 'C'), Array(int32, 1, 'C')"


@kernel(f"void(Array(int8, 4, 'C', readonly=True), {_INDICES}, {_INDICES}, Array(int8, 4, 'C'))")
def blend(x: Any, top: Any, bottom: Any, down: Any, left: Any, right: Any, across: Any, out: Any) -> None:
    """out[b, i, j, c] from rows top[i], bottom[i] and columns left[j], right[j] of x.

    `down` and `across` are the weights of the second row and column in 1/1024.
    """
    batches, height, width, channels = out.shape
    for b in range(batches):
        for i in range(height):
            for j in range(width):
                lower = np.int32(np.int32(1024) - down[i])
                before = np.int32(np.int32(1024) - across[j])
                w00, w01 = np.int32(lower * before), np.int32(lower * across[j])
                w10, w11 = np.int32(down[i] * before), np.int32(down[i] * across[j])
                y0, y1, x0, x1 = top[i], bottom[i], left[j], right[j]
                for c in range(channels):
                    blended = np.int32(
                        np.int32(x[b, y0, x0, c]) * w00
                        + np.int32(x[b, y1, x0, c]) * w10
                        + np.int32(x[b, y0, x1, c]) * w01
                        + np.int32(x[b, y1, x1, c]) * w11
                    )
                    sign = np.int32(blended >> 31)
                    rounded = np.int32(((np.int32(blended ^ sign) - sign) + np.int32(1 << 19)) >> 20)
                    out[b, i, j, c] = np.int32(rounded ^ sign) - sign
