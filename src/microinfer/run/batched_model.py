"""The same graph for several samples at once: every activation's batch of 1 becomes a batch of n.

Kernels take a batch in their stride, and each sample's bits depend on that sample alone, provided that
no operator looks across the first dimension. `widen` asks that of every operator that it knows, and
declines the graph as a whole where the answer is no: state, constants that speak of the first
dimension, operators of the user's own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from ..model.tables import Model, Subgraph, Tensor
from ..operators.spec import Step

__all__ = ["widen"]


def _always(step: Step) -> bool:
    return True


def _constant_weights(step: Step) -> bool:
    return all(tensor is None or tensor.is_constant for tensor in step.node.inputs[1:3])


def _same_ranks(step: Step) -> bool:
    """Operands that broadcast: activations of the output's rank, constants that say nothing of samples."""
    rank = len(step.node.outputs[0].shape)
    return all(
        tensor is not None
        and (len(tensor.shape) < rank or tensor.shape[:1] == (1,) if tensor.is_constant else True)
        and (len(tensor.shape) <= rank if tensor.is_constant else len(tensor.shape) == rank)
        for tensor in step.node.inputs
    )


def _rows(step: Step) -> bool:
    return all(len(tensor.shape) > 1 for tensor in step.node.outputs)


def _not_over_samples(step: Step) -> bool:
    geometry: Any = step.geometry
    return 0 not in geometry.axes


def _along_another_axis(step: Step) -> bool:
    geometry: Any = step.geometry
    return bool(geometry.axis != 0)


def _matrix_of_each(step: Step) -> bool:
    return len(step.node.outputs[0].shape) > 2 and _same_ranks(step)


def _slice_of_each(step: Step) -> bool:
    geometry: Any = step.geometry
    return bool(geometry.begin[:1] == (0,) and geometry.strides[:1] == (1,))


def _indices_of_each(step: Step) -> bool:
    geometry: Any = step.geometry
    constant, indices = (tensor is not None and tensor.is_constant for tensor in step.node.inputs)
    if geometry.batch_dims:
        return False
    return bool(geometry.axis != 0) if indices else constant and geometry.axis == 0


_CONDITIONS: dict[str, Callable[[Step], bool]] = {
    "ABS": _always,
    "ADD": _same_ranks,
    "ARG_MAX": _along_another_axis,
    "ARG_MIN": _along_another_axis,
    "AVERAGE_POOL_2D": _always,
    "BATCH_MATMUL": _matrix_of_each,
    "CAST": _always,
    "CONCATENATION": _always,
    "CONV_2D": _constant_weights,
    "DEPTHWISE_CONV_2D": _constant_weights,
    "DEPTH_TO_SPACE": _always,
    "DEQUANTIZE": _always,
    "ELU": _always,
    "EQUAL": _same_ranks,
    "EXPAND_DIMS": _always,
    "FULLY_CONNECTED": _constant_weights,
    "GATHER": _indices_of_each,
    "GREATER": _same_ranks,
    "GREATER_EQUAL": _same_ranks,
    "HARD_SWISH": _always,
    "LEAKY_RELU": _always,
    "LESS": _same_ranks,
    "LESS_EQUAL": _same_ranks,
    "LOGISTIC": _always,
    "MAXIMUM": _same_ranks,
    "MAX_POOL_2D": _always,
    "MEAN": _not_over_samples,
    "MINIMUM": _same_ranks,
    "MUL": _same_ranks,
    "NOT_EQUAL": _same_ranks,
    "PACK": _always,
    "PAD": _always,
    "PADV2": _always,
    "PRELU": _same_ranks,
    "QUANTIZE": _always,
    "REDUCE_MAX": _not_over_samples,
    "RELU": _always,
    "RELU6": _always,
    "RESHAPE": _always,
    "RESIZE_BILINEAR": _always,
    "RESIZE_NEAREST_NEIGHBOR": _always,
    "SELECT_V2": _same_ranks,
    "SLICE": _slice_of_each,
    "SOFTMAX": _rows,
    "SPACE_TO_DEPTH": _always,
    "SPLIT": _always,
    "SPLIT_V": _always,
    "SQUEEZE": _always,
    "STRIDED_SLICE": _slice_of_each,
    "SUB": _same_ranks,
    "SUM": _not_over_samples,
    "TANH": _always,
    "TRANSPOSE": _always,
    "TRANSPOSE_CONV": _always,
    "UNPACK": _always,
    "ZEROS_LIKE": _always,
}
"""What an operator's `prepare` does not see by itself: it refuses shapes that no longer agree."""


def _without_shapes(subgraph: Subgraph, steps: Sequence[Step]) -> tuple[Subgraph, Sequence[Step]]:
    """The graph without operators that compute nothing but shapes for a RESHAPE, which ignores them."""
    if all(step.name != "SHAPE" for step in steps):
        return subgraph, steps
    needed = set(subgraph.outputs)
    kept: list[Step] = []
    for step in reversed(steps):
        inputs, outputs = step.node.operator.inputs, step.node.operator.outputs
        if step.name == "RESHAPE" and len(inputs) > 1:
            operator = dataclasses.replace(step.node.operator, inputs=inputs[:1])
            node = dataclasses.replace(step.node, operator=operator, inputs=step.node.inputs[:1])
            step = dataclasses.replace(step, node=node)
        elif step.name in _SHAPE_CHAIN and not needed.intersection(outputs):
            continue
        needed.update(step.node.operator.inputs)
        kept.append(step)
    kept.reverse()
    return dataclasses.replace(subgraph, operators=tuple(step.node.operator for step in kept)), kept


_SHAPE_CHAIN = frozenset(
    {"SHAPE", "STRIDED_SLICE", "PACK", "SLICE", "GATHER", "CAST", "CONCATENATION", "MUL"}
)


def widen(model: Model, steps: Sequence[Step], samples: int) -> Model | None:
    """The model with `samples` in place of 1 in front of every activation, or None where it cannot be.

    The result still has to be prepared, and is no good where an operator then refuses its shapes.
    """
    subgraph, steps = _without_shapes(model.subgraphs[0], steps)
    computed = {t.index for step in steps for t in step.node.outputs} | set(subgraph.inputs)
    if not computed.issuperset(subgraph.outputs):
        return None
    for step in steps:
        allowed = _CONDITIONS.get(step.name)
        used = {t.index for t in step.node.inputs if t is not None and not t.is_constant}
        if allowed is None or not used <= computed or not allowed(step):
            return None
    activations = [subgraph.tensors[index] for index in computed]
    if any(tensor.shape[:1] != (1,) or tensor.is_variable for tensor in activations):
        return None

    def widened(tensor: Tensor) -> Tensor:
        if tensor.index not in computed:
            return tensor
        return dataclasses.replace(tensor, shape=(samples, *tensor.shape[1:]), shape_signature=())

    tensors = tuple(widened(tensor) for tensor in subgraph.tensors)
    wide = dataclasses.replace(subgraph, tensors=tensors)
    return dataclasses.replace(model, subgraphs=(wide,), metadata={}, warnings=())
