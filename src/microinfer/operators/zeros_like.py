"""ZEROS_LIKE: zeros in the shape of the input.

Specification: float32, int8, int32 or int64, output as input. An int8 tensor gets the stored number 0, not
its zero point. Source: TFLM, micro/kernels/zeros_like.cc.
"""

from __future__ import annotations

from .fill import prepare_zeros as prepare

__all__ = ["prepare"]
