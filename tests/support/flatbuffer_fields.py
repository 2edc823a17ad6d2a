"""Fields of a .tflite file by their place in it, to be overwritten there."""

from __future__ import annotations

from struct import pack_into, unpack_from

import numpy as np

from microinfer.builder import ModelBuilder

__all__ = ["field_of", "follow", "sparse_layer", "tables_of", "with_unread_tensor"]

INT16 = 7


def field_of(data: bytes, table: int, slot: int) -> int:
    """Where a table keeps this field, 0 where it is left out."""
    vtable = table - unpack_from("<i", data, table)[0]
    if 4 + 2 * slot >= unpack_from("<H", data, vtable)[0]:
        return 0
    offset = int(unpack_from("<H", data, vtable + 4 + 2 * slot)[0])
    return table + offset if offset else 0


def follow(data: bytes, at: int) -> int:
    return at + int(unpack_from("<I", data, at)[0])


def tables_of(data: bytes, at: int) -> list[int]:
    """The tables of the vector that the field at this place points to."""
    vector = follow(data, at)
    return [follow(data, vector + 4 + 4 * i) for i in range(unpack_from("<I", data, vector)[0])]


def sparse_layer() -> bytes:
    """FULLY_CONNECTED of weights that are said to be sparse, by a table of nothing: the empty buffer's."""
    b = ModelBuilder()
    x = b.input((1, 4), scale=0.05, zero_point=3)
    weights = np.arange(-8, 8, dtype=np.int8).reshape(4, 4)
    b.output(b.fully_connected(x, weights, weight_scale=0.02, scale=0.1))
    b._tensors[1].shape_signature = (4, 4)
    data = bytearray(b.build())
    (graph,) = tables_of(data, field_of(data, follow(data, 0), 2))
    tensor = tables_of(data, field_of(data, graph, 0))[1]
    vtable, at = tensor - unpack_from("<i", data, tensor)[0], field_of(data, tensor, 7)
    pack_into("<HH", data, vtable + 4 + 2 * 6, at - tensor, 0)
    pack_into("<I", data, at, tables_of(data, field_of(data, follow(data, 0), 4))[0] - at)
    return bytes(data)


def with_unread_tensor(code: int) -> bytes:
    """RELU beside a tensor of this type code that no operator reads."""
    b = ModelBuilder()
    x = b.input((1, 4), scale=0.1, zero_point=0)
    b.tensor((1, 2), "int16")
    b.output(b.relu(x))
    data = bytearray(b.build())
    (graph,) = tables_of(data, field_of(data, follow(data, 0), 2))
    types = [field_of(data, tensor, 1) for tensor in tables_of(data, field_of(data, graph, 0))]
    (chosen,) = (at for at in types if at and data[at] == INT16)
    data[chosen] = code
    return bytes(data)
