"""Signatures: names that a SavedModel gave to inputs and outputs. TFLM reads none, so none can be wrong."""

from __future__ import annotations

from types import MappingProxyType

from ..tables import Signature, Subgraph
from .flatbuffer import Table
from .tensors import text

__all__ = ["names_of", "read_signatures"]


def read_signatures(root: Table, subgraphs: tuple[Subgraph, ...]) -> tuple[Signature, ...]:
    """The signatures of a file; one of a subgraph that is not there is left out, and so is such a tensor."""
    found = []
    for table in root.tables(7, "signature_defs"):
        subgraph = table.scalar(4, "subgraph_index", "uint32")
        if subgraph >= len(subgraphs):
            table.buffer.oddities.note(
                table.place("subgraph_index"),
                f"subgraph {subgraph}, the model has {len(subgraphs)}; TFLM does not read signatures",
            )
            continue
        inputs, outputs = (
            _read_side(table, slot, field, len(subgraphs[subgraph].tensors))
            for slot, field in ((0, "inputs"), (1, "outputs"))
        )
        found.append(Signature(text(table.string(2, "signature_key")), inputs, outputs, subgraph))
    return tuple(found)


def _read_side(table: Table, slot: int, field: str, tensors: int) -> MappingProxyType[str, int]:
    named: dict[str, int] = {}
    for entry in table.tables(slot, field):
        name, index = text(entry.string(0, "name")), entry.scalar(1, "tensor_index", "uint32")
        if index >= tensors:
            table.buffer.oddities.note(
                entry.place("tensor_index"),
                f"tensor {index}, the subgraph has {tensors}; TFLM does not read signatures",
            )
        elif name:
            named[name] = index
    return MappingProxyType(named)


def names_of(
    subgraph: Subgraph, signatures: tuple[Signature, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of a subgraph's inputs and outputs: its signatures', else the tensors' own."""
    sides = []
    for position, indices in enumerate((subgraph.inputs, subgraph.outputs)):
        names = {index: subgraph.tensors[index].name for index in indices}
        for signature in signatures:
            if signature.subgraph == subgraph.index:
                side = (signature.inputs, signature.outputs)[position]
                names.update({index: name for name, index in side.items() if index in names})
        sides.append(tuple(names[index] for index in indices))
    return sides[0], sides[1]
