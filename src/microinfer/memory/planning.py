"""Makes the plan of an arena: TFLM's head and tail, or what generated C asks for.

Two libraries are TFLM's: a head of planned buffers, a tail of persistent ones. `bare-c` has no
interpreter, so its arena is the planned buffers and the variables, at the part's own alignment. The
rules are told in `greedy`, `lifetimes` and `allocations`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from ..errors import InputError
from ..libraries.demand import Demand
from ..libraries.library import kernel_library
from ..libraries.target import DEFAULT_TARGET, Target
from ..model.align import align_up
from ..model.tables import ITEM_BYTES, Model
from ..model.whole import whole
from ..operators.calls import calls
from ..operators.kinds import kinds
from ..operators.resources import resources
from ..operators.spec import Step, Unmodelled
from ..words.dataclass import replace
from .allocations import ALIGNMENT, Replayed, Start, replay
from .greedy import Buffer, lower_bound, peak, place
from .lifetimes import buffers as find_buffers
from .lifetimes import first_byte, lifetimes, offline_offsets, tail_variables
from .plan import MemoryPlan, PlannedBuffer
from .recording import Recording, record


def plan_memory(
    model: Model,
    steps: Sequence[Step],
    library: str = "tflm-reference",
    target: Target = DEFAULT_TARGET,
    known: Iterable[MemoryPlan] = (),
) -> MemoryPlan:
    """Plan the arena of a model, all of its subgraphs together.

    Args:
        steps: as `graph.prepare` returns them.
        library: "tflm-reference", "tflm-cmsis-nn" or "bare-c".
        target: what the firmware is built for, as `Profile.target` has it; default a Cortex-M4.
        known: plans of the same model for others: where kernels ask for the same, all lies where it did.

    Raises:
        FormatError: the file's own memory plan does not fit it.
        InputError: no such library, or nothing known for this pointer size.
    """
    if not kernel_library(library).interprets:
        return _plan_generated(model, steps, library, target)
    return _plan_tflm(model, steps, library, target, known)


def _demands(steps: Sequence[Step], library: str, target: Target) -> tuple[list[Demand], tuple[str, ...]]:
    value, alike = kernel_library(library), kinds(tuple(steps))
    asked = [
        None if isinstance(step.geometry, Unmodelled) else value.demand(step.name, step.geometry, target)
        for step in alike.first
    ]
    unknown = (step.name for step, found in zip(alike.first, asked, strict=True) if found is None)
    missing = Demand("unknown")
    return [asked[place] or missing for place in alike.places], tuple(dict.fromkeys(unknown))


def _planned(buffer: Buffer, offset: int) -> PlannedBuffer:
    prescribed = buffer.offset is not None
    return PlannedBuffer(
        buffer.label, offset, buffer.size, buffer.first, buffer.last, buffer.tensor, buffer.step, prescribed
    )


def _by_step(buffers: Sequence[PlannedBuffer], steps: int) -> tuple[tuple[int, ...], ...]:
    found: list[list[int]] = [[] for _ in range(steps)]
    for buffer in buffers:
        if buffer.step is not None:
            found[buffer.step].append(buffer.offset)
    return tuple(tuple(offsets) for offsets in found)


def _plan_tflm(
    model: Model, steps: Sequence[Step], library: str, target: Target, known: Iterable[MemoryPlan]
) -> MemoryPlan:
    value = kernel_library(library)
    layout = value.layout(target)
    if not value.structured and value.tables not in layout.init and not value.carried:
        raise InputError(f"{library} has no build for {layout.target}")
    likeness = f"structures of {value.like}" if value.like and not value.structured else ""
    elsewhere = (
        "" if target.core.isa.startswith(("arm", "x86")) else f"provisional: taken for {target.core.name}"
    )
    doubts = tuple(filter(None, (layout.provisional, likeness, elsewhere)))
    said = f"{layout.version}, {layout.target}" + "".join(f"; {doubt}" for doubt in doubts)
    demands, unknown = _demands(steps, library, target)
    scratch = tuple(asked.scratch_bytes for asked in demands)
    unknown += _unset(model, steps, scratch)
    built = target.pointer_bytes, target.release
    for other in known:
        same = kernel_library(other.library).structured == value.structured
        if (
            same
            and (other.target.pointer_bytes, other.target.release) == built
            and other.asks_for(demands, unknown)
        ):
            return replace(other, library=library, target=target, layout=said, provisional=bool(doubts))
    offsets = offline_offsets(model)
    wanted = find_buffers(model, scratch, offsets)
    places = place(wanted, ALIGNMENT)
    head = peak(wanted, places, ALIGNMENT)
    nodes = tuple(step.node for step in steps)
    start = Start(model, nodes, tuple(demands), len(wanted), offsets)
    run_through = partial(replay, start, layout, head_bytes=head)
    replayed = run_through()
    arena = align_up(replayed.needed_bytes, ALIGNMENT)
    planned = tuple(_planned(buffer, offset) for buffer, offset in zip(wanted, places, strict=True))
    tensors = {buffer.tensor: buffer.offset for buffer in planned if buffer.tensor is not None}
    tensors.update((index, arena - from_end) for index, from_end in replayed.variables.items())
    variables = resources(whole(model.subgraphs)).variables
    return MemoryPlan(
        library=library,
        target=target,
        alignment=ALIGNMENT,
        layout=said,
        provisional=bool(doubts),
        head_bytes=head,
        tail_bytes=replayed.tail_bytes,
        arena_used_bytes=head + replayed.tail_bytes,
        min_arena_bytes=replayed.needed_bytes,
        lower_bound_bytes=lower_bound(wanted, ALIGNMENT),
        tensor_offsets=tensors,
        scratch_offsets=_by_step(planned, len(steps)),
        scratch_bytes=scratch,
        variants=tuple(asked.variant for asked in demands),
        buffers=planned,
        allocations=replayed.allocations,
        unknown=unknown,
        operators=tuple((step.name, step.geometry) for step in steps),
        needed_in=replayed.needed_in,
        recorder=partial(_recorded, run_through, head),
        start=start,
        scope_steps=lifetimes(model).steps,
        resource_places=tuple(
            (arena - replayed.resources[number], variable.size) if number in replayed.resources else (0, 0)
            for number, variable in enumerate(variables)
        ),
    )


def _unset(model: Model, steps: Sequence[Step], scratch: Sequence[Sequence[int]]) -> tuple[str, ...]:
    """Operators that ask for scratch in a subgraph that nothing calls: TFLM plans it without having set its
    size or its place."""
    found = whole(model.subgraphs)
    reached = calls(found).reached(found)
    return tuple(
        f"{steps[position].name} of subgraphs[{part.index}], which nothing calls, and which asks for scratch"
        for part in found.parts
        if part.index not in reached
        for position in part.operators
        if scratch[position]
    )


def _recorded(run_through: Callable[..., Replayed], head_bytes: int) -> Recording:
    return record(run_through(recording=True), head_bytes)


def _plan_generated(model: Model, steps: Sequence[Step], library: str, target: Target) -> MemoryPlan:
    """Activations and scratch in one array; variables behind it.

    Behind them a byte says whether it has run, where variables do not begin as zeros or something runs once.
    AVR reads anything at any address, but its program is to run elsewhere too: there the widest type counts.
    """
    demands, unknown = _demands(steps, library, target)
    scratch = tuple(asked.scratch_bytes for asked in demands)
    wanted = find_buffers(model, scratch, None)
    alignment = 4
    if target.pointer_bytes == 2:
        known = whole(model.subgraphs).graph.tensors
        dtypes = {known[buffer.tensor].dtype for buffer in wanted if buffer.tensor is not None}
        alignment = max((ITEM_BYTES.get(dtype, 1) for dtype in dtypes), default=1)
    places = place(wanted, alignment)
    head = align_up(peak(wanted, places, alignment), alignment)
    planned = tuple(_planned(buffer, offset) for buffer, offset in zip(wanted, places, strict=True))
    tensors = {buffer.tensor: buffer.offset for buffer in planned if buffer.tensor is not None}
    end = head
    kept = tail_variables(model.subgraphs[0], None)
    for tensor in kept:
        end = align_up(end, 4)
        tensors[tensor.index] = end
        end += tensor.size_bytes
    places_of_resources = []
    for variable in resources(whole(model.subgraphs)).variables:
        end = align_up(end, 4)
        places_of_resources.append((end, variable.size))
        end += variable.size
    once = calls(whole(model.subgraphs)).of
    begun = end if places_of_resources or once or any(map(first_byte, kept)) else None
    end = align_up(end + (begun is not None), alignment)
    return MemoryPlan(
        library=library,
        target=target,
        alignment=alignment,
        layout=f"{library}, {8 * target.pointer_bytes}-bit pointers, no interpreter",
        head_bytes=head,
        tail_bytes=end - head,
        arena_used_bytes=end,
        min_arena_bytes=end,
        lower_bound_bytes=lower_bound(wanted, alignment),
        tensor_offsets=tensors,
        scratch_offsets=_by_step(planned, len(steps)),
        scratch_bytes=scratch,
        variants=tuple(asked.variant for asked in demands),
        buffers=planned,
        allocations=(),
        unknown=unknown,
        operators=tuple((step.name, step.geometry) for step in steps),
        needed_in=("memory_planning", -1),
        recorder=None,
        scope_steps=lifetimes(model).steps,
        resource_places=tuple(places_of_resources),
        begun=begun,
    )
