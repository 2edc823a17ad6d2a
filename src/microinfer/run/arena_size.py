"""The arena that a caller gives, held against the least that works."""

from __future__ import annotations

from ..errors import ArenaError
from ..memory.plan import MemoryPlan
from ..words.quantities import parse_bytes

__all__ = ["checked_arena_size"]


def checked_arena_size(plan: MemoryPlan, library: str, arena_size: int | str | None) -> int:
    """Bytes of the arena: those wanted, 16384 or "16k", or the smallest that works.

    Raises:
        InputError: it is no size.
        ArenaError: `wanted` is too small; in TFLM's words, and what fills the arena.
    """
    needed = plan.min_arena_bytes
    if arena_size is None:
        return needed
    wanted = parse_bytes(arena_size, "arena_size")
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
