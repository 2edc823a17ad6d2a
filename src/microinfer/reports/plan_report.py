"""The tensor arena of a model on a part: TFLM's plan, a better one if asked for, and whether it fits."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar

from ..builder.folded_file import write_folded
from ..deploy.deployment import deploy
from ..deploy.flash_table import FlashTable, flash_table
from ..deploy.other_plans import host_plan, with_better_plan
from ..deploy.verdict import MemoryReport
from ..libraries.build import build_words
from ..memory.optimise import OptimisedPlan
from ..memory.plan import MemoryPlan
from ..memory.recording import Recording
from ..memory.sharing import TwoArenas, split
from ..model.read import load
from ..model.tables import Model
from ..operators.folding import fold
from ..operators.release import Release
from ..parts.profile import Profile
from ..words.dataclass import dataclass
from ..words.result import Result, Summary, plain

__all__ = ["Folded", "PlanReport", "make_plan_report", "recorded"]


@dataclass(frozen=True, slots=True)
class Folded:
    """The file without the operators that were computed, None where none were, and their names."""

    data: bytes | None
    operators: tuple[str, ...]

    @classmethod
    def of(cls, model: Model) -> Folded:
        """Compute now what hangs on shapes or constants alone."""
        left = {operator.index for operator in fold(model).subgraphs[0].operators}
        gone = tuple(one.name for one in model.subgraphs[0].operators if one.index not in left)
        return cls(write_folded(model) if gone else None, gone)

    def describe(self) -> str:
        if not self.operators:
            return "nothing folds: no operator hangs on shapes or constants alone"
        counts = {name: self.operators.count(name) for name in self.operators}
        each = ", ".join(f"{name}{f' ({count})' if count > 1 else ''}" for name, count in counts.items())
        return f"folded: {each}; the outputs stay the same to the bit"


@dataclass(frozen=True, slots=True, repr=False)
class PlanReport(Result):
    """`plan` holds for `model`, whose operators run in the order of `operators`.

    `host` is the plan of the pip package tflite-micro on a 64-bit host, None where it has none. `folded` and
    `better` are None unless asked for.
    """

    schema: ClassVar[str] = "microinfer.plan/1"

    model: Model
    part: Profile
    library: str
    release: str
    build: str
    operators: tuple[str, ...]
    plan: MemoryPlan
    host: MemoryPlan | None
    memory: MemoryReport
    folded: Folded | None
    better: OptimisedPlan | None
    flash: FlashTable | None

    @property
    def gained(self) -> bytes | None:
        """The file with the better plan, or without the folded operators; None where nothing is gained."""
        if self.better is not None and self.better.gained:
            return self.better.data
        return self.folded.data if self.folded is not None else None

    @property
    def two_arenas(self) -> TwoArenas | None:
        """The smallest pair of arenas, None for a generated program or where demands are not known."""
        return split([self.plan])

    @property
    def say_two_arenas(self) -> str:
        """These in words, "" where there are none."""
        two = self.two_arenas
        if two is None:
            return ""
        return (
            f"in two arenas (MicroAllocator::Create with two buffers): {two.persistent_bytes:,} bytes that "
            f"stay, {two.non_persistent_bytes:,} that take turns"
        )

    def summary(self) -> Summary:
        """Verdict and bytes."""
        memory = self.memory
        rows = [
            ("fits", memory.verdict),
            ("smallest arena", f"{memory.min_arena_bytes:,} bytes"),
            ("arena_used_bytes()", f"{memory.arena_used_bytes:,}"),
            ("head", f"{memory.head_bytes:,} bytes"),
            ("tail", f"{memory.tail_bytes:,} bytes"),
        ]
        rows += [("", one.describe()) for one in (self.folded, self.better) if one is not None]
        rows += [("", sentence) for sentence in memory.shortfalls or memory.placements]
        return Summary(
            f"{self.model.name} on {self.part.name} with {self.library} kernels at {build_words(self.build)}",
            tuple(rows),
        )

    def to_dict(self) -> dict[str, Any]:
        """The plan buffer by buffer and operator by operator."""
        plan, model = self.plan, self.model
        return {
            "schema": self.schema,
            "model": {"name": model.name, "sha256": model.sha256, "bytes": model.size_bytes},
            "profile": {
                "name": self.part.name,
                "core": self.part.core,
                "library": plan.library,
                "release": self.release,
                "build": self.build,
            },
            "memory": plain(self.memory),
            "flash": plain(self.flash),
            "two_arenas": plain(self.two_arenas),
            "host_64_bit": None if self.host is None else _host(self.host),
            "alignment": plan.alignment,
            "peak_scope": plan.peak_scope,
            "buffers": plain(plan.buffers),
            "tensor_offsets": {str(index): offset for index, offset in sorted(plan.tensor_offsets.items())},
            "scratch": [
                [{"bytes": size, "offset": offset} for size, offset in zip(sizes, offsets, strict=True)]
                for sizes, offsets in zip(plan.scratch_bytes, plan.scratch_offsets, strict=True)
            ],
            "persistent": plain(plan.allocations),
            "operators": list(_operators(plan, self.operators)),
            "unknown": list(plan.unknown),
            "optimised": None if self.better is None else _search(self.better),
            "folded": None if self.folded is None else list(self.folded.operators),
        }


def make_plan_report(
    model: Model,
    part: Profile,
    library: str | None = None,
    *,
    release: str | Release | None = None,
    arena_size: int | None = None,
    folds: bool = False,
    optimises: bool = False,
) -> PlanReport:
    """Plan a model's arena, of `arena_size` bytes or the smallest that works.

    Args:
        release: of TFLM; default that of the truth files.
        folds: compute first what hangs on shapes or constants alone.
        optimises: search for a better plan than TFLM's own.

    Raises:
        ModelError: the model cannot be planned, or not be optimised for want of an operator.
        InputError: no such library or release.
    """
    folded = Folded.of(model) if folds else None
    if folded is not None and folded.data is not None:
        model = dataclasses.replace(load(folded.data), name=model.name)
    at = deploy(model, part, library, release)
    better = None
    if optimises:
        better, at = with_better_plan(at)
    plan = at.plan
    memory = at.memory_in(plan.least_arena_bytes if arena_size is None else arena_size)
    operators = tuple(step.name for step in at.steps)
    return PlanReport(
        at.model,
        part,
        at.library,
        at.release.title,
        str(part.build),
        operators,
        plan,
        host_plan(at),
        memory,
        folded,
        better,
        flash_table(at, memory.stored_bytes),
    )


def recorded(host: MemoryPlan) -> Recording:
    """What the recording interpreter of the pip package says."""
    assert host.recording is not None, "a generated program has no host plan"
    return host.recording


def _host(host: MemoryPlan) -> dict[str, Any]:
    said = recorded(host)
    return {
        "layout": host.layout,
        "library": host.library,
        "interpreter": "RecordingMicroInterpreter",
        "arena_used_bytes": said.arena_used_bytes,
        "head_bytes": said.head,
        "tail_bytes": said.tail,
        "min_arena_bytes": said.min_arena_bytes,
    }


def _search(better: OptimisedPlan) -> dict[str, Any]:
    return {
        "saved_bytes": better.saved_bytes,
        "gained": better.gained,
        "greedy_head_bytes": better.greedy.head_bytes,
        "greedy_min_arena_bytes": better.greedy.min_arena_bytes,
        "bound_bytes": better.bound_bytes,
        "order": list(better.order),
        "description": better.describe(),
    }


def _operators(plan: MemoryPlan, operators: Sequence[str]) -> list[dict[str, Any]]:
    """Scope by scope, the graph's inputs first, if they live in the arena at all."""
    return [
        {
            "index": step,
            "operator": "inputs" if step < 0 else operators[step],
            "live_bytes": said.live_bytes,
            "top_bytes": said.top_bytes,
        }
        for scope, (step, said) in enumerate(zip(plan.scope_steps, plan.occupancy, strict=True))
        if scope or plan.tenants(0)
    ]
