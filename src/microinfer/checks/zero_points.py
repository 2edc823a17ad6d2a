"""The rule about zero points that their type does not hold."""

from __future__ import annotations

from collections.abc import Iterator

from ..operators.far_zero_points import far_tensors
from ..operators.quantization import integer_range
from ..operators.registry import row
from .finding import Trouble
from .recipes import FULL_INTEGER
from .rule import rule
from .subject import Subject, label


@rule("far-zero-point", "warning")
def far_zero_point(subject: Subject) -> Iterator[Trouble]:
    """A zero point lies outside the type of its tensor.

    No stored number stands for 0 then, and sums and products may leave 32 bits. TFLM does not look: its
    reference kernels compute all the same, and what overflows wraps, as compilers make it. `run` gives these
    bits. No converter writes it: a tool changed the file, or bits of it flipped.
    """
    for step in subject.steps:
        spec = row(step.name)
        found = far_tensors(step.node)
        if not found or spec is None or spec.moves is not None:
            continue
        where, tensor = found[0]
        held = "int8" if tensor.dtype == "int4" else tensor.dtype
        low, high = integer_range(held)
        yield Trouble(
            step.node.operator.place,
            f"{where} ({tensor.name!r}) of {label(step.node.operator)} has zero point {tensor.zero_point}, "
            f"outside {held}, {low} to {high}: nothing stored there stands for 0; TFLM runs",
            "quantise anew; the file was changed after its converter",
            FULL_INTEGER,
        )
