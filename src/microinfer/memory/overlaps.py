"""Buffers that lie over one another while both are in use: what a plan in the file can prescribe.

TFLM believes `OfflineMemoryAllocation` and looks at no overlap, so the device computes with bytes that are
already something else. The greedy planner never does so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..model.tables import ITEM_BYTES, Model, Operator
from ..model.whole import whole
from ..operators.tflm_operators import IN_PLACE
from ..words.dataclass import dataclass
from ..words.printing import brief

if TYPE_CHECKING:
    from .plan import MemoryPlan, PlannedBuffer

__all__ = ["Overlap", "find_overlaps"]


@dataclass(frozen=True, slots=True)
class Overlap:
    """`bytes` that `first`, which was there before, and `second` share while both are in use.

    `step` is the operator that makes the second one, -1 where both are inputs of the model.
    """

    first: PlannedBuffer
    second: PlannedBuffer
    bytes: int
    step: int

    def describe(self, operators: Sequence[Operator]) -> str:
        """In words, with both names, the bytes and the operator."""
        names = [brief(buffer.label) for buffer in (self.first, self.second)]
        maker = "both are inputs of the model"
        if 0 <= self.step < len(operators):
            operator = operators[self.step]
            what = "writes it" if self.second.tensor is not None else "works in it"
            maker = f"operator {operator.index} ({operator.name}) {what}"
        return (
            f"the plan in the file lays {names[1]!r} (bytes {self.second.offset:,} to "
            f"{self.second.offset + self.second.size:,}) over {self.bytes:,} bytes of {names[0]!r} "
            f"({self.first.offset:,} to {self.first.offset + self.first.size:,}) while that is still in use; "
            f"{maker}"
        )


def find_overlaps(model: Model, plan: MemoryPlan) -> tuple[Overlap, ...]:
    """Every pair of buffers that shares bytes and a scope, but for those of an operator that works in place.

    Silent where an element-wise operator's output is exactly where its input is, of the same size and type,
    and the input is not needed any more.
    """
    if not any(buffer.prescribed for buffer in plan.buffers):
        return ()
    return tuple(found for found in _pairs(plan.buffers, plan.scope_steps) if not _in_place(model, found))


def _pairs(buffers: Sequence[PlannedBuffer], steps: Sequence[int]) -> Iterator[Overlap]:
    alive: list[PlannedBuffer] = []
    for buffer in sorted(buffers, key=lambda one: one.first):
        alive = [other for other in alive if other.last >= buffer.first]
        for other in alive:
            low = max(other.offset, buffer.offset)
            shared = min(other.offset + other.size, buffer.offset + buffer.size) - low
            if shared > 0:
                step = steps[buffer.first] if 0 <= buffer.first < len(steps) else -1
                yield Overlap(other, buffer, shared, step)
        alive.append(buffer)


def _in_place(model: Model, found: Overlap) -> bool:
    graph = whole(model.subgraphs).graph
    first, second = found.first, found.second
    if first.tensor is None or second.tensor is None or not 0 <= found.step < len(graph.operators):
        return False
    operator = graph.operators[found.step]
    return (
        operator.name in IN_PLACE
        and first.tensor in operator.inputs
        and second.tensor in operator.outputs
        and (first.offset, first.size) == (second.offset, second.size)
        and ITEM_BYTES.get(graph.tensors[first.tensor].dtype)
        == ITEM_BYTES.get(graph.tensors[second.tensor].dtype)
        and first.last == second.first
    )
