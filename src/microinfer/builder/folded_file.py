"""Write a folded graph into a `.tflite` file, for TFLM, which would compute shapes anew in every run.

The tables that change (model, subgraph, folded tensors) are written anew in front of the old content. The
folded operators and what only they read stay behind as bytes that nothing points to.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import error as StructError  # noqa: N812
from struct import pack_into, unpack_from

from ..errors import FormatError
from ..model.edit import Prefix, expect_whole, field, follow, targets
from ..model.tables import Model
from ..operators.folding import fold

__all__ = ["write_folded"]

MODEL_KINDS = ("I", "", "", "", "", "", "", "")
CODES_SLOT, SUBGRAPHS_SLOT, BUFFERS_SLOT = 1, 2, 4
SUBGRAPH_KINDS = ("", "", "", "", "", "i")
TENSORS_SLOT, OPERATORS_SLOT = 0, 3
TENSOR_KINDS = ("", "b", "I", "", "", "b", "", "", "b", "", "I")
TENSOR_BUFFER_SLOT = 2


def write_folded(model: Model) -> bytes:
    """The file without the operators that `folding.fold` computes; its own bytes where there are none.

    Raises:
        FormatError: a part of the file that `load` does not read is malformed.
        UnsupportedError: the file keeps weights outside the flatbuffer.
    """
    folded = fold(model)
    if folded is model:
        return bytes(model.data)
    try:
        return _write(bytearray(model.data), model, folded)
    except StructError as error:
        raise FormatError(f"the file cannot be rewritten ({error})", "root") from error


def _write(old: bytearray, model: Model, folded: Model) -> bytes:
    root = follow(old, 0)
    buffers = targets(old, root, BUFFERS_SLOT)
    expect_whole(old, buffers)
    subgraphs = targets(old, root, SUBGRAPHS_SLOT)
    operators, tensors = (targets(old, subgraphs[0], slot) for slot in (OPERATORS_SLOT, TENSORS_SLOT))
    before, after = model.subgraphs[0], folded.subgraphs[0]
    kept = [operators[operator.index] for operator in after.operators]
    read = {index for operator in after.operators for index in operator.inputs}
    made = [
        tensor
        for tensor in after.tensors
        if tensor.index in read and tensor.data is not before.tensors[tensor.index].data
    ]
    codes = _renumber(old, targets(old, root, CODES_SLOT), [kept, *_others(old, subgraphs)])

    prefix = Prefix()
    table, model_places = prefix.clone(
        old, root, MODEL_KINDS, {CODES_SLOT: 0, SUBGRAPHS_SLOT: 0, BUFFERS_SLOT: 0}
    )
    prefix.link(0, table)
    prefix.link(model_places[CODES_SLOT], prefix.vector(codes)[0])
    vector, entries = prefix.vector([None, *subgraphs[1:]])
    prefix.link(model_places[SUBGRAPHS_SLOT], vector)
    table, places = prefix.clone(old, subgraphs[0], SUBGRAPH_KINDS, {TENSORS_SLOT: 0, OPERATORS_SLOT: 0})
    prefix.link(entries[0], table)
    prefix.link(places[OPERATORS_SLOT], prefix.vector(kept)[0])
    new = {tensor.index: len(buffers) + number for number, tensor in enumerate(made)}
    vector, entries = prefix.vector(
        [None if index in new else position for index, position in enumerate(tensors)]
    )
    prefix.link(places[TENSORS_SLOT], vector)
    for index, buffer in new.items():
        table, _ = prefix.clone(old, tensors[index], TENSOR_KINDS, {TENSOR_BUFFER_SLOT: buffer})
        prefix.link(entries[index], table)
    vector, entries = prefix.vector([*buffers, *[None] * len(made)])
    prefix.link(model_places[BUFFERS_SLOT], vector)
    for entry, tensor in zip(entries[len(buffers) :], made, strict=True):
        assert tensor.data is not None
        prefix.buffer(entry, tensor.data.tobytes())
    return prefix.before(old)


def _others(old: bytearray, subgraphs: Sequence[int]) -> list[list[int]]:
    return [targets(old, subgraph, OPERATORS_SLOT) for subgraph in subgraphs[1:]]


def _renumber(old: bytearray, codes: Sequence[int], operators: Sequence[Sequence[int]]) -> list[int]:
    """The operator codes that are still used, in their order; the operators are told their new numbers."""
    places = [field(old, operator, 0) for group in operators for operator in group]
    numbers = [int(unpack_from("<I", old, place)[0]) if place else 0 for place in places]
    used = sorted(set(numbers))
    for place, number in zip(places, numbers, strict=True):
        if place:
            pack_into("<I", old, place, used.index(number))
    return [codes[number] for number in used]
