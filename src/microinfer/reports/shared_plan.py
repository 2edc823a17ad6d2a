"""Several models of one firmware, one interpreter each, that share an allocator: one arena, or two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, TypeAlias

from ..deploy.deployment import Deployment, deploy
from ..deploy.verdict import Holds, judged, may_exceed, told_apart_memories
from ..errors import InputError
from ..libraries.code_size import further_models
from ..libraries.library import kernel_library
from ..memory.sharing import SharedArena, TwoArenas, share, split
from ..model.tables import Model
from ..operators.release import Release
from ..parts.placement import needs_of, place_in_memories
from ..parts.profile import Profile
from ..words.dataclass import dataclass
from ..words.result import Result, Summary, plain

__all__ = ["SharedModel", "SharedPlan", "make_shared_plan"]

ArenaVerdict: TypeAlias = Holds


@dataclass(frozen=True, slots=True)
class SharedModel:
    """Bytes: the smallest arena of a model alone, its head, and what it adds to the shared tail."""

    name: str
    sha256: str
    alone_bytes: int
    head_bytes: int
    tail_bytes: int


@dataclass(frozen=True, slots=True, repr=False)
class SharedPlan(Result):
    """Models in the order in which their interpreters call AllocateTensors.

    `arena` is one arena for all, `arena_bytes` the one that was given, `two_arenas` the smallest pair of
    buffers of MicroAllocator::Create, None where an operator's demands are not known. `saved_bytes` are what
    one arena takes less than one a model. RAM and flash are of the whole firmware, with the code of all
    operators once, and an interpreter a model.
    """

    schema: ClassVar[str] = "microinfer.plan-shared/1"

    models: tuple[SharedModel, ...]
    profile: str
    library: str
    release: str
    build: str
    arena: SharedArena
    two_arenas: TwoArenas | None
    arena_bytes: int
    saved_bytes: int
    ram_bytes: int | None
    flash_bytes: int | None
    provisional: bool
    verdict: ArenaVerdict
    placements: tuple[str, ...]
    shortfalls: tuple[str, ...]
    unknown: tuple[str, ...]
    possible: tuple[str, ...]

    def summary(self) -> Summary:
        """A row a model, and the sum."""
        rows = [
            (model.name, f"{model.alone_bytes:,}", f"{model.head_bytes:,}", f"{model.tail_bytes:,}")
            for model in self.models
        ]
        rows.append(
            ("one arena", f"{self.arena.min_arena_bytes:,}", f"{self.arena.head_bytes:,}",
             f"{self.arena.tail_bytes:,}")
        )  # fmt: skip
        title = (
            f"{len(self.models)} models in one arena on {self.profile} with {self.library}: {self.verdict}"
        )
        return Summary(title, tuple(rows), ("model", "arena", "head", "tail"))

    def to_dict(self) -> dict[str, Any]:
        """The fields, the profile as in other plans."""
        content = plain(self)
        part = {"name": content.pop("profile")}
        part |= {key: content.pop(key) for key in ("library", "release", "build")}
        return {"schema": self.schema, "models": content.pop("models"), "profile": part, **content}


def make_shared_plan(
    models: Sequence[Model],
    part: Profile,
    library: str | None = None,
    *,
    release: str | Release | None = None,
    arena_size: int | None = None,
) -> SharedPlan:
    """Plan one arena for models that are allocated in this order and run in turns.

    Raises:
        FormatError: a file's own memory plan does not fit it.
        InputError: no such library or release, or one that generates a program a model.
    """
    deployments = [deploy(model, part, library, release) for model in models]
    first = deployments[0]
    plans = [each.plan for each in deployments]
    arena = share(plans)
    if arena is None:
        raise InputError(
            f"{first.library} generates a program a model, each with an arena of its own: to share an arena "
            "takes a library of TFLM's, such as --library tflm-reference"
        )
    size = arena.min_arena_bytes if arena_size is None else arena_size
    unknown = tuple(dict.fromkeys(name for plan in plans for name in plan.unknown))
    together = replace(
        plans[0], operators=tuple(one for plan in plans for one in plan.operators), unknown=unknown
    )
    stored = sum(each.stored_bytes for each in deployments)
    needs = needs_of(together, part, size, stored, kernel_library(first.library).stored)
    code, globals_bytes = further_models(kernel_library(first.library).tables, len(models))
    needs = replace(
        needs,
        code_bytes=None if needs.code_bytes is None else needs.code_bytes + code,
        globals_bytes=None if needs.globals_bytes is None else needs.globals_bytes + globals_bytes,
    )
    placed = place_in_memories(part, needs)
    short, doubts = told_apart_memories(part, needs, placed)
    shortfalls = [*_refused(deployments), *short]
    if size < arena.min_arena_bytes:
        least = f"{arena.min_arena_bytes:,} {'are the least' if unknown else 'work'}"
        missing = arena.min_arena_bytes - size
        shortfalls.insert(0, f"an arena of {size:,} bytes is too small by {missing:,}: {least}")
    possible = may_exceed(needs, placed, needs.above_flash(kernel_library(first.library).firmware_bytes))
    open_questions = (*needs.ram_unknown, *needs.flash_unknown, *doubts)
    return SharedPlan(
        models=tuple(
            SharedModel(each.common.model.name, each.common.model.sha256, plan.least_arena_bytes, head, tail)
            for each, plan, head, tail in zip(deployments, plans, arena.heads, arena.tails, strict=True)
        ),
        profile=part.name,
        library=first.library,
        release=first.release.title,
        build=str(part.build),
        arena=arena,
        two_arenas=split(plans),
        arena_bytes=size,
        saved_bytes=sum(plan.least_arena_bytes for plan in plans) - arena.min_arena_bytes,
        ram_bytes=needs.ram_bytes,
        flash_bytes=needs.flash_bytes,
        provisional=needs.provisional or any(plan.provisional for plan in plans),
        verdict=judged(shortfalls, open_questions, possible),
        possible=possible,
        placements=placed.sentences,
        shortfalls=tuple(shortfalls),
        unknown=open_questions,
    )


def _refused(deployments: Sequence[Deployment]) -> list[str]:
    """What certainly keeps a model from running, whatever the arena."""
    return [
        f"{each.common.model.name}: {said}"
        for each in deployments
        for said in (*each.refused, *each.stopped, *each.overlaps)
    ]
