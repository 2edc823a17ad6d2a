"""Where everything goes: model, code, arena, stack and globals among the memories of a part.

The arena is one piece, so it goes whole into one memory: tightly coupled memory if it fits there, else
SRAM, else external RAM. Stack and globals stay on the chip. Model and code go to flash; a model that
does not fit beside the code may go to external flash. External memory is flash where its name says so.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..libraries.library import kernel_library
from ..memory.plan import MemoryPlan
from ..words.dataclass import dataclass, replace
from .memories import NO_FRAMEWORK, Framework, Memory
from .profile import Profile

__all__ = ["Needs", "Placement", "Verdict", "needs_of", "place_in_memories"]


@dataclass(frozen=True, slots=True)
class Needs:
    """Bytes that a firmware needs. None where a figure is not known; it is then left out, and said so.

    `stored` says in words what `stored_bytes` are: TFLM keeps the whole model file in flash, bare-c the
    weights. `provisional`: code or stack were not measured for this core or these operators. `ram_unknown`
    and `flash_unknown` name what nobody knows: then the bytes are a lower bound, and fitting proves nothing.
    `stack_least` bounds a stack that is None. `framework` is what the board's programs are usually built on.
    """

    arena_bytes: int
    stored_bytes: int
    stored: str = "model"
    code_bytes: int | None = None
    stack_bytes: int | None = None
    globals_bytes: int | None = None
    provisional: bool = False
    ram_unknown: tuple[str, ...] = ()
    flash_unknown: tuple[str, ...] = ()
    stack_least: int = 0
    framework: Framework = NO_FRAMEWORK

    @property
    def variables_bytes(self) -> int:
        """All that lies on the chip beside the arena, as far as it is known."""
        return (self.stack_bytes or 0) + (self.globals_bytes or 0) + self.framework.ram_least

    @property
    def program_bytes(self) -> int:
        """All that flash holds beside what is stored of the model, as far as it is known."""
        return (self.code_bytes or 0) + self.framework.flash_least

    def above_flash(self, usual: int) -> int:
        """What flash may take beyond this: the framework's own span, or what firmware usually adds."""
        return self.framework.flash_most - self.framework.flash_least if self.framework.flash_most else usual

    @property
    def above_ram(self) -> int:
        """What RAM may take beyond this."""
        return self.framework.ram_most - self.framework.ram_least

    @property
    def ram_bytes(self) -> int | None:
        if self.stack_bytes is None or self.globals_bytes is None or self.ram_unknown:
            return None
        return self.arena_bytes + self.variables_bytes

    @property
    def flash_bytes(self) -> int | None:
        if self.code_bytes is None or self.flash_unknown:
            return None
        return self.stored_bytes + self.program_bytes


def needs_of(plan: MemoryPlan, profile: Profile, arena_bytes: int, stored_bytes: int, stored: str) -> Needs:
    """What the smallest program around a plan needs: by the tables of code and stack, and the framework."""
    asked = tuple(f"what {name} asks of the arena" for name in plan.unknown)
    library = kernel_library(plan.library)
    operators = plan.distinct_operators if library.interprets else plan.operators
    found = library.image(profile.core, plan.target, operators)
    coded = tuple(f"the code of {name}" for name in found.code_unknown)
    return Needs(
        arena_bytes=arena_bytes,
        stored_bytes=stored_bytes,
        stored=stored,
        code_bytes=found.code_bytes,
        stack_bytes=found.stack_bytes,
        globals_bytes=found.globals_bytes,
        provisional=found.provisional,
        ram_unknown=(*asked, *(("the stack",) if found.stack_bytes is None else ())),
        flash_unknown=coded or (("the code",) if found.code_bytes is None else ()),
        stack_least=found.stack_least if found.stack_bytes is None else 0,
        framework=profile.framework,
    )


@dataclass(frozen=True, slots=True)
class Placement:
    """One thing and the memory it goes to, None where it fits none. `spare_bytes` are left there, or are
    missing where negative. `sentence` says it for a reader. `is_flash`: it is what flash holds, not RAM."""

    what: str
    bytes: int
    memory: str | None
    spare_bytes: int
    sentence: str
    is_flash: bool = False

    @property
    def fits(self) -> bool:
        return self.memory is not None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`placements` of RAM first, then of flash."""

    placements: tuple[Placement, ...]
    counted: tuple[str, ...]

    @property
    def fits(self) -> bool:
        return all(placement.fits for placement in self.placements)

    @property
    def shortfalls(self) -> tuple[str, ...]:
        return tuple(p.sentence for p in self.placements if not p.fits)

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(placement.sentence for placement in self.placements)


def _describe(memory: Memory) -> str:
    kinds = {"tcm": "tightly coupled memory", "external": "external memory"}
    kind = kinds.get(memory.kind)
    return f"{kind} {memory.name!r}" if kind else memory.name


def _both(bytes_: int, words: str, memory: Memory) -> Placement:
    spare = memory.usable_bytes - bytes_
    sentence = (
        f"{words}: {bytes_:,} of {memory.usable_bytes:,} bytes of {_describe(memory)}, {spare:,} to spare"
    )
    return Placement(words, bytes_, memory.name, spare, sentence)


def _nowhere(bytes_: int, words: str, largest: Memory | None, kind: str) -> Placement:
    if largest is None:
        sentence = f"{words}: {bytes_:,} bytes, and the part has no {kind}"
        return Placement(words, bytes_, None, -bytes_, sentence)
    missing = bytes_ - largest.usable_bytes
    sentence = (
        f"{words}: {bytes_:,} bytes exceed the {largest.usable_bytes:,} of {_describe(largest)} "
        f"by {missing:,}"
    )
    return Placement(words, bytes_, None, -missing, sentence)


def _ram(needs: Needs, memories: Sequence[Memory], wanted: str = "") -> list[Placement]:
    """The fastest memory that takes the arena, or the one that is `wanted` for it, while stack and globals
    find room on the chip.

    A framework's linker script lays variables into SRAM.
    """
    variables = needs.variables_bytes
    chip = [m for m in memories if m.kind in {"sram", "tcm"} and m.is_ram]
    outside = [m for m in memories if m.kind == "external" and m.is_ram]
    first = "sram" if needs.framework.ram_least else "tcm"
    fast = sorted(chip, key=lambda m: (m.kind != first, -m.usable_bytes))
    parts = [
        "arena",
        *(["stack"] if needs.stack_bytes else []),
        *(["globals"] if needs.globals_bytes else []),
        *([needs.framework.title] if needs.framework.ram_least else []),
    ]
    together = " + ".join(parts)
    for memory in _among(fast, wanted):
        if memory.kind != first and needs.framework.ram_least:
            continue
        if needs.arena_bytes + variables <= memory.usable_bytes:
            return [_both(needs.arena_bytes + variables, together, memory)]
    everywhere = [*fast, *sorted(outside, key=lambda m: -m.usable_bytes)]
    largest = max(_among(everywhere, wanted) if wanted else chip, key=lambda m: m.usable_bytes, default=None)
    for memory in _among(everywhere, wanted):
        others = [other for other in fast if other is not memory and variables <= other.usable_bytes]
        if needs.arena_bytes <= memory.usable_bytes and others:
            placed = [_both(needs.arena_bytes, "arena", memory)]
            if memory in outside and largest is not None and not wanted:
                beyond = needs.arena_bytes + variables - largest.usable_bytes
                placed[0] = Placement(
                    placed[0].what,
                    placed[0].bytes,
                    placed[0].memory,
                    placed[0].spare_bytes,
                    f"{placed[0].sentence}; on the chip {beyond:,} bytes are missing, and this is slower",
                )
            if variables:
                placed.append(_both(variables, " + ".join(parts[1:]), others[0]))
            return placed
    return [_nowhere(needs.arena_bytes + variables, together, largest, "RAM")]


def _among(memories: Sequence[Memory], wanted: str) -> list[Memory]:
    return [memory for memory in memories if not wanted or memory.name == wanted]


def _flash(needs: Needs, memories: Sequence[Memory]) -> list[Placement]:
    """Model and code together, or the model outside if there is external flash."""
    inside = sorted((m for m in memories if m.kind == "flash"), key=lambda m: -m.usable_bytes)
    outside = [m for m in memories if m.kind == "external" and m.is_flash]
    code = needs.program_bytes
    program = " + ".join(
        [
            *(["code"] if needs.code_bytes else []),
            *([needs.framework.title] if needs.framework.flash_least else []),
        ]
    )
    both = f"{needs.stored} + {program}" if code else needs.stored
    for memory in inside:
        if needs.stored_bytes + code <= memory.usable_bytes:
            return [_both(needs.stored_bytes + code, both, memory)]
    for stored in [*inside, *outside]:
        homes = [m for m in inside if m is not stored and code <= m.usable_bytes]
        if needs.stored_bytes <= stored.usable_bytes and homes:
            placed = [_both(needs.stored_bytes, needs.stored, stored)]
            return [*placed, _both(code, program, homes[0])] if code else placed
    return [_nowhere(needs.stored_bytes + code, both, inside[0] if inside else None, "flash")]


def place_in_memories(profile: Profile, needs: Needs) -> Verdict:
    """Which memory takes what, and by how much each fits or does not."""
    counted = ["arena", needs.stored]
    counted += ["stack"] if needs.stack_bytes is not None else []
    counted += ["globals"] if needs.globals_bytes is not None else []
    counted += ["code"] if needs.code_bytes is not None else []
    counted += [needs.framework.title] if needs.framework.title else []
    flash = (replace(one, is_flash=True) for one in _flash(needs, profile.memories))
    placements = (*_ram(needs, profile.memories, profile.arena), *flash)
    return Verdict(placements, tuple(counted))
