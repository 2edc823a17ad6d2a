"""Where the Arduino library of 2023 stops and TFLM of 2026 runs: operators, and types of others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ...operators.tflm_history import LATER_THAN_2023
from ..fault import fails, without
from ..library import kernel_library

if TYPE_CHECKING:
    from ...operators.spec import Step
    from ..fault import Fault
    from ..kernel import Kernel

NAME = "tflm-arduino"
_later = without(LATER_THAN_2023, "the Arduino library of 2023 has no such operator: AllocateTensors fails")


def refused(step: Step) -> Iterator[Fault]:
    """Why the library's interpreter or kernel stops at an operator that TFLM of 2026 runs."""
    yield from _later(step)
    kernel = kernel_library(NAME).kernels.get(step.name)
    data = next((tensor for tensor in step.node.inputs if tensor is not None), None)
    if kernel is not None and data is not None and data.dtype in kernel.lacks:
        yield fails(f"Invoke fails: the Arduino library of 2023 has no {step.name} of {data.dtype}")


def lacking(row: Kernel, *dtypes: str) -> Kernel:
    """A row whose kernel stops at these types of its data, as each did on an emulated Cortex-M4."""
    return replace(row, lacks=frozenset(dtypes))
