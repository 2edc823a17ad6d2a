"""The arena that a caller gives, held against the least that works."""

from __future__ import annotations

from ..errors import ArenaError
from ..memory.plan import MemoryPlan

__all__ = ["checked_arena_size"]


def checked_arena_size(plan: MemoryPlan, library: str, wanted: int | None) -> int:
    """Bytes of the arena: those wanted, or the smallest that works.

    Raises:
        ArenaError: `wanted` is too small; in TFLM's words, and what fills the arena.
    """
    needed = plan.min_arena_bytes
    if wanted is None:
        return needed
    if wanted < needed:
        raise ArenaError(
            f"Failed to resize buffer. Requested: {needed}, available {wanted}, "
            f"missing: {needed - wanted}. With {library} this model needs a tensor arena of "
            f"{needed} bytes{plan.say_recommended()}; at the peak it holds {plan.describe_peak()}",
            requested=needed,
            available=wanted,
            missing=needed - wanted,
        )
    return wanted
