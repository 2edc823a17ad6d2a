"""What CMSIS-NN does of types other than int8: it has kernels of int16, and none of real numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..fault import fails
from ..templates import typed

if TYPE_CHECKING:
    from ...operators.spec import Step
    from ..fault import Fault


def other_type(dtype: str, kernel: str) -> str:
    """CMSIS-NN's kernel for int16; of real numbers the reference's runs."""
    return f"{kernel}_s16" if dtype == "int16" else typed("reference", dtype)


def zero_point_faults(step: Step, dtype: str) -> Iterator[Fault]:
    """CMSIS-NN's int16 kernels are symmetric, and TFLM's glue asks for that; the reference does not."""
    if dtype != "int16":
        return
    first, result = step.node.inputs[0], step.node.outputs[0]
    if first is not None and (first.zero_point or result.zero_point):
        yield fails(
            f"AllocateTensors fails: TFLM's glue for CMSIS-NN wants zero points of 0 in an int16 "
            f"{step.name}, which the reference does not ask for"
        )
