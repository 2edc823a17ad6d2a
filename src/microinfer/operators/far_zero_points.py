"""Zero points outside their type: TFLM holds them in 32 bits, and its int32 arithmetic wraps where they are
far.

Fast kernels count on distances of at most twice the type. Where one of these is further, a node's arithmetic
is done in numpy in 64 bits, and cut to 32 where TFLM's is: the bits of its reference kernels as compilers
make them, though C says nothing of what overflows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..model.tables import Tensor
from .rescaled import low_32_bits
from .spec import Array, Bind, Node, Rescaled, Run, Whole

__all__ = ["bind_far", "far_tensors", "is_far", "shorter", "twice"]

_HELD = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767), "int4": (-8, 7)}


def is_far(tensor: Tensor | None) -> bool:
    """Whether a tensor of 16 bits at most has a zero point that its type does not hold."""
    if tensor is None or tensor.unusable is not None or tensor.quantization is None:
        return False
    low, high = _HELD.get(tensor.dtype, (-(1 << 31), (1 << 31) - 1))
    points = tensor.quantization.zero_point
    if points.size == 1:
        return not low <= points.item() <= high
    if not points.any():
        return False
    return not low <= int(points.min()) <= int(points.max()) <= high


def far_tensors(node: Node) -> tuple[tuple[str, Tensor], ...]:
    """Those with such zero points, with their places."""
    places = [(f"inputs[{i}]", tensor) for i, tensor in enumerate(node.inputs)]
    places += [(f"outputs[{i}]", tensor) for i, tensor in enumerate(node.outputs)]
    return tuple((where, tensor) for where, tensor in places if tensor is not None and is_far(tensor))


def twice(x: Any, multiplier: Any, shift: Any) -> Whole:
    """As TFLM: to 31 fraction bits, halves upwards, then after the right shift, halves away from zero."""
    left, right = np.maximum(shift, 0), np.maximum(np.negative(shift), 0)
    shifted = low_32_bits(np.asarray(x, np.int64) << left)
    halved = (shifted * np.asarray(multiplier, np.int64) + (1 << 30)) >> 31
    mask = (np.int64(1) << right) - 1
    made: Whole = (halved >> right) + ((halved & mask) > (mask >> 1) + (halved < 0))
    return made


def shorter(x: Any, multiplier: Any, shift: Any) -> Whole:
    """A sum of 64 bits times a multiplier that is cut to 16, halves upwards, as TFLM scales sums of int16."""
    whole = np.asarray(multiplier, np.int64)
    reduced = np.where(whole < 0x7FFF0000, (whole + (1 << 15)) >> 16, 0x7FFF)
    total = 15 - np.asarray(shift, np.int64)
    return low_32_bits((np.asarray(x, np.int64) * reduced + (np.int64(1) << (total - 1))) >> total)


def bind_far(node: Node, rescaled: Rescaled) -> Bind | None:
    """A bind by the row's own arithmetic in wide integers; None where every zero point is in its type, or the
    node does not rescale."""
    compute = rescaled(node, twice) if far_tensors(node) else None
    if compute is None:
        return None

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        target = outputs[0]

        def run() -> None:
            with np.errstate(over="ignore"):
                target[...] = compute(inputs).reshape(target.shape).astype(target.dtype)

        return run

    return bind
