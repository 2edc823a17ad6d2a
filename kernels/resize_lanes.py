"""RESIZE_BILINEAR as `resize_bilinear` has it, by vectors of channels.

The last vector of a pixel begins so that it ends with the channels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._helpers import Native
from ._jit import Kernel, kernel
from ._processor import has_vectors

__all__ = ["blend", "blend_reals"]

LANES = (16, 8, 4)
_INDICES = "Array(int64, 1, 'C'), Array(int64, 1, 'C'), Array({}, 1, 'C')"


def _blend(lanes: int) -> Kernel:
    pixel = Native("_blend", "pixel_of_bytes", (lanes,))

    def blend(
        x: Any, top: Any, bottom: Any, down: Any, left: Any, right: Any, across: Any, out: Any, line: Any,
        channels: Any,
    ) -> None:  # fmt: skip
        """The arguments of `resize_bilinear.blend`."""
        at = 0
        for b in range(x.shape[0]):
            for i in range(len(top)):
                first, second = x[b, top[i]], x[b, bottom[i]]
                share = np.int32(down[i])
                rest = np.int32(np.int32(1024) - share)
                for n in range(len(line)):
                    line[n] = np.int32(np.int32(first[n]) * rest + np.int32(second[n]) * share)
                for j in range(len(left)):
                    after = np.int64(across[j])
                    x0, x1 = left[j] * channels, right[j] * channels
                    for c in range(0, channels, lanes):
                        k = min(c, channels - lanes)
                        pixel(line, x0 + k, x1 + k, 1024 - after, after, out, at + k)
                    at += channels

    blend.__name__ = f"blend_{lanes}"
    indices = _INDICES.format("int32")
    return kernel(
        f"void(Array(int8, 3, 'C', readonly=True), {indices}, {indices}, int8[::1], int32[::1], int64)"
    )(blend)


def _blend_reals(lanes: int, fuses: bool) -> Kernel:
    pixel = Native("_blend", "pixel_of_reals", (lanes, fuses))

    def blend_reals(
        x: Any, top: Any, bottom: Any, down: Any, left: Any, right: Any, across: Any, out: Any
    ) -> None:
        """The arguments of `resize_bilinear.blend_reals`."""
        one = np.float32(1)
        batches, height, width, channels = out.shape
        row = x.shape[2] * channels
        at = 0
        for b in range(batches):
            image = b * x.shape[1] * row
            for i in range(height):
                y0, y1, lower = image + top[i] * row, image + bottom[i] * row, down[i]
                upper = one - lower
                for j in range(width):
                    x0, x1, after = left[j] * channels, right[j] * channels, across[j]
                    before = one - after
                    for c in range(0, channels, lanes):
                        k = min(c, channels - lanes)
                        pixel(
                            x, y1 + x0 + k, y0 + x0 + k, y0 + x1 + k, y1 + x1 + k, upper, lower, before,
                            after, out, at + k,
                        )  # fmt: skip
                    at += channels

    blend_reals.__name__ = f"blend_reals_{lanes}" + ("_fused" if fuses else "")
    indices = _INDICES.format("float32")
    return kernel(f"void(Array(float32, 4, 'C', readonly=True), {indices}, {indices}, float32[:,:,:,::1])")(
        blend_reals
    )


_BYTES = {lanes: _blend(lanes) for lanes in LANES}
_REALS = {(lanes, fuses): _blend_reals(lanes, fuses) for lanes in LANES for fuses in (False, True)}


def _lanes(channels: int) -> int | None:
    return next((lanes for lanes in LANES if lanes <= channels), None) if has_vectors() else None


def blend(channels: int) -> Kernel | None:
    """The kernel for int8 of so many channels; None for few, and where there are no vectors."""
    lanes = _lanes(channels)
    return None if lanes is None else _BYTES[lanes]


def blend_reals(channels: int, fuses: bool) -> Kernel | None:
    """As `blend`, for float32; `fuses`: products are added in one rounding."""
    lanes = _lanes(channels)
    return None if lanes is None else _REALS[lanes, fuses]
