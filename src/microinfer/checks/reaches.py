"""What operators without weights can make of what their inputs can hold, in real numbers."""

from __future__ import annotations

from ..model.tables import Tensor
from ..operators.reach import after_activation
from ..operators.registry import row
from ..operators.spec import Node


def representable(tensor: Tensor) -> tuple[float, float]:
    """Real values of a quantised int8 tensor; those that are there, if it is a constant."""
    low, high = -128, 127
    if tensor.data is not None and tensor.data.size:
        low, high = int(tensor.data.min()), int(tensor.data.max())
    return (low - tensor.zero_point) * tensor.scale, (high - tensor.zero_point) * tensor.scale


def inputs_reached(node: Node) -> int:
    spec = row(node.operator.name)
    return 0 if spec is None or spec.reach is None else spec.reach.inputs


def real_reach(node: Node) -> tuple[float, float] | None:
    """Real values that an operator without weights can make of what its inputs can hold."""
    spec = row(node.operator.name)
    if spec is None or spec.reach is None:
        return None
    count = spec.reach.inputs
    inputs = node.inputs[:1] if count == 1 else node.inputs
    given = [tensor for tensor in inputs if tensor is not None]
    if any(t is None or t.dtype != "int8" or t.quantization is None for t in (*inputs, *node.outputs)):
        return None
    if len(given) != count:
        return None
    low, high = spec.reach.find(node, tuple(map(representable, given)))
    return after_activation(low, high, node.options.get("fused_activation_function", "NONE"))
