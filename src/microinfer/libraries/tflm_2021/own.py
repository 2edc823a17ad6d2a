"""Operators that had no kernel of CMSIS-NN's yet and ran TFLM's own."""

from __future__ import annotations

from ..tflm_reference import elementwise, moving, windowed

MAXIMUM = elementwise.MAXIMUM
MINIMUM = elementwise.MINIMUM
PAD = moving.PAD
TRANSPOSE = moving.TRANSPOSE
TRANSPOSE_CONV = windowed.TRANSPOSE_CONV
