"""What a run's data say of branches: how many elements took each branch of a kernel.

Counts bear the names of the libraries' events. What only one operator has stands with it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model.tables import Tensor
from .spec import Array, Arrays, Find, Node, Seen, Step

__all__ = [
    "by_value",
    "centred",
    "count",
    "negative_sums",
    "negatives",
    "negatives_and_sums",
    "negatives_of_both",
    "operands",
]


def centred(array: Array | None, tensor: Tensor | None) -> NDArray[np.int64]:
    """Stored values less their zero point."""
    assert array is not None
    assert tensor is not None
    return np.subtract(array, tensor.zero_point, dtype=np.int64)


def by_value(array: Array | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All values that an int8 may have, and how often each is there: one look at an array of any size."""
    assert array is not None
    assert array.dtype == np.int8
    times = np.bincount(array.view(np.uint8).ravel(), minlength=256)
    return np.arange(-128, 128), np.roll(times, 128).astype(np.int64)


def count(mask: Any) -> int:
    return int(np.count_nonzero(mask))


def operands(
    node: Node, inputs: Arrays, outputs: Arrays
) -> tuple[NDArray[np.int64], NDArray[np.int64], float, float]:
    assert outputs[0] is not None
    shape = outputs[0].shape
    first, second = node.inputs[0], node.inputs[1]
    return (
        np.broadcast_to(centred(inputs[0], first), shape),
        np.broadcast_to(centred(inputs[1], second), shape),
        first.scale if first is not None else 0.0,
        second.scale if second is not None else 0.0,
    )


def negative_sums(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    """Operators that rescale a sum: its sign shows in the output, unless an activation hides it."""
    values = centred(outputs[0], step.node.outputs[0])
    hidden = step.node.operator.options.get("fused_activation_function", 0) in {1, 3}
    return {"negative_sums": count(values <= 0 if hidden else values < 0)}


def negatives(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    return {"negatives": count(centred(inputs[0], step.node.inputs[0]) < 0)}


def negatives_of_both(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    a, b, _, _ = operands(step.node, inputs, outputs)
    return {"negatives": count(a < 0) + count(b < 0)}


def negatives_and_sums(sign: int) -> Find:
    """Of a sum of two, or of a difference, where `sign` is -1."""

    def find(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
        a, b, scale_a, scale_b = operands(step.node, inputs, outputs)
        sums = a * scale_a + (b * (sign * scale_b))
        return {
            "negatives": count(a < 0) + count(b < 0),
            "negative_sums": count(sums < 0),
        }

    return find
