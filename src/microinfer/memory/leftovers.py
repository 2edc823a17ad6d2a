"""Bytes of the arena that a kernel leaves as they were: whose they are, and whether anybody can tell.

What the same run wrote there before is known. What lay there before the run is not: TFLM plans and prepares
in the arena that it computes in, and leaves behind what it finds; nor is what a scratch buffer held.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..operators.spec import Step
from ..words.printing import brief
from .byte_ranges import ByteRanges

if TYPE_CHECKING:
    from .plan import MemoryPlan

__all__ = ["untold_leftovers"]


def untold_leftovers(steps: Sequence[Step], inputs: Sequence[int], plan: MemoryPlan) -> tuple[str, ...]:
    """One sentence for each output of which bytes come from before the run, in the order of the steps.

    `inputs`: the model's, by tensor index, which are set before each run.
    """
    if not any(step.geometry.unwritten for step in steps):
        return ()
    known = ByteRanges()
    sizes = {buffer.tensor: buffer.size for buffer in plan.buffers if buffer.tensor is not None}
    offsets = plan.tensor_offsets
    places = {tensor: (offsets[tensor], offsets[tensor] + size) for tensor, size in sizes.items()}
    for index in inputs:
        if index in places:
            known.add(*places[index])
    said = []
    for step, starts, lengths in zip(steps, plan.scratch_offsets, plan.scratch_bytes, strict=True):
        for start, length in zip(starts, lengths, strict=True):
            known.remove(start, start + length)
        untold = 0
        for position, tensor in enumerate(step.node.outputs):
            if tensor.index not in places:
                continue
            begin, end = places[tensor.index]
            kept = list(known.within(begin, end))
            known.add(begin, end)
            for first, behind in step.geometry.unwritten if not position else ():
                first, behind = begin + first, min(begin + behind, end)
                known.remove(first, behind)
                there = [(max(a, first), min(b, behind)) for a, b in kept if a < behind and b > first]
                untold += behind - first - sum(b - a for a, b in there)
                for one in there:
                    known.add(*one)
        if untold:
            output = step.node.outputs[0]
            said.append(
                f"{step.node.operator.place}: {step.name} leaves {untold:,} of the {output.size_bytes:,} "
                f"bytes of {brief(output.name)!r} to chance: they are as they were before the run, or as a "
                "kernel's scratch left them; the bits of the device cannot be told"
            )
    return tuple(said)
