"""Whether a part can hold a model: what the firmware needs beside what there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from ..libraries.library import as_run, kernel_library
from ..memory.overlaps import find_overlaps
from ..model.tables import Model
from ..model.whole import whole
from ..parts.memories import NO_FRAMEWORK
from ..parts.placement import Needs, Verdict, needs_of, place_in_memories
from ..parts.profile import Profile
from ..words.dataclass import dataclass, replace

if TYPE_CHECKING:
    from ..memory.plan import MemoryPlan

__all__ = [
    "WORSE",
    "Holds",
    "MemoryReport",
    "judge_memory",
    "judged",
    "may_exceed",
    "stored_bytes",
    "told_apart_memories",
    "weights_bytes",
]

Holds: TypeAlias = Literal["yes", "perhaps", "cannot-tell", "no"]
"""Whether a part holds a model. perhaps: the smallest program fits, and with what boards' own firmware adds
to it may not. cannot-tell: something that decides is not known."""
WORSE: tuple[Holds, ...] = ("yes", "perhaps", "cannot-tell", "no")
"""From good to bad."""


@dataclass(frozen=True, slots=True)
class MemoryReport:
    """Bytes. `min_arena_bytes` is the smallest arena that works, to the byte, `recommended_arena_bytes` the
    multiple of its alignment to use, `arena_bytes` the one that was given.

    `weights_bytes` are the constants, with bare-c those that it lays out, tables and parameters among them.
    `ram_bytes` and `flash_bytes` are what the whole firmware needs, None where that is not known;
    `part_...` is what the part has on its chip, and outside where the arena lies there;
    `lower_bound_bytes` what no plan of the head can go below, `layout`
    the firmware whose sizes these are. `fits` rests on what `counted` names; `shortfalls` says why not, and
    `unknown` what decides and is not known: the arena's bytes are then the least that it can be, and the
    `verdict`, if nothing is short, is "cannot-tell".
    `placements` says which memory takes what and how much is left there; `provisional`: code or stack
    were not measured for this core or these operators, or the arena's structures not for this release.
    `arena_unknown`: an operator's demands are missing in the arena, whose bytes are then the least.
    `flash_high_bytes` is `flash_bytes` with what boards' own firmware adds at the most, `ram_high_bytes` is
    `ram_bytes` with the most that was seen of a framework. `ram_room_bytes` has the memory that takes all of
    the RAM's, where one does or could, else the part.
    `possible` says what may be too much where the verdict is "perhaps".
    `resource_variables` are how many the model has, and `resource_bytes` what they take of the tail.
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
    code_bytes: int | None = None
    stack_bytes: int | None = None
    globals_bytes: int | None = None
    provisional: bool = False
    placements: tuple[str, ...] = ()
    recommended_arena_bytes: int = 0
    unknown: tuple[str, ...] = ()
    verdict: Holds = "yes"
    resource_variables: int = 0
    resource_bytes: int = 0
    flash_high_bytes: int | None = None
    arena_unknown: bool = False
    framework: str = ""
    framework_ram_bytes: int = 0
    framework_flash_bytes: int = 0
    possible: tuple[str, ...] = ()
    ram_high_bytes: int | None = None
    ram_room_bytes: int = 0

    @property
    def doubts(self) -> tuple[str, ...]:
        """What decides and is not known, or what may be too much."""
        return self.unknown or self.possible

    @property
    def say_firmware(self) -> str:
        """What becomes of the bytes of flash with boards' own firmware, in words; "" where that adds none."""
        if self.flash_bytes is None or self.flash_high_bytes in (None, self.flash_bytes):
            return ""
        over = "" if (self.flash_high_bytes or 0) <= self.part_flash_bytes else ", more than there is"
        return f"; flash up to {self.flash_high_bytes:,} with what boards' own firmware adds{over}"

    @property
    def say_variables(self) -> str:
        """How many resource variables the firmware has to make room for, in words; "" for none."""
        if not self.resource_variables:
            return ""
        many = "variable" if self.resource_variables == 1 else "variables"
        return (
            f"{self.resource_variables} resource {many} of {self.resource_bytes:,} bytes in all; the "
            f"interpreter is given MicroResourceVariables::Create(allocator, {self.resource_variables})"
        )

    @property
    def stored_bytes(self) -> int:
        """What flash holds of the model."""
        return self.weights_bytes if "weights" in self.counted else self.model_bytes


def stored_bytes(model: Model, library: str, plan: MemoryPlan | None) -> int:
    """What flash holds of a model: its whole file, or weights, tables and parameters of a generated program.

    Without a whole plan, the weights alone: the rest hangs on the operators' geometry.
    """
    value = kernel_library(library)
    if not value.interprets and (plan is None or plan.unmodelled):
        return weights_bytes(model)
    return value.stored_bytes(as_run(model, library), () if plan is None else plan.operators)


def weights_bytes(model: Model) -> int:
    """Constants, each buffer of the file once."""
    sizes: dict[int, int] = {}
    for subgraph in model.subgraphs:
        for tensor in subgraph.tensors:
            if tensor.stored is not None:
                sizes[tensor.buffer or -1 - tensor.index] = tensor.size_bytes
    return sum(sizes.values())


def judge_memory(
    model: Model,
    plan: MemoryPlan,
    profile: Profile,
    arena_bytes: int,
    refused: Sequence[str] = (),
) -> MemoryReport:
    """Hold a plan, in an arena of `arena_bytes`, against the memories of a part.

    What was `refused`, in words, is a shortfall, too, such as a kernel that the library lacks: no firmware
    could be linked.
    """
    stored = stored_bytes(model, plan.library, plan)
    library = kernel_library(plan.library)
    what, weights = library.stored, weights_bytes(model) if library.interprets else stored
    needs = needs_of(plan, profile, arena_bytes, stored, what)
    verdict = place_in_memories(profile, needs)
    operators = whole(model.subgraphs).graph.operators
    laid_over = [found.describe(operators) for found in find_overlaps(model, plan)]
    short, doubts = told_apart_memories(profile, needs, verdict)
    unknown = (*needs.ram_unknown, *needs.flash_unknown, *doubts)
    possible = may_exceed(needs, verdict, needs.above_flash(library.firmware_bytes))
    shortfalls = [*refused, *laid_over, *short]
    in_ram = [one for one in verdict.placements if not one.is_flash]
    part_ram = profile.ram_bytes + _outside_bytes(profile, verdict)
    if arena_bytes < plan.least_arena_bytes:
        missing = plan.least_arena_bytes - arena_bytes
        least = f"{plan.least_arena_bytes:,} "
        least += "are the least" if plan.unknown else f"work{plan.say_recommended()}"
        shortfalls.insert(
            0,
            f"an arena of {arena_bytes:,} bytes is too small by {missing:,}: {least}",
        )
    return MemoryReport(
        arena_used_bytes=plan.arena_used_bytes,
        head_bytes=plan.head_bytes,
        tail_bytes=plan.tail_bytes,
        min_arena_bytes=plan.least_arena_bytes,
        lower_bound_bytes=plan.lower_bound_bytes,
        arena_bytes=arena_bytes,
        model_bytes=model.size_bytes,
        weights_bytes=weights,
        ram_bytes=needs.ram_bytes,
        flash_bytes=needs.flash_bytes,
        part_ram_bytes=part_ram,
        part_flash_bytes=profile.flash_bytes,
        layout=plan.layout,
        fits=not shortfalls and not unknown,
        counted=verdict.counted,
        shortfalls=tuple(shortfalls),
        code_bytes=needs.code_bytes,
        stack_bytes=needs.stack_bytes,
        globals_bytes=needs.globals_bytes,
        provisional=needs.provisional or plan.provisional,
        placements=verdict.sentences,
        unknown=unknown,
        recommended_arena_bytes=plan.recommended_arena_bytes,
        verdict=judged(shortfalls, unknown, possible),
        possible=possible,
        resource_variables=len(plan.resource_places) if library.interprets else 0,
        resource_bytes=sum(size for _, size in plan.resource_places),
        arena_unknown=bool(plan.unknown),
        framework=needs.framework.title,
        framework_ram_bytes=needs.framework.ram_least,
        framework_flash_bytes=needs.framework.flash_least,
        ram_high_bytes=None if needs.ram_bytes is None else needs.ram_bytes + needs.above_ram,
        ram_room_bytes=in_ram[0].bytes + in_ram[0].spare_bytes if len(in_ram) == 1 else part_ram,
        flash_high_bytes=None
        if needs.flash_bytes is None
        else needs.flash_bytes + needs.above_flash(library.firmware_bytes),
    )


def _outside_bytes(profile: Profile, verdict: Verdict) -> int:
    """Of the RAM outside the chip that the arena lies in, if it does."""
    used = {placed.memory for placed in verdict.placements if not placed.is_flash}
    outside = [one for one in profile.memories if one.kind == "external" and one.is_ram and one.name in used]
    return sum(one.usable_bytes for one in outside)


def judged(shortfalls: Sequence[str], unknown: Sequence[str], possible: Sequence[str]) -> Holds:
    """One verdict for all who print one: what is certainly short, not known, or may be too much."""
    return "no" if shortfalls else "cannot-tell" if unknown else "perhaps" if possible else "yes"


def may_exceed(needs: Needs, verdict: Verdict, firmware: int) -> tuple[str, ...]:
    """What may be too much, in words, where the smallest program fits its flash: so many bytes of `firmware`
    that boards add at the most."""
    if needs.flash_bytes is None:
        return ()
    placed = next(one for one in verdict.placements if one.is_flash)
    if not placed.fits or firmware <= placed.spare_bytes:
        return ()
    return (
        f"what boards' own firmware adds to flash may be up to {firmware:,} bytes, {placed.spare_bytes:,} "
        "are to spare",
    )


def told_apart_memories(profile: Profile, needs: Needs, verdict: Verdict) -> tuple[list[str], list[str]]:
    """What certainly does not fit, and what does not by figures alone that were not measured."""
    short = [placement for placement in verdict.placements if not placement.fits]
    if not short:
        return [], _beside_framework(profile, needs)
    exact = replace(needs, framework=NO_FRAMEWORK)
    if needs.provisional:
        exact = replace(exact, code_bytes=None, stack_bytes=None, globals_bytes=None)
    still = {one.is_flash for one in place_in_memories(profile, exact).placements if not one.fits}
    sure = [placement.sentence for placement in short if placement.is_flash in still]
    doubts = [
        f"a measurement of what is provisional ({placement.sentence})"
        for placement in short
        if placement.is_flash not in still
    ]
    return sure, doubts


def _beside_framework(profile: Profile, needs: Needs) -> list[str]:
    """What fits beside a framework that does nothing, and not beside all that were seen."""
    framework = needs.framework
    fuller = replace(needs, framework=replace(framework, ram_least=framework.ram_most))
    return [
        f"what {framework.title} takes of RAM: {framework.ram_least:,} to {framework.ram_most:,} bytes were "
        "seen"
        for one in place_in_memories(profile, fuller).placements
        if not one.fits and not one.is_flash
    ]
