"""Real numbers as a tensor stores them, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..model.tables import Tensor
from ..operators.quantization import in_steps
from ..operators.spec import Array

__all__ = ["from_stored", "to_stored"]


def to_stored(values: Any, tensor: Tensor) -> Array:
    """round(x / scale) + zero_point, half away from zero as TFLM's QUANTIZE does, clamped to the type."""
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
