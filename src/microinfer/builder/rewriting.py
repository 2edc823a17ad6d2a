"""A model that was read, as records to change and write again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..model.offline import OFFLINE_PLAN
from ..model.tables import Model, Operator, Signature, Subgraph, Tensor
from ..model.write import OperatorRecord, SubgraphRecord, TensorRecord, encode
from .fields import encoded_options

__all__ = ["Rewriting"]


class Rewriting:
    """The first subgraph's `tensors` and `operators`, to change at will; the others go as they are.

    Args:
        model: as it was read, not folded: indices are the file's. What is not read (minima and maxima,
            for instance) is not written, nor a memory plan, which is of the tensors that were.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        graph = model.subgraphs[0]
        self.tensors = [_tensor(tensor) for tensor in graph.tensors]
        self.operators = [_operator(operator) for operator in graph.operators]

    def add(self, tensor: TensorRecord) -> int:
        """A further tensor; gives its index."""
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def encode(self) -> bytes:
        """The bytes of the `.tflite` file, without the tensors that no operator uses any more."""
        model = self.model
        first = model.subgraphs[0]
        unused = _used(first.operators) - _used(self.operators) - {*first.inputs, *first.outputs}
        kept = [index for index in range(len(self.tensors)) if index not in unused]
        new = {index: number for number, index in enumerate(kept)} | {-1: -1}
        return encode(
            model.description,
            [
                SubgraphRecord(
                    first.name,
                    [self.tensors[index] for index in kept],
                    [_renumbered(operator, new) for operator in self.operators],
                    [new[index] for index in first.inputs],
                    [new[index] for index in first.outputs],
                ),
                *map(_subgraph, model.subgraphs[1:]),
            ],
            {
                name: bytes(content)
                for name, content in (model.metadata or {}).items()
                if name != OFFLINE_PLAN
            },
            [_signature(one, new) for one in model.signatures if one.subgraph == 0],
        )


def _used(operators: Sequence[Operator | OperatorRecord]) -> set[int]:
    return {index for one in operators for index in (*one.inputs, *one.outputs, *one.intermediates)}


def _renumbered(operator: OperatorRecord, new: Mapping[int, int]) -> OperatorRecord:
    inputs, outputs, between = (
        tuple(new[index] for index in indices)
        for indices in (operator.inputs, operator.outputs, operator.intermediates)
    )
    return replace(operator, inputs=inputs, outputs=outputs, intermediates=between)


def _signature(given: Signature, new: Mapping[int, int]) -> Signature:
    inputs, outputs = (
        {name: new[index] for name, index in side.items() if index in new}
        for side in (given.inputs, given.outputs)
    )
    return Signature(given.key, inputs, outputs)


def _tensor(tensor: Tensor) -> TensorRecord:
    found = tensor.described
    return TensorRecord(
        tensor.name,
        tensor.dtype,
        tensor.shape,
        () if found is None else tuple(found.scale.tolist()),
        () if found is None else tuple(found.zero_point.tolist()),
        0 if found is None else found.quantized_dimension,
        None if tensor.data is None else np.ascontiguousarray(tensor.data).tobytes(),
        tensor.is_variable,
        tensor.shape_signature,
    )


def _operator(operator: Operator) -> OperatorRecord:
    return OperatorRecord(
        operator.opcode,
        operator.inputs,
        operator.outputs,
        encoded_options(operator.opcode, operator.options),
        operator.version,
        operator.custom_code,
        operator.custom_options,
        operator.intermediates,
    )


def _subgraph(graph: Subgraph) -> SubgraphRecord:
    return SubgraphRecord(
        graph.name,
        [_tensor(tensor) for tensor in graph.tensors],
        [_operator(operator) for operator in graph.operators],
        graph.inputs,
        graph.outputs,
    )
