"""The tail of TFLM's arena, allocation by allocation, and the smallest arena that works.

Persistent memory grows down from the arena's end; temporary memory lies on top of the head while
operators prepare and while the planner runs. This replays both, in TFLM's order, and records the most
that was in use at once. Source: `micro_allocator.cc`, `micro_interpreter.cc` and
`single_arena_buffer_allocator.cc` of TFLM 90b983c2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..libraries.demand import Demand
from ..libraries.layout import StructLayout
from ..model.align import align_up
from ..model.tables import Model, Subgraph, Tensor
from ..operators.spec import Node
from .lifetimes import tail_variables
from .smallest_arena import ALIGNMENT, Event, smallest

__all__ = ["ALIGNMENT", "Allocation", "Category", "Recording", "Tail", "record", "replay"]

MAX_SCRATCH_PER_OPERATOR = 12


@dataclass(frozen=True, slots=True)
class Allocation:
    """One persistent allocation of `count` things.

    `used` includes padding; `from_end` is where it starts, in bytes from the arena's end. `phase` is
    TFLM's state of the interpreter; `operator` is -1 before there are any.
    """

    label: str
    phase: str
    operator: int
    requested: int
    alignment: int
    used: int
    from_end: int
    category: str = ""
    count: int = 1


CATEGORIES = (
    "eval_tensor_data",
    "persistent_tensor_data",
    "persistent_tensor_quant_data",
    "persistent_buffer_data",
    "tensor_variable_buffer_data",
    "node_and_registration_array",
    "op_data",
)


@dataclass(frozen=True, slots=True)
class Category:
    """One line of RecordingMicroInterpreter: bytes asked for, bytes used, number of things."""

    requested: int
    used: int
    count: int


@dataclass(frozen=True, slots=True)
class Recording:
    """What RecordingMicroInterpreter reports, and the smallest arena in which it works.

    Its own structures are larger than MicroInterpreter's, and so is all that follows. `requested` leaves
    out padding; `alloc_count` counts the tail's allocations.
    """

    arena_used_bytes: int
    min_arena_bytes: int
    head: int
    tail: int
    requested: int
    alloc_count: int
    categories: dict[str, Category]


@dataclass(slots=True)
class _Arena:
    """An arena without an end that remembers how large it would have had to be.

    TFLM does not look whether a persistent request runs into temporary memory; it goes wrong all the
    same, unless what is hit is not read again. Of an output's temporary tensor, the last one where it
    matters, kernels read the structure itself (up to `read`), and on freeing it the pointer to its zero
    points, which lies at `pointer`; not the pointer to the scales, the dimension, nor the zero points.
    """

    layout: StructLayout
    allocations: list[Allocation] = field(default_factory=list)
    phase: str = "setup"
    operator: int = -1
    head: int = 0
    temporary: int = 0
    read: int = 0
    pointer: tuple[int, int] = (0, 0)
    tail: int = 0
    needed: int = 0
    needed_in: tuple[str, int] = ("setup", -1)
    journal: list[Event] = field(default_factory=list)

    def need(self, total: int) -> None:
        """Remember the most that was in use at once, and in which phase and operator."""
        if total > self.needed:
            self.needed, self.needed_in = total, (self.phase, self.operator)

    def persist(
        self, label: str, size: int, alignment: int = ALIGNMENT, category: str = "", count: int = 1
    ) -> int:
        before, self.tail = self.tail, align_up(self.tail + size, alignment)
        used = self.tail - before
        self.allocations.append(
            Allocation(label, self.phase, self.operator, size, alignment, used, self.tail, category, count)
        )
        self.journal.append(Event(size, alignment, self.read, 1, *self.pointer))
        self.need(max(self.read, self.pointer[1]) + self.tail)
        return self.tail

    def persist_struct(self, struct: str, count: int = 1, category: str = "") -> None:
        size, alignment = self.layout.structs[struct]
        label = struct if count == 1 else f"{struct} x {count}"
        self.persist(label, size * count, alignment, category, count)

    def persist_array(self, length: int, category: str) -> None:
        """A TfLiteIntArray: its length, then its elements."""
        size, alignment = self.layout.structs["TfLiteIntArray"]
        self.persist("TfLiteIntArray", size * (1 + length), alignment, category)

    def take(self, size: int, alignment: int) -> None:
        self.temporary = self.read = align_up(self.temporary, alignment) + size
        self.pointer = (0, 0)
        self.below(self.temporary)

    def below(self, end: int, rounded: int = 1) -> None:
        """All up to `end` is in use, and the tail, which the planner rounds to a whole alignment."""
        self.journal.append(Event(0, 1, end, rounded, 0, 0))
        self.need(end + align_up(self.tail, rounded))

    def take_struct(self, struct: str, count: int = 1) -> None:
        size, alignment = self.layout.structs[struct]
        self.take(size * count, alignment)

    def take_tensor(self, tensor: Tensor) -> None:
        self.take_struct("TfLiteTensor")
        if tensor.quantization is not None:
            read = self.temporary
            self.take_struct("TfLiteAffineQuantization")
            pointer = self.layout.pointer_bytes
            start = self.temporary - self.layout.size("TfLiteAffineQuantization") + pointer
            self.take_struct("TfLiteIntArray", 1 + len(tensor.quantization.scale))
            self.read, self.pointer = read, (start, start + pointer)

    def reserve(self, head: int) -> None:
        """Set the head's end and forget temporary memory."""
        self.head = self.temporary = self.read = head
        self.pointer = (0, 0)
        self.below(head)


@dataclass(frozen=True, slots=True)
class Tail:
    """`variables` maps a variable tensor of the first subgraph to its place, in bytes from the end.

    `needed_bytes` is the least arena that holds all that was in use at once, to the byte; `needed_in` is
    the phase, and the operator, in which the most was.
    """

    allocations: tuple[Allocation, ...]
    variables: dict[int, int]
    tail_bytes: int
    needed_bytes: int
    needed_in: tuple[str, int]


def _prepare(arena: _Arena, node: Node, demand: Demand) -> None:
    """What one operator's Prepare takes, temporary and for good."""
    requests = iter(demand.prepare_bytes)
    for token in demand.temporaries.split():
        if token == "+":
            if (size := next(requests, None)) is not None:
                arena.persist(f"{node.operator.name} Prepare", size, category="persistent_buffer_data")
            continue
        tensors = node.inputs if token[0] == "i" else node.outputs
        chosen = tensors if token[1] == "*" else tensors[int(token[1:]) : int(token[1:]) + 1]
        for tensor in chosen:
            if tensor is not None:
                arena.take_tensor(tensor)
    for size in requests:
        arena.persist(f"{node.operator.name} Prepare", size, category="persistent_buffer_data")


def _details(arena: _Arena, subgraph: Subgraph, indices: Sequence[int], what: str) -> None:
    """Pointers to, and full descriptions of, the graph's inputs or outputs."""
    size = arena.layout.size("Pointer") * len(indices)
    arena.persist(f"{what} pointers", size, category="persistent_buffer_data")
    for index in indices:
        tensor = subgraph.tensors[index]
        arena.persist_struct("TfLiteTensor", category="persistent_tensor_data")
        if tensor.quantization is not None:
            quantization = "persistent_tensor_quant_data"
            arena.persist_struct("TfLiteAffineQuantization", category=quantization)
            arena.persist_array(len(tensor.quantization.scale), quantization)


def replay(
    model: Model,
    nodes: Sequence[Node],
    demands: Sequence[Demand],
    layout: StructLayout,
    *,
    head_bytes: int,
    planned: int,
    offsets: Sequence[int] | None = None,
    recording: bool = False,
) -> Tail:
    """Every allocation from MicroInterpreter's constructor to the end of AllocateTensors.

    Args:
        head_bytes: as the planner found it.
        planned: number of buffers that the planner placed.
        offsets: the file's own plan, if it has one.
        recording: as RecordingMicroInterpreter, whose own structures are larger.
    """
    arena = _Arena(layout)
    kind = "Recording" if recording else ""
    for struct in (f"{kind}SingleArenaBufferAllocator", "GreedyMemoryPlanner", f"{kind}MicroAllocator"):
        arena.persist_struct(struct)
    arena.phase, arena.operator = "init", 0
    request = layout.size("ScratchBufferRequest")
    arena.persist_struct("MicroBuiltinDataAllocator")
    arena.reserve(request * MAX_SCRATCH_PER_OPERATOR)
    arena.persist_struct("SubgraphAllocations", len(model.subgraphs))
    for subgraph in model.subgraphs:
        arena.persist_struct("TfLiteEvalTensor", len(subgraph.tensors), "eval_tensor_data")
    for subgraph in model.subgraphs:
        arena.persist_struct("NodeAndRegistration", len(subgraph.operators), "node_and_registration_array")
    for node, demand in zip(nodes, demands, strict=True):
        if demand.builtin_data is not None:
            arena.persist(f"{node.operator.name} parameters", *demand.builtin_data)
    for arena.operator, (node, demand) in enumerate(zip(nodes, demands, strict=True)):
        for size in demand.init_bytes:
            arena.persist(f"{node.operator.name} Init", size, category="persistent_buffer_data")
    arena.phase = "prepare"
    requests = 0
    for arena.operator, (node, demand) in enumerate(zip(nodes, demands, strict=True)):
        _prepare(arena, node, demand)
        requests += len(demand.scratch_bytes)
        arena.reserve(request * (requests + MAX_SCRATCH_PER_OPERATOR))
    arena.phase, arena.operator = "memory_planning", 0
    variables = _plan(arena, model, requests, planned, offsets)
    arena.reserve(head_bytes)
    _details(arena, model.subgraphs[0], model.subgraphs[0].inputs, "input")
    _details(arena, model.subgraphs[0], model.subgraphs[0].outputs, "output")
    return Tail(
        tuple(arena.allocations),
        variables,
        arena.tail,
        smallest(arena.journal, arena.needed),
        arena.needed_in,
    )


def _plan(
    arena: _Arena, model: Model, requests: int, planned: int, offsets: Sequence[int] | None
) -> dict[int, int]:
    """The planner's temporary tables, and the variables, which are placed in the midst of it."""
    if requests:
        arena.persist_struct("ScratchBufferHandle", requests)
    tensors = sum(len(subgraph.tensors) for subgraph in model.subgraphs)
    arena.take_struct("Pointer", len(model.subgraphs))
    arena.take_struct("AllocationInfo", tensors + requests)
    variables = {}
    for subgraph in model.subgraphs:
        for tensor in tail_variables(subgraph, offsets):
            label = f"variable {tensor.name}"
            at = arena.persist(label, tensor.size_bytes, category="tensor_variable_buffer_data")
            if subgraph.index == 0:
                variables[tensor.index] = at
    tables = align_up(arena.temporary, ALIGNMENT) + arena.layout.size("PlannedBuffer") * planned
    arena.below(tables, ALIGNMENT)
    return variables


def record(tail: Tail, head_bytes: int) -> Recording:
    """A replay made with `recording`, summed up as TFLM prints it."""
    found = {}
    for category in CATEGORIES:
        of = [made for made in tail.allocations if made.category == category]
        found[category] = Category(
            sum(made.requested for made in of), sum(made.used for made in of), sum(made.count for made in of)
        )
    return Recording(
        arena_used_bytes=head_bytes + tail.tail_bytes,
        min_arena_bytes=tail.needed_bytes,
        head=head_bytes,
        tail=tail.tail_bytes,
        requested=head_bytes + sum(made.requested for made in tail.allocations),
        alloc_count=len(tail.allocations),
        categories=found,
    )
