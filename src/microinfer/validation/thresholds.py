"""Above which number the only output of a model means yes, where nobody says."""

from __future__ import annotations

from ..model.tables import Subgraph, Tensor
from ..operators.reach import PASSING
from ..operators.reals import real_range
from ..operators.registry import row
from ..operators.spec import Spec

__all__ = ["default_threshold"]

SLACK = 0.01


def default_threshold(graph: Subgraph, target: Tensor) -> float:
    """One half of a probability, 0 of a logit.

    A probability comes out of an operator that gives nothing else, whatever its type; else numbers from 0 to
    1 are taken for one, and floats of which nothing is known.
    """
    makers = {index: operator for operator in graph.operators for index in operator.outputs}
    held = target
    while (operator := makers.get(held.index)) is not None:
        spec = row(operator.name)
        if spec is not None and _gives_probabilities(spec):
            return 0.5
        data = [graph.tensors[index] for index in operator.inputs if index >= 0]
        data = [tensor for tensor in data if not tensor.is_constant]
        if spec is None or len(data) != 1 or not _passes(spec, data[0], held):
            break
        held = data[0]
    limits = real_range(held)
    if limits is None:
        return 0.5 if held.dtype.startswith("float") else 0.0
    return 0.5 if limits[0] >= -1e-6 and limits[1] <= 1 + SLACK else 0.0


def _gives_probabilities(spec: Spec) -> bool:
    """Its int8 numbers stand for 0 to 1 by prescription."""
    if spec.fixed_output is None:
        return False
    scale, zero_point = spec.fixed_output
    return (-128 - zero_point) * scale >= 0.0 and (127 - zero_point) * scale <= 1.0


def _passes(spec: Spec, source: Tensor, target: Tensor) -> bool:
    """The same numbers in other places, or in another type."""
    real = source.quantization is not None and target.dtype == "float32"
    return real or spec.moves is not None or spec.reach is PASSING
