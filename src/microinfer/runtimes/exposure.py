"""A model whose every computed tensor is an output, so that another runtime shows them all.

Runtimes that hand parts of a graph to an accelerator library keep what lies inside to themselves, unless
it is an output. The file is not written anew: the vector of outputs is appended, and one offset changed.
"""

from __future__ import annotations

from struct import pack, pack_into, unpack_from

from ..errors import UnsupportedError
from ..model.tables import ITEM_BYTES, Model
from ..operators.spec import resolve

__all__ = ["expose"]

SUBGRAPHS_SLOT, OUTPUTS_SLOT = 2, 2


def _follow(data: bytes | bytearray, position: int) -> int:
    offset: int = unpack_from("<I", data, position)[0]
    return position + offset


def _field(data: bytes | bytearray, table: int, slot: int) -> int:
    """Byte position of a field of a table, 0 where it is absent."""
    vtable = table - unpack_from("<i", data, table)[0]
    entry = 4 + 2 * slot
    if entry + 2 > unpack_from("<H", data, vtable)[0]:
        return 0
    offset: int = unpack_from("<H", data, vtable + entry)[0]
    return table + offset if offset else 0


def expose(model: Model) -> tuple[bytes, tuple[int, ...]]:
    """(the file, tensor indices of its outputs): the model's own outputs first, then the others.

    Raises:
        UnsupportedError: the file has no outputs that could be replaced.
    """
    subgraph = model.subgraphs[0]
    computed = [
        tensor.index
        for operator in subgraph.operators
        for tensor in resolve(subgraph, operator).outputs
        if not tensor.is_variable and tensor.dtype in ITEM_BYTES and tensor.index not in subgraph.outputs
    ]
    indices = (*subgraph.outputs, *dict.fromkeys(computed))
    data = bytearray(model.data)
    data += bytes(-len(data) % 4)
    subgraphs = _field(data, _follow(data, 0), SUBGRAPHS_SLOT)
    first = _follow(data, _follow(data, subgraphs) + 4)
    outputs = _field(data, first, OUTPUTS_SLOT)
    if not outputs:
        raise UnsupportedError("the file has no outputs", "subgraphs[0].outputs")
    pack_into("<I", data, outputs, len(data) - outputs)
    data += pack(f"<I{len(indices)}i", len(indices), *indices)
    return bytes(data), indices
