"""What every tensor holds after a run, beside an interpreter that has its model prepared and planned."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..model.whole import whole
from ..operators.spec import Array
from .arena_size import checked_arena_size
from .machine import Machine
from .storage import preserving

if TYPE_CHECKING:
    from .interpreter import Interpreter

__all__ = ["kept_tensors"]


def kept_tensors(interpreter: Interpreter, inputs: Sequence[Array]) -> tuple[Array | None, ...]:
    """The arrays of all tensors after a first run with these inputs, as an interpreter of the same model and
    settings has them that preserves all tensors; this one is left as it is.

    Args:
        inputs: one array an input, as the model takes them.
    """
    model, plan, steps = interpreter.model, interpreter.plan, interpreter.steps
    size = checked_arena_size(plan, interpreter.library, None)
    storage = preserving(whole(model.subgraphs).graph, plan, interpreter.bits_plan, steps, size)
    machine = Machine(model, steps, storage, interpreter.max_turns)
    for index, array in zip(interpreter.subgraph.inputs, inputs, strict=True):
        place = storage.arrays[index]
        assert place is not None
        place[...] = array
    for said in interpreter.overlaps:
        warnings.warn(said, stacklevel=2)
    machine.run()
    return storage.arrays
