"""When each tensor and scratch buffer is needed, in scopes of execution.

Graph inputs are made in scope 0; operator i is scope i + 1 and makes its outputs there. A tensor is
last used by its last consumer, a graph output in the last scope. Constants, variables and tensors of
0 bytes are not planned. A tensor that nothing makes or nothing uses has scope -1 in that place, as
TFLM has it. Source: `micro_allocation_info.cc` of TFLM 90b983c2.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import FormatError
from ..model.offline import OFFLINE_PLAN
from ..model.tables import ITEM_BYTES, Model, Subgraph, Tensor
from .greedy import Buffer

__all__ = ["buffers", "offline_offsets", "tail_variables"]

ONLINE = -1
_NEVER = -1


def offline_offsets(model: Model) -> tuple[int, ...] | None:
    """The arena offsets that the file prescribes, one for each tensor of all subgraphs; -1 for none.

    Raises:
        FormatError: the metadata does not fit the model, with TFLM's words.
    """
    content = (model.metadata or {}).get(OFFLINE_PLAN)
    if content is None:
        return None
    place = f"metadata[{OFFLINE_PLAN!r}]"
    words = np.frombuffer(content, "<i4", len(content) // 4)
    tensors = sum(len(subgraph.tensors) for subgraph in model.subgraphs)
    if len(words) < 3:
        raise FormatError(f"has {len(content)} bytes, expected version, subgraph, count and offsets", place)
    if words[2] != tensors:
        raise FormatError(
            f"Nbr of offline buffer offsets ({words[2]}) in metadata not equal nbr tensors ({tensors})", place
        )
    if len(words) < 3 + tensors:
        raise FormatError(f"holds {len(words) - 3} offsets, expected {tensors}", place)
    offsets = tuple(int(word) for word in words[3 : 3 + tensors])
    for index, offset in enumerate(offsets):
        if offset < ONLINE:
            raise FormatError(f"offset of tensor {index} is {offset}, expected -1 or more", place)
    return offsets


def _in_head(tensor: Tensor, offset: int) -> bool:
    if tensor.data is not None or tensor.size_bytes == 0:
        return False
    return not tensor.is_variable or offset != ONLINE


def tail_variables(subgraph: Subgraph, offsets: Sequence[int] | None) -> list[Tensor]:
    """Variable tensors that live in the tail: those without a prescribed place in the head."""
    return [
        tensor
        for tensor in subgraph.tensors
        if tensor.is_variable and (offsets is None or offsets[tensor.index] == ONLINE)
    ]


def _live(subgraph: Subgraph) -> list[tuple[int, int]]:
    """First and last scope of each tensor of the subgraph that runs."""
    first = [_NEVER] * len(subgraph.tensors)
    last = [_NEVER] * len(subgraph.tensors)

    def use(index: int, scope: int, *, makes: bool) -> None:
        if makes and first[index] == _NEVER:
            first[index] = scope
        last[index] = scope

    for index in subgraph.inputs:
        use(index, 0, makes=True)
    for scope, operator in enumerate(subgraph.operators, 1):
        for index in operator.outputs:
            use(index, scope, makes=True)
        for index in operator.inputs:
            if index >= 0:
                use(index, scope, makes=False)
    for index in subgraph.outputs:
        use(index, len(subgraph.operators), makes=True)
    return list(zip(first, last, strict=True))


def buffers(
    model: Model, scratch_bytes: Sequence[Sequence[int]], offsets: Sequence[int] | None
) -> tuple[Buffer, ...]:
    """What the planner places: tensors in index order, then scratch in request order.

    Args:
        scratch_bytes: requests of each operator of the first subgraph.
        offsets: as `offline_offsets` gives them.

    Raises:
        FormatError: a prescribed offset does not suit the tensor's type.
    """
    found: list[Buffer] = []
    base = 0
    for subgraph in model.subgraphs:
        runs = subgraph.index == 0
        live = _live(subgraph) if runs else [(_NEVER, _NEVER)] * len(subgraph.tensors)
        for tensor, (first, last) in zip(subgraph.tensors, live, strict=True):
            offset = ONLINE if offsets is None else offsets[base + tensor.index]
            if _in_head(tensor, offset):
                prescribed = None if offset == ONLINE else offset
                index = tensor.index if runs else None
                item = ITEM_BYTES.get(tensor.dtype, 1)
                if prescribed is not None and prescribed % item:
                    raise FormatError(
                        f"offset of tensor {tensor.index} ({tensor.name!r}) is {offset}, expected a multiple "
                        f"of {item} for {tensor.dtype}",
                        f"metadata[{OFFLINE_PLAN!r}]",
                    )
                found.append(
                    Buffer(tensor.size_bytes, first, last, prescribed, tensor.name, index, None, item)
                )
        base += len(subgraph.tensors)
    operators = model.subgraphs[0].operators
    for step, requests in enumerate(scratch_bytes):
        for size in requests:
            label = f"scratch of {operators[step].name} {step}"
            found.append(Buffer(size, step + 1, step + 1, None, label, None, step, 4))
    return tuple(found)
