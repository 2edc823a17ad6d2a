"""Whether a library whose kernels are fewer than TFLM's has one for every operator, and a part reaches all
that they read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import UnsupportedError
from ..libraries.library import kernel_library
from ..libraries.near_flash import constant_sizes, unreached
from ..operators.spec import Step
from ..words.dataclass import dataclass

if TYPE_CHECKING:
    from ..memory.plan import MemoryPlan

__all__ = ["Lowering", "lower_all", "missing_kernels"]


@dataclass(frozen=True, slots=True, eq=False)
class Lowering:
    """Operators as calls of kernels: the first that has none, in words, "" where all have one, and the bytes
    of every constant that an operator reads. It hangs on the library and on what has a home in the arena, not
    on where that is."""

    refused: str
    constants: tuple[tuple[Step, tuple[int, ...]], ...] = ()


def lower_all(steps: Sequence[Step], plan: MemoryPlan) -> Lowering:
    """What the plan's library makes of its operators; nothing where an interpreter calls the kernels."""
    library = kernel_library(plan.library)
    if library.interprets or not steps:
        return Lowering("")
    if unmodelled := plan.unmodelled:
        return Lowering(f"{unmodelled[0]}: {library.name} has no kernel for it, or for its types")
    found = []
    for step, homes in zip(steps, plan.homes, strict=True):
        try:
            found.append(constant_sizes(library.lower(step, homes)))
        except UnsupportedError as error:
            return Lowering(str(error).partition("; ")[0])
    return Lowering("", tuple(found))


def missing_kernels(lowering: Lowering, pointer_bytes: int, flash_bytes: int) -> tuple[str, ...]:
    """The first operator that cannot run with such pointers on a part with so much flash, in words."""
    if lowering.refused:
        return (lowering.refused,)
    beyond = unreached(lowering.constants, pointer_bytes, flash_bytes)
    return tuple(f"{step.node.operator.place}: {step.name}: {said}" for step, said in beyond)
