"""What RecordingMicroInterpreter reports of an arena."""

from __future__ import annotations

from ..words.dataclass import dataclass
from .allocations import Replayed

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


def record(replayed: Replayed, head_bytes: int) -> Recording:
    """A replay made with `recording`, summed up as TFLM prints it."""
    found = {}
    for category in CATEGORIES:
        of = [made for made in replayed.allocations if made.category == category]
        found[category] = Category(
            sum(made.requested for made in of), sum(made.used for made in of), sum(made.count for made in of)
        )
    return Recording(
        arena_used_bytes=head_bytes + replayed.tail_bytes,
        min_arena_bytes=replayed.needed_bytes,
        head=head_bytes,
        tail=replayed.tail_bytes,
        requested=head_bytes + sum(made.requested for made in replayed.allocations),
        alloc_count=len(replayed.allocations),
        categories=found,
    )
