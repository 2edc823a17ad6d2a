"""The same graph for several samples at once: every activation's batch of 1 becomes a batch of n.

Kernels take a batch in their stride, and each sample's bits depend on that sample alone, provided that
no operator looks across the first dimension. `widen` asks that of every operator that it knows, and
declines the graph as a whole where the answer is no: state, constants that speak of the first
dimension, operators of the user's own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from ..model.tables import Model, Subgraph, Tensor
from ..operators.registry import row
from ..operators.spec import Step

__all__ = ["widen"]


def _without_shapes(subgraph: Subgraph, steps: Sequence[Step]) -> tuple[Subgraph, Sequence[Step]]:
    """The graph without operators that compute nothing but shapes for a RESHAPE, which ignores them."""
    parts = {step.name: spec.shapes for step in steps if (spec := row(step.name)) is not None}
    if "tells" not in parts.values():
        return subgraph, steps
    needed = set(subgraph.outputs)
    kept: list[Step] = []
    for step in reversed(steps):
        inputs, outputs = step.node.operator.inputs, step.node.operator.outputs
        part = parts.get(step.name)
        if part == "ignores" and len(inputs) > 1:
            operator = dataclasses.replace(step.node.operator, inputs=inputs[:1])
            node = dataclasses.replace(step.node, operator=operator, inputs=step.node.inputs[:1])
            step = dataclasses.replace(step, node=node)
        elif part in ("tells", "passes") and not needed.intersection(outputs):
            continue
        needed.update(step.node.operator.inputs)
        kept.append(step)
    kept.reverse()
    return dataclasses.replace(subgraph, operators=tuple(step.node.operator for step in kept)), kept


def widen(model: Model, steps: Sequence[Step], samples: int) -> Model | None:
    """The model with `samples` in place of 1 in front of every activation, or None where it cannot be.

    The result still has to be prepared, and is no good where an operator then refuses its shapes.
    """
    first = len(model.subgraphs[0].operators)
    subgraph, steps = _without_shapes(model.subgraphs[0], steps[:first])
    computed = {t.index for step in steps for t in step.node.outputs} | set(subgraph.inputs)
    if not computed.issuperset(subgraph.outputs):
        return None
    for step in steps:
        spec = row(step.name)
        allowed = None if spec is None else spec.batch
        used = {t.index for t in step.node.inputs if t is not None and not t.is_constant}
        if allowed is None or not used <= computed or not allowed(step):
            return None
    activations = [subgraph.tensors[index] for index in computed]
    if any(tensor.shape[:1] != (1,) or tensor.keeps for tensor in activations):
        return None

    def widened(tensor: Tensor) -> Tensor:
        if tensor.index not in computed:
            return tensor
        return dataclasses.replace(tensor, shape=(samples, *tensor.shape[1:]), shape_signature=())

    tensors = tuple(widened(tensor) for tensor in subgraph.tensors)
    wide = dataclasses.replace(subgraph, tensors=tensors)
    return dataclasses.replace(model, subgraphs=(wide,), metadata={}, warnings=())
