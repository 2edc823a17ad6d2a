"""What TFLM allocates while it starts, one by one, and the smallest arena that works.

Persistent memory grows down from the arena's end; temporary memory lies on top of the head while
operators prepare and while the planner runs. This replays both, in TFLM's order, and records the most
that was in use at once. Source: `micro_allocator.cc`, `micro_interpreter.cc` and
`single_arena_buffer_allocator.cc` of TFLM 90b983c2.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..libraries.demand import Demand
from ..libraries.layout import StructLayout
from ..model.align import align_up
from ..model.tables import Model, Subgraph
from ..model.whole import whole
from ..operators.resources import resources
from ..operators.spec import Node
from ..words.dataclass import dataclass
from .endless_arena import Allocation, EndlessArena
from .lifetimes import tail_variables
from .smallest_arena import ALIGNMENT, smallest

__all__ = ["ALIGNMENT", "Replayed", "Start", "create", "replay", "start_up"]

MAX_SCRATCH_PER_OPERATOR = 12


@dataclass(frozen=True, slots=True)
class Replayed:
    """`variables` maps a variable tensor to its place, in bytes from the end, by the whole graph's numbers;
    `resources` a resource variable, by its number.

    `needed_bytes` is the least arena that holds all that was in use at once, to the byte; `needed_in` is
    the phase, and the operator, in which the most was.
    """

    allocations: tuple[Allocation, ...]
    variables: dict[int, int]
    resources: dict[int, int]
    tail_bytes: int
    needed_bytes: int
    needed_in: tuple[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """What a model brings: its operators in order, what each asks for, how many buffers the planner places
    (`planned`), and the file's own plan, if it has one (`offsets`)."""

    model: Model
    nodes: tuple[Node, ...]
    demands: tuple[Demand, ...]
    planned: int
    offsets: Sequence[int] | None


@dataclass(frozen=True, slots=True)
class Started:
    """Where a model's variables lie, as in `Replayed`."""

    variables: dict[int, int]
    resources: dict[int, int]


def _prepare(arena: EndlessArena, node: Node, demand: Demand, label: str) -> None:
    """What one operator's Prepare takes, temporary and for good; `label` is what the latter is called."""
    requests = iter(demand.prepare_bytes)
    for token in demand.temporaries.split():
        if token == "+":
            if (size := next(requests, None)) is not None:
                arena.persist(label, size, category="persistent_buffer_data")
            continue
        if token == "=":
            arena.read, arena.pointer = arena.temporary, (0, 0)
            continue
        tensors = node.inputs if token[0] == "i" else node.outputs
        chosen = tensors if token[1] == "*" else tensors[int(token[1:]) : int(token[1:]) + 1]
        arena.take_tensors(tensor for tensor in chosen if tensor is not None)
    for size in requests:
        arena.persist(label, size, category="persistent_buffer_data")


def _details(arena: EndlessArena, subgraph: Subgraph, indices: Sequence[int], what: str) -> None:
    """Pointers to, and full descriptions of, the graph's inputs or outputs."""
    size = arena.layout.size("Pointer") * len(indices)
    arena.persist(f"{what} pointers", size, category="persistent_buffer_data")
    for index in indices:
        tensor = subgraph.tensors[index]
        arena.persist_struct("TfLiteTensor", category="persistent_tensor_data")
        if (described := tensor.described) is not None:
            quantization = "persistent_tensor_quant_data"
            arena.persist_struct("TfLiteAffineQuantization", category=quantization)
            arena.persist_array(len(described.scale), quantization)


def create(arena: EndlessArena, *, recording: bool = False) -> None:
    """MicroAllocator::Create in one arena; `recording`: its larger twin."""
    kind = "Recording" if recording else ""
    for struct in (f"{kind}SingleArenaBufferAllocator", "GreedyMemoryPlanner", f"{kind}MicroAllocator"):
        arena.persist_struct(struct)


def start_up(arena: EndlessArena, start: Start, kept: int) -> Started:
    """A model's variables, its interpreter and AllocateTensors, which leaves a head of `kept` bytes."""
    model, layout = start.model, arena.layout
    found = resources(whole(model.subgraphs)).variables
    if found:
        for struct, count in (("MicroResourceVariables", 1), ("MicroResourceVariable", len(found))):
            label = struct if struct.endswith("s") else f"{struct} x {count}"
            arena.persist(label, layout.size(struct) * count, category="persistent_buffer_data")
    arena.phase, arena.operator = "init", 0
    request = layout.size("ScratchBufferRequest")
    arena.persist_struct("MicroBuiltinDataAllocator")
    arena.reserve(request * MAX_SCRATCH_PER_OPERATOR)
    arena.persist_struct("SubgraphAllocations", len(model.subgraphs))
    for subgraph in model.subgraphs:
        arena.persist_struct("TfLiteEvalTensor", len(subgraph.tensors), "eval_tensor_data")
    for subgraph in model.subgraphs:
        arena.persist_struct("NodeAndRegistration", len(subgraph.operators), "node_and_registration_array")
    operators = tuple(zip(start.nodes, start.demands, strict=True))
    for node, demand in operators:
        if demand.builtin_data is not None:
            arena.persist(f"{node.operator.name} parameters", *demand.builtin_data)
    for arena.operator, (node, demand) in enumerate(operators):
        for size in demand.init_bytes:
            arena.persist(f"{node.operator.name} Init", size, category="persistent_buffer_data")
    arena.phase = "prepare"
    requests = 0
    made = {variable.maker: number for number, variable in enumerate(found)}
    held: dict[int, int] = {}
    for arena.operator, (node, demand) in enumerate(operators):
        number = made.get(node.operator.index)
        named = "" if number is None else found[number].name
        _prepare(
            arena, node, demand, f"resource variable {named}" if named else f"{node.operator.name} Prepare"
        )
        if number is not None:
            held[number] = arena.tail
        requests += len(demand.scratch_bytes)
        arena.reserve(request * (requests + MAX_SCRATCH_PER_OPERATOR))
    arena.phase, arena.operator = "memory_planning", 0
    variables = _plan(arena, model, requests, start.planned, start.offsets)
    arena.reserve(kept)
    _details(arena, model.subgraphs[0], model.subgraphs[0].inputs, "input")
    _details(arena, model.subgraphs[0], model.subgraphs[0].outputs, "output")
    return Started(variables, held)


def replay(start: Start, layout: StructLayout, *, head_bytes: int, recording: bool = False) -> Replayed:
    """Every allocation from MicroInterpreter's constructor to the end of AllocateTensors.

    Args:
        head_bytes: as the planner found it.
        recording: as RecordingMicroInterpreter, whose own structures are larger.
    """
    arena = EndlessArena(layout)
    create(arena, recording=recording)
    started = start_up(arena, start, head_bytes)
    return Replayed(
        tuple(arena.allocations),
        started.variables,
        started.resources,
        arena.tail,
        smallest(arena.journal, arena.needed),
        arena.needed_in,
    )


def _plan(
    arena: EndlessArena, model: Model, requests: int, planned: int, offsets: Sequence[int] | None
) -> dict[int, int]:
    """The planner's temporary tables, and the variables, which are placed in the midst of it."""
    if requests:
        arena.persist_struct("ScratchBufferHandle", requests)
    tensors = sum(len(subgraph.tensors) for subgraph in model.subgraphs)
    arena.take_struct("Pointer", len(model.subgraphs))
    arena.take_struct("AllocationInfo", tensors + requests)
    variables = {}
    parts = whole(model.subgraphs).parts
    for subgraph, part in zip(model.subgraphs, parts, strict=True):
        for tensor in tail_variables(subgraph, offsets):
            label = f"variable {tensor.name}"
            at = arena.persist(label, tensor.size_bytes, category="tensor_variable_buffer_data")
            variables[part.tensors.start + tensor.index] = at
    tables = align_up(arena.temporary, ALIGNMENT) + arena.layout.size("PlannedBuffer") * planned
    arena.below(tables, ALIGNMENT)
    return variables
