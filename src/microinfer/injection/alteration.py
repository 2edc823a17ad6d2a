"""What a flip in a file alters of the model: some tensors or operators, or more than that."""

from __future__ import annotations

from collections.abc import Mapping

from ..model.offline import OFFLINE_PLAN
from ..model.tables import Model, Operator, Quantization, Tensor
from ..operators.spec import Array
from ..words.dataclass import dataclass

__all__ = ["Alteration", "alteration"]


@dataclass(frozen=True, slots=True, eq=False)
class Alteration:
    """Tensors and operators of the only subgraph that are other than they were, by their numbers."""

    tensors: Mapping[int, Tensor]
    operators: Mapping[int, Operator]

    def __bool__(self) -> bool:
        return bool(self.tensors or self.operators)


def alteration(model: Model, found: Model) -> Alteration | None:
    """None where the graph is another: other shapes, types, connections, or a plan of the file's own.

    Names, descriptions and what else no kernel and no planner looks at may differ.
    """
    if len(model.subgraphs) != 1 or len(found.subgraphs) != 1 or _plan(model) != _plan(found):
        return None
    own, other = model.subgraphs[0], found.subgraphs[0]
    same = own.inputs == other.inputs and own.outputs == other.outputs
    if not same or len(own.tensors) != len(other.tensors) or len(own.operators) != len(other.operators):
        return None
    tensors: dict[int, Tensor] = {}
    for a, b in zip(own.tensors, other.tensors, strict=True):
        if not _alike(a, b):
            return None
        if not _equal(a, b):
            tensors[a.index] = b
    operators: dict[int, Operator] = {}
    for p, q in zip(own.operators, other.operators, strict=True):
        if (p.name, p.inputs, p.outputs, p.intermediates) != (q.name, q.inputs, q.outputs, q.intermediates):
            return None
        if (p.version, p.custom_options) != (q.version, q.custom_options) or dict(p.options) != dict(
            q.options
        ):
            operators[p.index] = q
    return Alteration(tensors, operators)


def _plan(model: Model) -> bytes | None:
    content = (model.metadata or {}).get(OFFLINE_PLAN)
    return None if content is None else bytes(content)


def _alike(a: Tensor, b: Tensor) -> bool:
    """Whether both take the same place in memory."""
    return (
        (a.shape, a.dtype, a.is_variable, a.shape_signature)
        == (b.shape, b.dtype, b.is_variable, b.shape_signature)
        and _numbers(a.described) == _numbers(b.described)
        and (None if a.data is None else a.data.nbytes) == (None if b.data is None else b.data.nbytes)
    )


def _numbers(found: Quantization | None) -> int:
    return -1 if found is None else len(found.scale)


def _equal(a: Tensor, b: Tensor) -> bool:
    if a.filler != b.filler or (a.unusable is None) != (b.unusable is None):
        return False
    if a.unusable is not None and b.unusable is not None and a.unusable.needed != b.unusable.needed:
        return False
    p, q = a.described, b.described
    if p is not None and q is not None:
        same = _bits(p.scale) == _bits(q.scale) and _bits(p.zero_point) == _bits(q.zero_point)
        if not same or p.quantized_dimension != q.quantized_dimension:
            return False
    return a.data is None or b.data is None or _bits(a.data) == _bits(b.data)


def _bits(array: Array) -> bytes:
    return array.tobytes()
