"""What every tensor holds after a run, beside an interpreter that has its model prepared and planned."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..model.tables import Model
from ..model.whole import makers, whole
from ..operators.spec import Array
from .arena_size import checked_arena_size
from .machine import Machine
from .storage import Storage, preserving

if TYPE_CHECKING:
    from .interpreter import Interpreter

__all__ = ["kept_tensors"]


def kept_tensors(
    interpreter: Interpreter, inputs: Sequence[Array], wanted: Sequence[int] | None = None
) -> tuple[Array | None, ...]:
    """The arrays of all tensors after a first run with these inputs, as an interpreter of the same model and
    settings has them that preserves all tensors; this one is left as it is.

    Args:
        inputs: one array an input, as the model takes them.
        wanted: the tensors that are to hold what they should, by their number; None for all. Operators that
            run after those which make them are neither bound nor run.
    """
    model, plan, steps = interpreter.model, interpreter.plan, interpreter.steps
    size = checked_arena_size(plan, interpreter.library, None)
    storage = preserving(whole(model.subgraphs).graph, plan, interpreter.bits_plan, steps, size)
    last = len(steps) if wanted is None else _enough(model, storage, wanted)
    machine = Machine(model, steps[:last], storage, interpreter.max_turns)
    for index, array in zip(interpreter.subgraph.inputs, inputs, strict=True):
        place = storage.arrays[index]
        assert place is not None
        place[...] = array
    for said in interpreter.overlaps:
        warnings.warn(said, stacklevel=2)
    machine.run()
    return storage.arrays


def _enough(model: Model, storage: Storage, wanted: Sequence[int]) -> int:
    """How many operators, from the first, make these tensors; all where one runs out of order, or where
    tensors share bytes."""
    graph = whole(model.subgraphs).graph
    if len(model.subgraphs) > 1 or storage.starts:
        return len(graph.operators)
    made = makers(graph)
    return max((made[index][-1] + 1 for index in wanted if index in made), default=0)
