"""Pools, and reductions along the middle one of three dimensions, by vectors of channels.

Every channel takes its window's elements in the order of TFLM's loops. Four outputs whose windows lie wholly
inside a row are taken together. The last vector of a pixel begins so that it ends with the channels.
"""

from __future__ import annotations

from typing import Any

from ._helpers import Native
from ._jit import Kernel, kernel
from .float_layers import LOWEST
from .lanes import LANES

__all__ = ["LEAST_LANES", "MOST_TAPS", "folds", "is_wide", "lanes_of"]

PIXELS = 4
LEAST_LANES = 4
"""Channels below which the portable kernels do as well."""
MOST_TAPS = 1 << 15
"""Of a window: sums of int16 and half the count stay within int32."""
_EXACT_IN_FLOAT = {"int8": 1 << 15, "int16": 256, "float32": MOST_TAPS}
_BYTES = {"int8": 1, "int16": 2, "float32": 4}
_STARTS: dict[tuple[str, str], Any] = {
    ("largest", "int8"): -128,
    ("largest", "int16"): -32768,
    ("largest", "float32"): LOWEST,
    ("least", "float32"): -LOWEST,
    ("sums", "int8"): 0,
    ("sums", "int16"): 0,
    ("sums", "float32"): 0,
    ("squares", "float32"): 0,
    ("squares_fused", "float32"): 0,
}


def is_wide(item: str, taps: int) -> bool:
    """Whether a mean of so many has to be divided in float64 to be cut exactly."""
    return taps > _EXACT_IN_FLOAT[item]


def lanes_of(name: str, item: str, channels: int) -> int:
    """Channels of one vector: 64 bytes at most, of sums 16."""
    most = LANES if name == "sums" else 64 // _BYTES[item]
    return next(size for size in (64, 32, 16, 8, 4) if size <= most and (size <= channels or size == 4))


def _make(name: str, item: str, lanes: int, wide: bool) -> Kernel:
    start = float(_STARTS[name, item])
    one, four = (Native("_fold", "fold", (name, item, lanes, n, start, wide)) for n in (1, PIXELS))

    def run(
        x: Any, y: Any, kernel_h: Any, kernel_w: Any, stride_h: Any, stride_w: Any, pad_h: Any, pad_w: Any,
        begin: Any, end: Any, divisor: Any, low: Any, high: Any,
    ) -> None:  # fmt: skip
        """x, y [batch, height, width, channels], of `lanes` channels at least; the windows of the output
        columns from `begin` to before `end` lie wholly inside a row."""
        height, width, channels = x.shape[1], x.shape[2], x.shape[3]
        row = width * channels
        for batch in range(y.shape[0]):
            for i in range(y.shape[1]):
                top = max(0, i * stride_h - pad_h)
                rows = min(height, i * stride_h - pad_h + kernel_h) - top
                at = (batch * height + top) * row
                out = (batch * y.shape[1] + i) * y.shape[2] * channels
                j = 0
                while j < y.shape[2]:
                    first = j
                    if begin <= j < end and end - begin >= PIXELS:
                        first = min(j, end - PIXELS)
                        near = at + (first * stride_w - pad_w) * channels
                        for c in range(0, channels, lanes):
                            k = min(c, channels - lanes)
                            four(
                                x, near + k, y, out + first * channels + k, rows, kernel_w, row, channels,
                                stride_w * channels, channels, divisor, low, high,
                            )  # fmt: skip
                        j = first + PIXELS
                        continue
                    left = max(0, j * stride_w - pad_w)
                    columns = min(width, j * stride_w - pad_w + kernel_w) - left
                    for c in range(0, channels, lanes):
                        k = min(c, channels - lanes)
                        one(
                            x, at + left * channels + k, y, out + j * channels + k, rows, columns, row,
                            channels, 0, 0, divisor, low, high,
                        )  # fmt: skip
                    j += 1

    run.__name__ = f"{name}_{item}_{lanes}" + ("_wide" if wide else "")
    bound = "float32" if item == "float32" else "int64"
    source = f"Array({item}, 4, 'C', readonly=True)"
    return kernel(f"void({source}, {item}[:,:,:,::1]{', int64' * 9}, {bound}, {bound})")(run)


_kernels = {
    (name, item, lanes, wide): _make(name, item, lanes, wide)
    for name, item in _STARTS
    for lanes in (64, 32, 16, 8, 4)
    for wide in ((False, True) if name == "sums" and item != "float32" else (False,))
    if lanes <= (LANES if name == "sums" else 64 // _BYTES[item])
}


def folds(name: str, item: str, channels: int, taps: int) -> Kernel:
    """The kernel for so many channels and windows of at most so many taps."""
    wide = name == "sums" and item != "float32" and is_wide(item, taps)
    return _kernels[name, item, lanes_of(name, item, channels), wide]
