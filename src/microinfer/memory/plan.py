"""The tensor arena: who lives where and when, and how large it has to be. Made by `planning`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from ..libraries.demand import Demand
from ..libraries.homes import Homes
from ..libraries.target import Target
from ..model.align import align_up
from ..operators.spec import Geometry, Unmodelled
from ..words.dataclass import dataclass, field
from ..words.printing import brief
from .allocations import Start
from .endless_arena import Allocation
from .occupancy import Occupancy, occupancy
from .recording import Category, Recording

__all__ = ["Category", "MemoryPlan", "PlannedBuffer"]


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
    `begun` is the offset of a byte that a generated program sets in its first run, None where it needs none.
    `scope_steps` has the step that runs in each scope, -1 where a subgraph is entered; `resource_places` the
    offset and the bytes of each resource variable.
    `needed_in` is TFLM's phase, and the operator, that decide the smallest arena. `recorder` makes
    `recording`, None for bare-c, as is `start`: what TFLM allocates when this model starts up.
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
    scope_steps: tuple[int, ...] = ()
    resource_places: tuple[tuple[int, int], ...] = ()
    begun: int | None = None
    start: Start | None = field(default=None, repr=False, compare=False)

    @property
    def pointer_bytes(self) -> int:
        return self.target.pointer_bytes

    @property
    def homes(self) -> tuple[Homes, ...]:
        """What generated code wants to know of the arena, a value a step."""
        shared = self.tensor_offsets, self.resource_places
        return tuple(Homes(shared[0], scratch, shared[1]) for scratch in self.scratch_offsets)

    def homes_as(self, other: MemoryPlan) -> bool:
        """Whether another plan of the same operators has homes for the same things, wherever they lie."""

        if self is other:
            return True
        mine, its = (
            (plan.tensor_offsets.keys(), list(map(len, plan.scratch_offsets)), len(plan.resource_places))
            for plan in (self, other)
        )
        return mine == its

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

    @cached_property
    def distinct_operators(self) -> tuple[tuple[str, Geometry], ...]:
        """`operators`, each geometry once, in the order in which they come first: a program holds a kernel
        once, however many layers it runs."""
        try:
            return tuple(dict.fromkeys(self.operators))
        except TypeError:  # a geometry of the user's own that has no hash
            return self.operators

    def asks_for(self, demands: Sequence[Demand], unknown: Sequence[str]) -> bool:
        """Whether this plan was made, by TFLM's rules, for exactly these demands."""
        return (
            self.start is not None and self.start.demands == tuple(demands) and self.unknown == tuple(unknown)
        )

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
        return occupancy(self.buffers, self.alignment, len(self.scope_steps))

    @cached_property
    def peak_scope(self) -> int:
        """Of the scopes in which the head's last byte is in use, the one with the most live bytes."""
        full = [scope for scope, found in enumerate(self.occupancy) if found.top_bytes == self.head_bytes]
        return max(full, key=lambda scope: self.occupancy[scope].live_bytes, default=0)

    def step_in(self, scope: int) -> int:
        """The step that runs in a scope; -1 where inputs are set, or where there is no such scope."""
        return self.scope_steps[scope] if 0 <= scope < len(self.scope_steps) else -1

    def life(self, buffer: PlannedBuffer) -> str:
        """The operators during which a buffer is alive, in words; those of a subgraph stand behind the
        operator that calls it."""
        if buffer.last < max(buffer.first, 0):
            return "never"
        first, last = self.step_in(buffer.first), self.step_in(buffer.last)
        said = "inputs" if first < 0 else f"operator {first}"
        if buffer.first == buffer.last or last < 0:
            return said
        return f"{said} to {last}"

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
