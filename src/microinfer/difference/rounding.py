"""Three ways to scale a sum to an output: rounded twice, once, or in float32."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..operators.far_zero_points import twice
from ..operators.spec import Whole

__all__ = ["in_float32", "once", "twice"]


def once(x: Any, multiplier: Any, shift: Any) -> Whole:
    """After the right shift only, halves upwards: TFLITE_SINGLE_ROUNDING, and several vendors' kernels."""
    total = 31 - np.asarray(shift, np.int64)
    product = np.asarray(x, np.int64) * np.asarray(multiplier, np.int64)
    made: Whole = (product + (np.int64(1) << (total - 1))) >> total
    return made


def in_float32(x: Any, multiplier: Any, shift: Any) -> Whole:
    """A float32 product, halves to even, as XNNPACK's convolutions do it."""
    scale = np.ldexp(np.asarray(multiplier, np.float64), np.asarray(shift, np.int64) - 31).astype(np.float32)
    product = np.asarray(x, np.int64).astype(np.float32) * scale
    made: Whole = np.rint(np.clip(product, -(2.0**31), 2.0**31 - 256)).astype(np.int64)
    return made
