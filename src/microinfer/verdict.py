"""Whether a part can hold a model: what the firmware needs beside what there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .model import Model
from .profile import Profile

if TYPE_CHECKING:
    from .arena import MemoryPlan

__all__ = ["MemoryReport", "judge_memory", "weights_bytes"]


@dataclass(frozen=True, slots=True)
class MemoryReport:
    """Bytes. `min_arena_bytes` is the smallest arena that works, `arena_bytes` the one that was given.

    `ram_bytes` and `flash_bytes` are what the whole firmware needs, None where that is not known;
    `part_...` is what the part has, `lower_bound_bytes` what no plan of the head can go below, `layout`
    the firmware whose sizes these are. `fits` rests on what `counted` names; `shortfalls` says why not.
    """

    arena_used_bytes: int
    head_bytes: int
    tail_bytes: int
    min_arena_bytes: int
    lower_bound_bytes: int
    arena_bytes: int
    model_bytes: int
    weights_bytes: int
    ram_bytes: int | None
    flash_bytes: int | None
    part_ram_bytes: int
    part_flash_bytes: int
    layout: str
    fits: bool
    counted: tuple[str, ...]
    shortfalls: tuple[str, ...]


def weights_bytes(model: Model) -> int:
    """Constants, each buffer of the file once."""
    sizes: dict[int, int] = {}
    for subgraph in model.subgraphs:
        for tensor in subgraph.tensors:
            if tensor.is_constant:
                sizes[tensor.buffer or -1 - tensor.index] = tensor.size_bytes
    return sum(sizes.values())


def judge_memory(model: Model, plan: MemoryPlan, profile: Profile, arena_bytes: int) -> MemoryReport:
    """Hold a plan, in an arena of `arena_bytes`, against a part.

    TFLM keeps the model's whole file in flash, bare-c only the weights.
    """
    weights = weights_bytes(model)
    what, stored = ("weights", weights) if plan.library == "bare-c" else ("model", model.size_bytes)
    shortfalls = []
    if arena_bytes < plan.min_arena_bytes:
        missing = plan.min_arena_bytes - arena_bytes
        shortfalls.append(
            f"an arena of {arena_bytes:,} bytes is too small by {missing:,}: {plan.min_arena_bytes:,} work"
        )
    elif arena_bytes > profile.arena_limit_bytes:
        beyond = arena_bytes - profile.arena_limit_bytes
        one_piece = " in one piece" if profile.arena_limit_bytes < profile.ram_bytes else ""
        shortfalls.append(
            f"an arena of {arena_bytes:,} bytes exceeds the {profile.arena_limit_bytes:,} of RAM{one_piece} "
            f"by {beyond:,}"
        )
    if stored > profile.flash_bytes:
        beyond = stored - profile.flash_bytes
        shortfalls.append(
            f"{what} of {stored:,} bytes exceed{'' if what == 'weights' else 's'} the "
            f"{profile.flash_bytes:,} of flash by {beyond:,}"
        )
    return MemoryReport(
        arena_used_bytes=plan.arena_used_bytes,
        head_bytes=plan.head_bytes,
        tail_bytes=plan.tail_bytes,
        min_arena_bytes=plan.min_arena_bytes,
        lower_bound_bytes=plan.lower_bound_bytes,
        arena_bytes=arena_bytes,
        model_bytes=model.size_bytes,
        weights_bytes=weights,
        ram_bytes=None,
        flash_bytes=None,
        part_ram_bytes=profile.ram_bytes,
        part_flash_bytes=profile.flash_bytes,
        layout=plan.layout,
        fits=not shortfalls,
        counted=("arena", what),
        shortfalls=tuple(shortfalls),
    )
