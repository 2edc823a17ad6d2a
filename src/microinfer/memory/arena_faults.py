"""Arenas in which TFLM misbehaves without an error, so that a check and a report can tell."""

from __future__ import annotations

from ..libraries.library import kernel_library
from .plan import MemoryPlan

__all__ = ["arena_faults"]


def arena_faults(plan: MemoryPlan, library: str, arena_size: int) -> tuple[str, ...]:
    """What happens in an arena of `arena_size` bytes that TFLM would not report as an error."""
    if not kernel_library(library).interprets:
        return ()
    used, least = -(-plan.arena_used_bytes // 16) * 16, plan.min_arena_bytes
    if arena_size < least:
        return (
            f"an arena of {arena_size} bytes is smaller than the {least} that work: TFLM may wrap a size and "
            "corrupt memory instead of failing",
        )
    if least > used:
        return (
            f"arena_used_bytes() reports {plan.arena_used_bytes}, but planning needs {least}: with less, "
            "TFLM may wrap a size and corrupt memory instead of failing",
        )
    return ()
