"""Where tensors live while a model runs.

In the arena, as on the device: one bytearray of the arena's size; every activation, scratch buffer and
variable is a view at its planned offset, so that a wrong plan gives wrong bits. Or, for looking at
every intermediate tensor, each in an array of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ArenaError, ModelError
from ..memory.lifetimes import first_byte
from ..model.tables import ITEM_BYTES, Subgraph, Tensor
from ..operators.spec import Array, Run, Step
from ..words.dataclass import dataclass, replace

if TYPE_CHECKING:
    from ..memory.plan import MemoryPlan

__all__ = ["ARENA_LIMIT_BYTES", "Storage", "in_arena", "preserving", "separate"]

ARENA_LIMIT_BYTES = 64 << 20
"""No board with a Cortex-M has more, external RAM included; a model that asks for more, however small its
file, is refused before anything is allocated."""
PRESERVED_LIMIT_BYTES = ARENA_LIMIT_BYTES
"""Of all tensors beside each other, where none takes another's place: networks for microcontrollers have a
tenth of it."""

_ALIGNMENT = 64
"""Of the arena, and of what lies outside, on this computer: a cache line. What the device aligns to is the
plan's."""
SCRATCH_FILL = 0xA5


@dataclass(frozen=True, slots=True, eq=False)
class Storage:
    """`arrays[i]` is tensor i of the whole graph; `scratch[s]` are the scratch buffers of step s, as bytes.

    `variables` are the variable tensors; `resources[v]` are the bytes of resource variable v.
    `starts` are the tensors that lie in the file's bytes and are written over, with what they hold at first.
    `copies` are the tensors that kernels compute with, where those of `arrays` are kept beside them.
    """

    arrays: tuple[Array | None, ...]
    scratch: tuple[tuple[Array, ...], ...]
    variables: tuple[int, ...]
    arena: memoryview | None
    resources: tuple[Array, ...] = ()
    copies: tuple[Array | None, ...] | None = None
    starts: tuple[tuple[int, Array], ...] = ()

    @property
    def bound(self) -> tuple[Array | None, ...]:
        """What kernels read and write."""
        return self.arrays if self.copies is None else self.copies

    @property
    def lasting(self) -> tuple[int, ...]:
        """Tensors that keep what they hold from run to run."""
        return (*self.variables, *(index for index, _ in self.starts))

    @property
    def preserves_all(self) -> bool:
        return self.arena is None or self.copies is not None


def aligned_bytes(size: int) -> Array:
    """Zeros that begin where a cache line does, so that a vector is read out of one line and not of two."""
    memory = np.zeros(size + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + size]


def in_arena(graph: Subgraph, plan: MemoryPlan, arena_size: int) -> Storage:
    """All tensors of the whole graph in one arena of `arena_size` bytes, at the plan's offsets."""
    _refuse_more_than(ARENA_LIMIT_BYTES, plan.head_bytes)
    if arena_size > ARENA_LIMIT_BYTES:
        raise ArenaError(
            f"an arena of {arena_size} bytes is more than the {ARENA_LIMIT_BYTES} that microinfer emulates",
            requested=arena_size,
            available=ARENA_LIMIT_BYTES,
            missing=arena_size - ARENA_LIMIT_BYTES,
        )
    arena = aligned_bytes(max(arena_size, plan.head_bytes)).data
    outside = _Outside(graph)
    arrays = [
        _view(arena, plan.tensor_offsets[tensor.index], tensor)
        if tensor.index in plan.tensor_offsets
        else outside.array(tensor)
        for tensor in graph.tensors
    ]
    scratch = [
        tuple(
            np.frombuffer(arena, np.uint8, size, offset) for size, offset in zip(sizes, offsets, strict=True)
        )
        for sizes, offsets in zip(plan.scratch_bytes, plan.scratch_offsets, strict=True)
    ]
    resources = tuple(np.frombuffer(arena, np.uint8, size, offset) for offset, size in plan.resource_places)
    return Storage(tuple(arrays), tuple(scratch), _variables(graph), arena, resources, starts=_starts(graph))


def separate(graph: Subgraph, plan: MemoryPlan, steps: tuple[Step, ...]) -> Storage:
    """Every tensor in an array of its own, so that all can be read after a run."""
    resources = tuple(size for _, size in plan.resource_places)
    outside = _Outside(graph)
    tensors = sum(tensor.size_bytes for tensor in graph.tensors if tensor.data is None)
    _refuse_more_than(PRESERVED_LIMIT_BYTES, tensors + sum(resources))
    return Storage(
        tuple(outside.array(tensor) for tensor in graph.tensors),
        tuple(() for _ in steps),
        _variables(graph),
        None,
        tuple(np.zeros(size, np.uint8) for size in resources),
        starts=_starts(graph),
    )


def beside(graph: Subgraph, storage: Storage) -> Storage:
    """The arena with, beside it, an array of its own for every tensor: for kernels that leave bytes of their
    outputs as they find them, which are the arena's."""
    _refuse_more_than(PRESERVED_LIMIT_BYTES, sum(t.size_bytes for t in graph.tensors if t.data is None))
    kept, outside = set(storage.lasting), _Outside(graph)
    arrays = tuple(
        storage.arrays[tensor.index] if tensor.index in kept else outside.array(tensor)
        for tensor in graph.tensors
    )
    return replace(storage, arrays=arrays, copies=storage.arrays)


def preserving(
    graph: Subgraph, plan: MemoryPlan, bits_plan: MemoryPlan, steps: tuple[Step, ...], arena_size: int
) -> Storage:
    """An array of its own for every tensor, beside the arena where a kernel leaves bytes as it finds them."""
    if any(step.geometry.unwritten for step in steps):
        return beside(graph, in_arena(graph, bits_plan, arena_size))
    return separate(graph, plan, steps)


def copied_out(run: Run, storage: Storage, inputs: Sequence[int], outputs: Sequence[int]) -> Run:
    """A run in the arena between copies of the tensors `inputs` into it and `outputs` out of it."""
    pairs = [(storage.bound[index], storage.arrays[index]) for index in (*inputs, *outputs)]
    fed, made = pairs[: len(inputs)], pairs[len(inputs) :]

    def run_beside() -> None:
        for here, kept in fed:
            np.copyto(here, kept)  # type: ignore[arg-type]
        run()
        for here, kept in made:
            np.copyto(kept, here)  # type: ignore[arg-type]

    return run_beside


def _refuse_more_than(limit: int, wanted: int) -> None:
    if wanted > limit:
        raise ArenaError(
            f"the tensors need {wanted} bytes, more than the {limit} that microinfer emulates; "
            "the shapes in the model are probably wrong",
            requested=wanted,
            available=limit,
            missing=wanted - limit,
        )


def _starts(graph: Subgraph) -> tuple[tuple[int, Array], ...]:
    return tuple((tensor.index, tensor.start) for tensor in graph.tensors if tensor.start is not None)


def _variables(graph: Subgraph) -> tuple[int, ...]:
    return tuple(tensor.index for tensor in graph.tensors if tensor.is_variable)


def _view(arena: memoryview, offset: int, tensor: Tensor) -> Array:
    flat = np.frombuffer(arena, np.uint8, tensor.size_bytes, offset)
    dtype = _stored_as(tensor)
    return flat if dtype is None else flat.view(dtype).reshape(tensor.shape)


def _stored_as(tensor: Tensor) -> str | None:
    """The type of the array that holds a tensor; None where its bytes are all that can be told of it."""
    if tensor.dtype == "resource":
        return "int32"
    return tensor.dtype if tensor.dtype in ITEM_BYTES else None


class _Outside:
    """Where tensors lie that the plan does not place. Those that share a written buffer share its bytes."""

    def __init__(self, graph: Subgraph) -> None:
        self._written: dict[int, Array] = {}
        for tensor in graph.tensors:
            if tensor.start is not None:
                held = self._written.get(tensor.buffer)
                if held is None or held.nbytes < tensor.start.nbytes:
                    self._written[tensor.buffer] = tensor.start.reshape(-1).view(np.uint8).copy()

    def array(self, tensor: Tensor) -> Array | None:
        """A constant's view over the file, a view of bytes that can be written, or an array of its own."""
        if tensor.data is not None:
            return tensor.data
        dtype = _stored_as(tensor)
        if tensor.start is not None:
            held = self._written[tensor.buffer][: tensor.start.nbytes]
            return held if dtype is None else held.view(tensor.start.dtype).reshape(tensor.start.shape)
        made = aligned_bytes(tensor.size_bytes)
        return made if dtype is None else made.view(dtype).reshape(tensor.shape)


def restore_starts(storage: Storage) -> None:
    """What is written over in the file's bytes, as the file has it: as after the start of the device."""
    for index, start in storage.starts:
        array = storage.bound[index]
        assert array is not None
        array[...] = start


def reset_variables(graph: Subgraph, storage: Storage) -> None:
    """Variables to what TFLM's Reset() gives them: every byte the zero point for int8, else 0."""
    for index in storage.variables:
        tensor, array = graph.tensors[index], storage.arrays[index]
        if array is None or not array.flags.writeable:
            raise ModelError(f"variable tensor {tensor.name!r} holds constant data")
        array.fill(first_byte(tensor))


def inputs_overwritten(graph: Subgraph, plan: MemoryPlan) -> frozenset[int]:
    """Inputs whose bytes a later tensor or scratch buffer of the plan shares."""
    spans = {
        index: (offset, offset + graph.tensors[index].size_bytes)
        for index, offset in plan.tensor_offsets.items()
    }
    others = [
        (offset, offset + size)
        for sizes, offsets in zip(plan.scratch_bytes, plan.scratch_offsets, strict=True)
        for size, offset in zip(sizes, offsets, strict=True)
    ]
    return frozenset(
        index
        for index in graph.inputs
        if index in spans
        and any(
            low < spans[index][1] and spans[index][0] < high
            for low, high in [*(span for other, span in spans.items() if other != index), *others]
        )
    )
