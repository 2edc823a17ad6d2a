"""Real numbers as a tensor stores them, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import InputError
from ..model.tables import Tensor
from ..operators.quantization import in_steps
from ..operators.spec import Array

__all__ = ["CLIPPED_UNTOLD", "expect_finite", "from_stored", "say_clipped", "to_stored"]

CLIPPED_UNTOLD = 0.001
"""Of real numbers, the share that may lie beyond the ends of a calibrated input, as `validate` has it."""


def expect_finite(values: Any, where: str) -> None:
    """Hold that real numbers are finite as float32, in which they are quantised.

    Raises:
        InputError: one is not, or is beyond float32.
    """
    with np.errstate(over="ignore"):
        reals = np.asarray(values).astype(np.float32)
    if not np.isfinite(reals).all():
        raise InputError(f"{where}: has values that are not finite, which cannot be quantised")


def to_stored(values: Any, tensor: Tensor) -> Array:
    """round(x / scale) + zero_point, half away from zero as TFLM's QUANTIZE does, clamped to the type.

    Raises:
        InputError: one is NaN, of which clamping makes nothing.
    """
    with np.errstate(over="ignore"):
        reals = np.asarray(values, np.float32)
    if tensor.quantization is None:
        return reals.astype(tensor.dtype)
    if np.isnan(reals).any():
        raise InputError(f"input {tensor.name!r}: has NaN, which cannot be quantised")
    limits = np.iinfo(tensor.dtype)
    stored: Array = np.clip(in_steps(reals, tensor), limits.min, limits.max).astype(tensor.dtype)
    return stored


def say_clipped(values: Any, tensor: Tensor) -> str:
    """How many of these real numbers a tensor cannot hold, in words that go on; "" where it holds them."""
    limits = np.iinfo(tensor.dtype)
    steps = in_steps(np.asarray(values), tensor)
    share = float(((steps < limits.min) | (steps > limits.max)).mean()) if steps.size else 0.0
    return f", {share:.1%} of it clipped: outside what the input can hold" if share > CLIPPED_UNTOLD else ""


def from_stored(values: Any, tensor: Tensor) -> Array:
    """(stored - zero_point) x scale, float32."""
    stored = np.asarray(values)
    if tensor.quantization is None:
        return stored.astype(np.float32)
    return (stored.astype(np.float32) - np.float32(tensor.zero_point)) * np.float32(tensor.scale)
