"""What `microinfer plan` prints as JSON, of one model and of several."""

from __future__ import annotations

from typing import TypedDict

from ..deploy.flash_table import FlashTable
from ..deploy.verdict import MemoryReport
from ..memory.endless_arena import Allocation
from ..memory.plan import PlannedBuffer
from ..memory.sharing import SharedArena, TwoArenas
from ..reports.shared_plan import ArenaVerdict, SharedModel
from .forms import File, Named

__all__ = ["Plan", "PlanShared"]


class PlannedPart(Named):
    core: str
    library: str
    release: str
    build: str


class PlanHost(TypedDict):
    layout: str
    library: str
    interpreter: str
    arena_used_bytes: int
    head_bytes: int
    tail_bytes: int
    min_arena_bytes: int


class Scratch(TypedDict):
    bytes: int
    offset: int


class PlanOperator(TypedDict):
    index: int
    operator: str
    live_bytes: int
    top_bytes: int


class PlanSearch(TypedDict):
    saved_bytes: int
    gained: bool
    greedy_head_bytes: int
    greedy_min_arena_bytes: int
    bound_bytes: int
    order: list[int]
    description: str


class Plan(TypedDict):
    model: File
    profile: PlannedPart
    memory: MemoryReport
    flash: FlashTable | None
    two_arenas: TwoArenas | None
    host_64_bit: PlanHost | None
    alignment: int
    peak_scope: int
    buffers: list[PlannedBuffer]
    tensor_offsets: dict[str, int]
    scratch: list[list[Scratch]]
    persistent: list[Allocation]
    operators: list[PlanOperator]
    unknown: list[str]
    optimised: PlanSearch | None
    folded: list[str] | None


class SharingPart(Named):
    library: str
    release: str
    build: str


class PlanShared(TypedDict):
    models: list[SharedModel]
    profile: SharingPart
    arena: SharedArena
    two_arenas: TwoArenas | None
    arena_bytes: int
    saved_bytes: int
    ram_bytes: int | None
    flash_bytes: int | None
    provisional: bool
    verdict: ArenaVerdict
    placements: list[str]
    shortfalls: list[str]
    unknown: list[str]
    possible: list[str]
