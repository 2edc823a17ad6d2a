"""Several models that take turns in one arena, and an arena apart for what stays.

Interpreters that are given one MicroAllocator share its head, which is as large as the largest of theirs;
each adds a tail of its own. MicroAllocator::Create with two buffers keeps both apart: one for what stays, one
for what takes turns. Source: `micro_allocator.cc`, `persistent_arena_buffer_allocator.cc` and
`non_persistent_arena_buffer_allocator.cc` of TFLM 90b983c2.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..libraries.library import kernel_library
from ..model.align import align_up
from ..words.dataclass import dataclass, field
from .allocations import create, start_up
from .endless_arena import EndlessArena
from .plan import MemoryPlan
from .smallest_arena import ALIGNMENT, smallest

__all__ = ["SharedArena", "TwoArenas", "share", "split"]

TWO_ARENAS = (
    "PersistentArenaBufferAllocator",
    "NonPersistentArenaBufferAllocator",
    "GreedyMemoryPlanner",
    "MicroAllocator",
)


@dataclass(slots=True)
class ArenaApart(EndlessArena):
    """Where what stays lies elsewhere: temporary memory then meets nothing but its arena's end."""

    apart: int = field(default=0)

    def below(self, end: int, rounded: int = 1) -> None:
        """The planner rounds that end down to a whole alignment."""
        self.apart = max(self.apart, align_up(end, rounded))


@dataclass(frozen=True, slots=True)
class SharedArena:
    """Bytes of one arena for several models. `min_arena_bytes` is the smallest that works, to the byte, or,
    where an operator's demands are not known, what no arena can go below.

    `heads` and `tails` are each model's share: the largest head counts, and every tail. The first tail has
    the allocator in it.
    """

    min_arena_bytes: int
    recommended_arena_bytes: int
    head_bytes: int
    tail_bytes: int
    heads: tuple[int, ...]
    tails: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TwoArenas:
    """The smallest of each, in bytes, if both start at a multiple of 16."""

    persistent_bytes: int
    non_persistent_bytes: int


def share(plans: Sequence[MemoryPlan]) -> SharedArena | None:
    """One arena for models that are allocated in this order, None for programs without an interpreter."""
    if any(plan.start is None for plan in plans):
        return None
    arena = EndlessArena(kernel_library(plans[0].library).layout(plans[0].target))
    create(arena)
    tails = _start_all(arena, plans)
    heads = tuple(plan.head_bytes for plan in plans)
    least = smallest(arena.journal, arena.needed)
    if any(plan.unknown for plan in plans):
        alive = max(min(plan.lower_bound_bytes, plan.head_bytes) for plan in plans)
        least = alive + max(0, arena.tail - (ALIGNMENT - 1))
    return SharedArena(least, align_up(least, ALIGNMENT), max(heads), arena.tail, heads, tails)


def split(plans: Sequence[MemoryPlan]) -> TwoArenas | None:
    """Two arenas for one model or several, None for programs without an interpreter, and where an operator's
    demands are not known."""
    if any(plan.start is None or plan.unknown for plan in plans):
        return None
    arena = ArenaApart(kernel_library(plans[0].library).layout(plans[0].target))
    for struct in TWO_ARENAS:
        arena.persist_struct(struct)
    _start_all(arena, plans)
    return TwoArenas(align_up(arena.tail, ALIGNMENT), arena.apart)


def _start_all(arena: EndlessArena, plans: Sequence[MemoryPlan]) -> tuple[int, ...]:
    """What each model adds to the tail; TFLM keeps the largest head so far after each."""
    tails, before, kept = [], 0, 0
    for plan in plans:
        assert plan.start is not None
        kept = max(kept, plan.head_bytes)
        start_up(arena, plan.start, kept)
        tails.append(arena.tail - before)
        before = arena.tail
    return tuple(tails)
