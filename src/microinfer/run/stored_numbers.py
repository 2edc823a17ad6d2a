"""Real numbers as a tensor stores them, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import InputError
from ..model.tables import Tensor
from ..operators.quantization import in_steps
from ..operators.spec import Array

__all__ = ["expect_finite", "from_stored", "to_stored"]


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
    """round(x / scale) + zero_point, half away from zero as TFLM's QUANTIZE does, clamped to the type."""
    with np.errstate(over="ignore"):
        reals = np.asarray(values, np.float32)
    if tensor.quantization is None:
        return reals.astype(tensor.dtype)
    limits = np.iinfo(tensor.dtype)
    stored: Array = np.clip(in_steps(reals, tensor), limits.min, limits.max).astype(tensor.dtype)
    return stored


def from_stored(values: Any, tensor: Tensor) -> Array:
    """(stored - zero_point) x scale, float32."""
    stored = np.asarray(values)
    if tensor.quantization is None:
        return stored.astype(np.float32)
    return (stored.astype(np.float32) - np.float32(tensor.zero_point)) * np.float32(tensor.scale)
