"""RESIZE_BILINEAR: the sum of four pixels. Of int8 weights have 20 fraction bits, halves go away from zero.

Of float32 each pixel is multiplied by its row's weight, then by its column's; the upper left one comes
first, then the lower left, the upper right and the lower right. A compiler that contracts, gcc for one,
adds the first product in one rounding to the second, and then each of the others to their sum.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ._jit import Kernel, kernel
from .multiply_add import fused, separate

_INDICES = "Array(int64, 1, 'C'), Array(int64, 1, 'C'), Array(int32, 1, 'C')"


@kernel(f"void(Array(int8, 3, 'C', readonly=True), {_INDICES}, {_INDICES}, int8[::1], int32[::1], int64)")
def blend(
    x: Any, top: Any, bottom: Any, down: Any, left: Any, right: Any, across: Any, out: Any, line: Any,
    channels: Any,
) -> None:  # fmt: skip
    """`out`: batches, rows, columns and channels in one row; x [batches, rows, columns x channels], of which
    rows top[i] and bottom[i] become the `line`, and columns left[j] and right[j] of it the output's.

    `down` and `across` are the weights of the second row and column in 1/1024. Whole numbers are the same in
    whichever order they are summed.
    """
    depth = np.uint64(channels)
    at: Any = np.uint64(0)
    for b in range(x.shape[0]):
        for i in range(len(top)):
            first, second = x[b, top[i]], x[b, bottom[i]]
            share = np.int32(down[i])
            rest = np.int32(np.int32(1024) - share)
            for n in range(len(line)):
                line[n] = np.int32(np.int32(first[n]) * rest + np.int32(second[n]) * share)
            for j in range(len(left)):
                after = np.int32(across[j])
                before = np.int32(np.int32(1024) - after)
                x0, x1 = np.uint64(left[j]) * depth, np.uint64(right[j]) * depth
                for c in range(channels):
                    k = np.uint64(c)
                    blended = np.int32(line[x0 + k] * before + line[x1 + k] * after)
                    sign = np.int32(blended >> 31)
                    rounded = np.int32(((np.int32(blended ^ sign) - sign) + np.int32(1 << 19)) >> 20)
                    out[at + k] = np.int32(rounded ^ sign) - sign
                at += depth


def _blend_reals(multiply_add: Callable[..., Any], name: str) -> Kernel:
    def blend_reals(
        x: Any, top: Any, bottom: Any, down: Any, left: Any, right: Any, across: Any, out: Any
    ) -> None:
        """As `blend`; `down` and `across` are real numbers."""
        one = np.float32(1)
        batches, height, width, channels = out.shape
        for b in range(batches):
            for i in range(height):
                y0, y1, lower = top[i], bottom[i], down[i]
                upper = one - lower
                for j in range(width):
                    x0, x1, after = left[j], right[j], across[j]
                    before = one - after
                    for c in range(channels):
                        total = (x[b, y1, x0, c] * lower) * before
                        total = multiply_add(x[b, y0, x0, c] * upper, before, total)
                        total = multiply_add(x[b, y0, x1, c] * upper, after, total)
                        total = multiply_add(x[b, y1, x1, c] * lower, after, total)
                        out[b, i, j, c] = total + np.float32(0)

    blend_reals.__name__ = name
    indices = "int64[::1], int64[::1], float32[::1]"
    return kernel(f"void(Array(float32, 4, 'C', readonly=True), {indices}, {indices}, float32[:,:,:,::1])")(
        blend_reals
    )


blend_reals = _blend_reals(separate, "blend_reals")
blend_reals_fused = _blend_reals(fused, "blend_reals_fused")
