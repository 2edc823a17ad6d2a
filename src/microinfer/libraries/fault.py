"""A case in which the firmware's kernel does something else than what microinfer computes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from typing import Literal

from ..errors import Reason
from ..operators.spec import Step
from ..words.dataclass import dataclass

__all__ = ["Fault", "fails", "many_dimensions", "nothing_refused", "other_bits", "without"]

MOST_DIMENSIONS = 6
"""What a RuntimeShape of TFLM has room for."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`severity`: an error where the kernel stops, writes outside its memory or leaves its output unwritten,
    a warning where it gives other bits. `certain`: whatever the data are, and in the first run, too. A remedy
    goes by `reason`."""

    severity: Literal["error", "warning"]
    text: str
    certain: bool = True
    reason: Reason = Reason.OTHER


def fails(text: str) -> Fault:
    return Fault("error", text)


def other_bits(text: str, certain: bool = True) -> Fault:
    return Fault("warning", f"{text}; microinfer gives the reference's bits", certain)


def many_dimensions(step: Step) -> Iterator[Fault]:
    """What becomes of tensors of more dimensions than the shapes of TFLM's kernels have room for."""
    tensors = [tensor for tensor in (*step.node.inputs, *step.node.outputs) if tensor is not None]
    rank = max((len(tensor.shape) for tensor in tensors), default=0)
    if rank > MOST_DIMENSIONS:
        yield Fault(
            "warning",
            f"a tensor has {rank} dimensions, the shapes of TFLM's kernels have room for {MOST_DIMENSIONS}: "
            f"a debug build stops, another writes {4 * (rank - MOST_DIMENSIONS)} bytes behind the shape, on "
            "the stack; lay dimensions together",
            certain=False,
        )


def without(operators: Set[str], said: str) -> Callable[[Step], tuple[Fault, ...]]:
    """What a library says of operators that it lacks, whatever their types."""

    def refused(step: Step) -> tuple[Fault, ...]:
        return (fails(said),) if step.name in operators else ()

    return refused


def nothing_refused(step: Step) -> tuple[Fault, ...]:
    """Of a library that has what TFLM has."""
    return ()
