"""The tensor arena: who lives where and when, and how large it has to be.

Two libraries are TFLM's: a head of planned buffers, a tail of persistent ones. `bare-c` has no
interpreter, so its arena is the planned buffers and the variables, at the part's own alignment. The
rules are told in `planner`, `lifetimes` and `tail`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

from ..errors import InputError
from ..libraries.demand import Demand
from ..libraries.layout import struct_layout
from ..libraries.library import kernel_library
from ..libraries.target import DEFAULT_TARGET, Target
from ..model.align import align_up
from ..model.tables import ITEM_BYTES, Model
from ..operators.spec import Geometry, Step, Unmodelled
from ..words.printing import brief
from .greedy import Buffer, lower_bound, peak, place
from .lifetimes import buffers as find_buffers
from .lifetimes import offline_offsets, tail_variables
from .occupancy import Occupancy, occupancy
from .tail import ALIGNMENT, Allocation, Category, Recording, Tail, record, replay

__all__ = ["Category", "MemoryPlan", "PlannedBuffer", "plan_memory"]


@dataclass(frozen=True, slots=True)
class PlannedBuffer:
    """Bytes `offset` to `offset + size` of the arena, from scope `first` to scope `last`.

    `tensor` is a tensor's index, or None for scratch of step `step`. `prescribed`: the file says where.
    `size` is what was asked for; the next buffer starts at the arena's alignment.
    """

    label: str
    offset: int
    size: int
    first: int
    last: int
    tensor: int | None
    step: int | None
    prescribed: bool


@dataclass(frozen=True, eq=False)
class MemoryPlan:
    """Sizes in bytes, offsets from the arena's start.

    `min_arena_bytes` is the smallest arena that works, to the byte, if it starts at a multiple of the
    alignment; it may exceed `arena_used_bytes`, which is what TFLM reports in an arena of
    `recommended_arena_bytes`, the multiple of the alignment to use. `tensor_offsets` has every activation
    and variable; `scratch_offsets` and `scratch_bytes` have one tuple a step. `unknown` lists operators
    whose demands are not known: their persistent bytes are missing from the tail. `layout` names the TFLM
    version and target that the sizes belong to. `operators` are the steps' names and geometries.
    `provisional`: they were not verified for this release.
    `needed_in` is TFLM's phase, and the operator, that decide the smallest arena. `recorder` makes
    `recording`, None for bare-c.
    """

    library: str
    target: Target
    alignment: int
    layout: str
    head_bytes: int
    tail_bytes: int
    arena_used_bytes: int
    min_arena_bytes: int
    lower_bound_bytes: int
    tensor_offsets: Mapping[int, int]
    scratch_offsets: tuple[tuple[int, ...], ...]
    scratch_bytes: tuple[tuple[int, ...], ...]
    variants: tuple[str, ...]
    buffers: tuple[PlannedBuffer, ...]
    allocations: tuple[Allocation, ...]
    unknown: tuple[str, ...]
    operators: tuple[tuple[str, Geometry], ...]
    needed_in: tuple[str, int]
    recorder: Callable[[], Recording] | None = field(repr=False, compare=False)
    provisional: bool = False

    @property
    def pointer_bytes(self) -> int:
        return self.target.pointer_bytes

    @property
    def least_arena_bytes(self) -> int:
        """No arena below this works, whatever the operators in `unknown` ask for.

        That is `min_arena_bytes` where all demands are known. Else the greedy planner might place what it
        knows of better beside what it does not, so only what is alive at once counts.
        """
        if not self.unknown:
            return self.min_arena_bytes
        padding = self.alignment - 1  # an end that is not aligned may save as much
        return min(self.lower_bound_bytes, self.head_bytes) + max(0, self.tail_bytes - padding)

    @property
    def unmodelled(self) -> tuple[str, ...]:
        """Operators that could not be prepared, each once."""
        return tuple(dict.fromkeys(n for n, geometry in self.operators if isinstance(geometry, Unmodelled)))

    @property
    def recommended_arena_bytes(self) -> int:
        """The size to give the arena: the smallest that works, rounded up to the alignment."""
        return align_up(self.min_arena_bytes, self.alignment)

    def say_recommended(self) -> str:
        """The size to use, in brackets, where it is not the smallest arena itself."""
        size = self.recommended_arena_bytes
        return "" if size == self.min_arena_bytes else f" (use {size:,})"

    @cached_property
    def recording(self) -> Recording | None:
        """What RecordingMicroInterpreter reports; None for bare-c. Replayed when it is first asked for."""
        return self.recorder() if self.recorder is not None else None

    @property
    def categories(self) -> Mapping[str, Category]:
        """The lines of RecordingMicroInterpreter; empty for bare-c."""
        return self.recording.categories if self.recording is not None else {}

    @cached_property
    def occupancy(self) -> tuple[Occupancy, ...]:
        """Scope by scope, the setting of the inputs first, who is alive."""
        return occupancy(self.buffers, self.alignment, len(self.operators) + 1)

    @cached_property
    def peak_scope(self) -> int:
        """Of the scopes in which the head's last byte is in use, the one with the most live bytes."""
        full = [scope for scope, found in enumerate(self.occupancy) if found.top_bytes == self.head_bytes]
        return max(full, key=lambda scope: self.occupancy[scope].live_bytes, default=0)

    def live_bytes(self, scope: int) -> int:
        """Bytes alive in a scope, each buffer rounded up to the alignment."""
        return self.occupancy[scope].live_bytes

    def tenants(self, scope: int) -> tuple[PlannedBuffer, ...]:
        """The buffers that are alive in a scope, largest first, `occupancy.LISTED` at most."""
        return tuple(self.buffers[position] for position in self.occupancy[scope].largest)

    def explain_smallest(self) -> str:
        """Why the smallest arena that works is what it is, in one sentence."""
        reported, more = self.arena_used_bytes, self.min_arena_bytes - self.arena_used_bytes
        phase, operator = self.needed_in
        if self.recommended_arena_bytes <= align_up(reported, self.alignment):
            padding = f", {abs(more)} {'more' if more > 0 else 'less'} for padding at the arena's end"
            padding = padding if more else ""
            return f"{self.min_arena_bytes:,} bytes is what is in use{padding}"
        if phase == "prepare":
            name = f"{self.operators[operator][0]} {operator}"
            held = f"while {name} prepares, TFLM holds temporary tensors between head and tail"
        elif phase == "memory_planning":
            held = "while TFLM plans, it keeps tables between head and tail that are gone afterwards"
        else:
            held = "while TFLM starts up, it reserves more than it keeps"
        return f"{held}: {more:,} bytes more than the {reported:,} that arena_used_bytes() reports"

    def describe_peak(self) -> str:
        """The largest tenants of the arena where it is fullest, in words."""
        named = [f"{brief(buffer.label)} ({buffer.size})" for buffer in self.tenants(self.peak_scope)[:3]]
        held = ", ".join(named) or "no activations"
        return f"{held}; {self.tail_bytes} bytes are the tail" if self.tail_bytes else held


def plan_memory(
    model: Model,
    steps: Sequence[Step],
    library: str = "tflm-reference",
    target: Target = DEFAULT_TARGET,
) -> MemoryPlan:
    """Plan the arena of a model's first subgraph.

    Args:
        steps: as `graph.prepare` returns them.
        library: "tflm-reference", "tflm-cmsis-nn" or "bare-c".
        target: what the firmware is built for, as `Profile.target` has it; default a Cortex-M4.

    Raises:
        FormatError: the file's own memory plan does not fit it.
        InputError: no such library, or nothing known for this pointer size.
    """
    if not kernel_library(library).interprets:
        return _plan_generated(model, steps, library, target)
    return _plan_tflm(model, steps, library, target)


def _demands(steps: Sequence[Step], library: str, target: Target) -> tuple[list[Demand], tuple[str, ...]]:
    value = kernel_library(library)
    found, unknown = [], []
    for step in steps:
        known = not isinstance(step.geometry, Unmodelled)
        asked = value.demand(step.name, step.geometry, target) if known else None
        if asked is None:
            unknown.append(step.name)
        found.append(asked or Demand("unknown"))
    return found, tuple(dict.fromkeys(unknown))


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


def _plan_tflm(model: Model, steps: Sequence[Step], library: str, target: Target) -> MemoryPlan:
    layout = struct_layout(target.pointer_bytes, target.release)
    if library not in layout.init:
        raise InputError(f"{library} has no build for {layout.target}")
    demands, unknown = _demands(steps, library, target)
    unknown += tuple(
        f"operators of subgraphs[{subgraph.index}]" for subgraph in model.subgraphs[1:] if subgraph.operators
    )
    scratch = tuple(asked.scratch_bytes for asked in demands)
    offsets = offline_offsets(model)
    wanted = find_buffers(model, scratch, offsets)
    places = place(wanted, ALIGNMENT)
    head = peak(wanted, places, ALIGNMENT)
    nodes = [step.node for step in steps]
    run_through = partial(
        replay, model, nodes, demands, layout, head_bytes=head, planned=len(wanted), offsets=offsets
    )
    tail = run_through()
    arena = align_up(tail.needed_bytes, ALIGNMENT)
    planned = tuple(_planned(buffer, offset) for buffer, offset in zip(wanted, places, strict=True))
    tensors = {buffer.tensor: buffer.offset for buffer in planned if buffer.tensor is not None}
    tensors.update((index, arena - from_end) for index, from_end in tail.variables.items())
    return MemoryPlan(
        library=library,
        target=target,
        alignment=ALIGNMENT,
        layout=f"{layout.version}, {layout.target}"
        + (f"; {layout.provisional}" if layout.provisional else ""),
        provisional=bool(layout.provisional),
        head_bytes=head,
        tail_bytes=tail.tail_bytes,
        arena_used_bytes=head + tail.tail_bytes,
        min_arena_bytes=tail.needed_bytes,
        lower_bound_bytes=lower_bound(wanted, ALIGNMENT),
        tensor_offsets=tensors,
        scratch_offsets=_by_step(planned, len(steps)),
        scratch_bytes=scratch,
        variants=tuple(asked.variant for asked in demands),
        buffers=planned,
        allocations=tail.allocations,
        unknown=unknown,
        operators=tuple((step.name, step.geometry) for step in steps),
        needed_in=tail.needed_in,
        recorder=partial(_recorded, run_through, head),
    )


def _recorded(run_through: Callable[..., Tail], head_bytes: int) -> Recording:
    return record(run_through(recording=True), head_bytes)


def _plan_generated(model: Model, steps: Sequence[Step], library: str, target: Target) -> MemoryPlan:
    """Activations and scratch in one array; variables behind it.

    AVR reads anything at any address, but its program is to run elsewhere too: there the widest type counts.
    """
    demands, unknown = _demands(steps, library, target)
    scratch = tuple(asked.scratch_bytes for asked in demands)
    wanted = find_buffers(model, scratch, None)
    alignment = 4
    if target.pointer_bytes == 2:
        known = model.subgraphs[0].tensors
        dtypes = {known[buffer.tensor].dtype for buffer in wanted if buffer.tensor is not None}
        alignment = max((ITEM_BYTES.get(dtype, 1) for dtype in dtypes), default=1)
    places = place(wanted, alignment)
    head = align_up(peak(wanted, places, alignment), alignment)
    planned = tuple(_planned(buffer, offset) for buffer, offset in zip(wanted, places, strict=True))
    tensors = {buffer.tensor: buffer.offset for buffer in planned if buffer.tensor is not None}
    end = head
    for tensor in tail_variables(model.subgraphs[0], None):
        end = align_up(end, 4)
        tensors[tensor.index] = end
        end += tensor.size_bytes
    end = align_up(end, alignment)
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
    )
