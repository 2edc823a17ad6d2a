"""Samples of audio before and after a spectrum: window, scaling, delay, frames, stacks, overlapping sums.

Source: TFLM, signal/src/{window,max_abs,fft_auto_scale,circular_buffer,overlap_add}.cc. What TFLM keeps in a
circular buffer stands here in a plain row, oldest sample first, with a count of how many there are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._helpers import inline
from ._jit import kernel
from .signal_numbers import most_significant_bit, wrap

__all__ = ["auto_scale", "delay", "framer", "overlap_add_float32", "overlap_add_int16", "stacker", "window"]

SAMPLES = "Array(int16, 1, 'C', readonly=True)"
ROWS = "Array(int16, 2, 'C', readonly=True)"


@inline
def bounded(x: Any) -> Any:
    """x as an int16, the nearest there is."""
    return min(max(x, -32768), 32767)


@kernel(f"void({ROWS}, {SAMPLES}, int16[:,::1], int64)")
def window(x: Any, weights: Any, y: Any, shift: Any) -> None:
    for row in range(x.shape[0]):
        for i in range(x.shape[1]):
            y[row, i] = bounded((np.int64(x[row, i]) * np.int64(weights[i])) >> shift)


@kernel(f"void({SAMPLES}, int16[::1], int32[::1])")
def auto_scale(x: Any, y: Any, scale: Any) -> None:
    """The greatest magnitude is kept in an int16, where that of -32768 is negative again."""
    greatest = np.int64(0)
    for i in range(y.size):
        value = np.int64(x[i])
        if value > greatest:
            greatest = value
        elif -value > greatest:
            greatest = wrap(-value, 16)
    bits = max(15 - most_significant_bit(np.uint64(greatest & 0xFFFFFFFF), 32), 0)
    for i in range(y.size):
        y[i] = wrap(np.int64(x[i]) << bits, 16)
    scale[0] = bits


@kernel(f"void({ROWS}, int16[:,::1], int16[:,::1])")
def delay(x: Any, kept: Any, y: Any) -> None:
    """x, y [rows, samples]; `kept` the samples of each row that have not come out yet."""
    length, size = kept.shape[1], x.shape[1]
    for row in range(x.shape[0]):
        for i in range(size):
            y[row, i] = kept[row, i] if i < length else x[row, i - length]
        for i in range(length):
            kept[row, i] = kept[row, i + size] if i + size < length else x[row, i + size - length]


@kernel(f"void({ROWS}, int16[:,::1], int64[::1], int16[:,:,::1], uint8[::1], int64)")
def framer(x: Any, kept: Any, count: Any, y: Any, valid: Any, step: Any) -> None:
    """x [rows, samples], y [rows, frames, size]. A frame that lacks samples is left as it is."""
    size = y.shape[2]
    held = count[0]
    valid[0] = 1
    for row in range(x.shape[0]):
        held = count[0]
        for frame in range(y.shape[1]):
            for i in range(step):
                kept[row, held + i] = x[row, frame * step + i]
            held += step
            if held < size:
                valid[0] = 0
                continue
            for i in range(size):
                y[row, frame, i] = kept[row, i]
            held -= step
            for i in range(held):
                kept[row, i] = kept[row, i + step]
    count[0] = held


@kernel(f"void({SAMPLES}, int16[::1], int64[::1], int16[::1], uint8[::1], int64, int64, int64)")
def stacker(
    x: Any, kept: Any, count: Any, y: Any, valid: Any, channels: Any, left: Any, step: Any
) -> None:  # fmt: skip
    """`count`: values kept, and whether there has been a frame. The first frame stands `left` times more."""
    held = count[0]
    for turn in range(1 if count[1] else 1 + left):
        for i in range(channels):
            kept[held + turn * channels + i] = x[i]
    held += channels * (1 if count[1] else 1 + left)
    count[1] = 1
    valid[0] = 0
    if held >= kept.size:
        valid[0] = 1
        for i in range(kept.size):
            y[i] = kept[i]
        held -= step
        for i in range(held):
            kept[i] = kept[i + step]
    count[0] = held


@kernel("void(Array(int16, 3, 'C', readonly=True), int16[:,::1], int16[:,:,::1])")
def overlap_add_int16(x: Any, kept: Any, y: Any) -> None:
    """x [rows, frames, size], y [rows, frames, step]; `kept` what later frames are added to."""
    size, step = x.shape[2], y.shape[2]
    for row in range(x.shape[0]):
        for frame in range(x.shape[1]):
            for i in range(size):
                kept[row, i] = bounded(np.int64(kept[row, i]) + np.int64(x[row, frame, i]))
            for i in range(step):
                y[row, frame, i] = kept[row, i]
            for i in range(size):
                kept[row, i] = kept[row, i + step] if i + step < size else np.int16(0)


@kernel("void(Array(float32, 3, 'C', readonly=True), float32[:,::1], float32[:,:,::1])")
def overlap_add_float32(x: Any, kept: Any, y: Any) -> None:
    size, step = x.shape[2], y.shape[2]
    for row in range(x.shape[0]):
        for frame in range(x.shape[1]):
            for i in range(size):
                kept[row, i] += x[row, frame, i]
            for i in range(step):
                y[row, frame, i] = kept[row, i]
            for i in range(size):
                kept[row, i] = kept[row, i + step] if i + step < size else np.float32(0)
