"""When each tensor and scratch buffer is needed, in scopes of execution.

Graph inputs are made in scope 0; operator i is scope i + 1 and makes its outputs there. Where an operator
calls a subgraph, that one's inputs and operators take the scopes that follow, once for each call. A tensor is
last used by its last consumer, a graph output in the last scope. Constants, those too that are written over,
variables, handles that VAR_HANDLE makes and tensors of 0 bytes are not planned. A tensor that nothing makes
or nothing uses has scope -1 in that place, as TFLM has it.
Source: `micro_allocation_info.cc` of TFLM 90b983c2.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from ..errors import FormatError
from ..model.offline import OFFLINE_PLAN
from ..model.tables import ITEM_BYTES, Model, Subgraph, Tensor
from ..model.whole import Part, whole
from ..operators.calls import calls
from ..operators.resources import resources
from ..words.dataclass import dataclass
from .greedy import Buffer

__all__ = ["Lifetimes", "buffers", "first_byte", "lifetimes", "offline_offsets", "tail_variables"]

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
    if tensor.stored is not None or tensor.size_bytes == 0:
        return False
    return not tensor.is_variable or offset != ONLINE


def tail_variables(subgraph: Subgraph, offsets: Sequence[int] | None) -> list[Tensor]:
    """Variable tensors that live in the tail: those without a prescribed place in the head."""
    return [
        tensor
        for tensor in subgraph.tensors
        if tensor.is_variable and (offsets is None or offsets[tensor.index] == ONLINE)
    ]


def first_byte(tensor: Tensor) -> int:
    """What every byte of a variable tensor is filled with at first, and by a reset; -128 to 127."""
    return (tensor.filler + 128) % 256 - 128 if tensor.dtype == "int8" else 0


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """First and last scope of each tensor and of each step's scratch, by the whole graph's numbers.

    `steps` has the step that runs in each scope, -1 where a subgraph is entered.
    """

    tensors: tuple[tuple[int, int], ...]
    scratch: tuple[tuple[int, int], ...]
    steps: tuple[int, ...]


@lru_cache(maxsize=4)
def lifetimes(model: Model) -> Lifetimes:
    """A walk through the first subgraph and into every call, as TFLM's AllocationInfoBuilder makes it."""
    found = whole(model.subgraphs)
    graph, called = found.graph, calls(found).of
    first, last = ([_NEVER] * len(graph.tensors) for _ in range(2))
    scratch = [(_NEVER, _NEVER)] * len(graph.operators)
    steps: list[int] = []

    def make(index: int) -> None:
        if first[index] == _NEVER:
            first[index] = len(steps) - 1

    def use(index: int) -> None:
        if index >= 0:
            last[index] = len(steps) - 1

    def walk(part: Part) -> None:
        steps.append(-1)
        for index in part.inputs:
            make(index)
            use(index)
        for position in part.operators:
            operator = graph.operators[position]
            steps.append(position)
            start = len(steps) - 1
            for index in operator.outputs:
                make(index)
            for target in called.get(operator.index, ()):
                walk(found.parts[target])
            for index in (*operator.inputs, *operator.outputs):
                use(index)
            begun = scratch[position][0]
            scratch[position] = start if begun == _NEVER else begun, len(steps) - 1
        for index in part.outputs:
            make(index)
            use(index)

    walk(found.parts[0])
    return Lifetimes(tuple(zip(first, last, strict=True)), tuple(scratch), tuple(steps))


def buffers(
    model: Model, scratch_bytes: Sequence[Sequence[int]], offsets: Sequence[int] | None
) -> tuple[Buffer, ...]:
    """What the planner places: tensors in index order, then scratch in request order.

    Args:
        scratch_bytes: requests of each operator of the whole graph.
        offsets: as `offline_offsets` gives them.

    Raises:
        FormatError: a prescribed offset does not suit the tensor's type.
    """
    found = whole(model.subgraphs)
    lives, handles = lifetimes(model), resources(found).handles
    wanted: list[Buffer] = []
    for tensor, (first, last) in zip(found.graph.tensors, lives.tensors, strict=True):
        offset = ONLINE if offsets is None else offsets[tensor.index]
        if not _in_head(tensor, offset) or tensor.index in handles:
            continue
        prescribed = None if offset == ONLINE else offset
        item = ITEM_BYTES.get(tensor.dtype, 1)
        if prescribed is not None and prescribed % item:
            raise FormatError(
                f"offset of tensor {tensor.index} ({tensor.name!r}) is {offset}, expected a multiple "
                f"of {item} for {tensor.dtype}",
                f"metadata[{OFFLINE_PLAN!r}]",
            )
        wanted.append(
            Buffer(tensor.size_bytes, first, last, prescribed, tensor.name, tensor.index, None, item)
        )
    operators = found.graph.operators
    for step, requests in enumerate(scratch_bytes):
        for size in requests:
            label = f"scratch of {operators[step].name} {step}"
            wanted.append(Buffer(size, *lives.scratch[step], None, label, None, step, 4))
    return tuple(wanted)
