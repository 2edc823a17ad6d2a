"""What every export has: a golden input, and a memory that its arena lies in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from ..errors import InputError
from ..parts.placement import needs_of, place_in_memories
from ..run.inputs import patterned
from ..run.interpreter import Interpreter

__all__ = ["memory_apart", "set_golden"]


def set_golden(interpreter: Interpreter, inputs: Sequence[NDArray[Any]] | None) -> str:
    """Set every input, to the pattern called 1 where none are given; says where they came from.

    Raises:
        InputError: the inputs do not fit the model.
    """
    indices = interpreter.subgraph.inputs
    if inputs is not None and len(inputs) != len(indices):
        raise InputError(f"got {len(inputs)} golden inputs, the model has {len(indices)}")
    for index, value in zip(indices, patterned(interpreter) if inputs is None else inputs, strict=True):
        interpreter.set_tensor(index, value)
    return "Pattern 1 of microinfer.run.patterns." if inputs is None else "Given by the caller."


def memory_apart(interpreter: Interpreter) -> str:
    """The memory that the arena was laid into where stack and globals lie in another one, else "": only a
    firmware's own words lay an array elsewhere than all others."""
    plan, part = interpreter.plan, interpreter.profile
    needs = needs_of(plan, part, plan.recommended_arena_bytes, 0, "model")
    ram = [one for one in place_in_memories(part, needs).placements if not one.is_flash]
    kinds = {memory.name: memory.kind for memory in part.memories}
    arena = ram[0]
    apart = arena.what == "arena" and (len(ram) > 1 or kinds.get(arena.memory or "") == "external")
    return arena.memory or "" if apart else ""
