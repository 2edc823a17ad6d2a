"""Whether an operator takes several samples at once in place of one, along the first dimension.

What an operator's `prepare` does not see by itself: it refuses shapes that no longer agree.
"""

from __future__ import annotations

from typing import Any

from .spec import Step

__all__ = [
    "along_another_axis",
    "always",
    "constant_weights",
    "indices_of_each",
    "matrix_of_each",
    "not_over_samples",
    "rows",
    "same_ranks",
    "slice_of_each",
]


def always(step: Step) -> bool:
    return True


def constant_weights(step: Step) -> bool:
    return all(tensor is None or tensor.is_constant for tensor in step.node.inputs[1:3])


def same_ranks(step: Step) -> bool:
    """Operands that broadcast: activations of the output's rank, constants that say nothing of samples."""
    rank = len(step.node.outputs[0].shape)
    return all(
        tensor is not None
        and (len(tensor.shape) < rank or tensor.shape[:1] == (1,) if tensor.is_constant else True)
        and (len(tensor.shape) <= rank if tensor.is_constant else len(tensor.shape) == rank)
        for tensor in step.node.inputs
    )


def rows(step: Step) -> bool:
    return all(len(tensor.shape) > 1 for tensor in step.node.outputs)


def not_over_samples(step: Step) -> bool:
    geometry: Any = step.geometry
    return not geometry.computed and 0 not in geometry.axes


def along_another_axis(step: Step) -> bool:
    geometry: Any = step.geometry
    return bool(geometry.axis != 0 and not geometry.computed)


def matrix_of_each(step: Step) -> bool:
    return len(step.node.outputs[0].shape) > 2 and same_ranks(step)


def slice_of_each(step: Step) -> bool:
    geometry: Any = step.geometry
    return bool(not geometry.computed and geometry.begin[:1] == (0,) and geometry.strides[:1] == (1,))


def indices_of_each(step: Step) -> bool:
    geometry: Any = step.geometry
    constant, indices = (tensor is not None and tensor.is_constant for tensor in step.node.inputs)
    if geometry.batch_dims:
        return False
    return bool(geometry.axis != 0) if indices else constant and geometry.axis == 0
