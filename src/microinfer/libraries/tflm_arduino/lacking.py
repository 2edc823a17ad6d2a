"""What the Arduino library of 2023 lacks: operators, and types of operators that it has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..fault import fails

if TYPE_CHECKING:
    from ...operators.spec import Step
    from ..fault import Fault
    from ..kernel import Kernel
    from ..target import Target

OPERATORS = frozenset(
    {
        "BATCH_MATMUL",
        "DELAY",
        "DYNAMIC_UPDATE_SLICE",
        "EMBEDDING_LOOKUP",
        "REDUCE_ALL",
        "REDUCE_MIN",
        "REVERSE_V2",
        "SignalDelay",
        "SignalEnergy",
        "SignalFftAutoScale",
        "SignalFilterBank",
        "SignalFilterBankLog",
        "SignalFilterBankSpectralSubtraction",
        "SignalFilterBankSquareRoot",
        "SignalFramer",
        "SignalIrfft",
        "SignalOverlapAdd",
        "SignalPCAN",
        "SignalRfft",
        "SignalStacker",
        "SignalWindow",
        "TFLM_DECODE",
    }
)
"""Operators of 2026 that its AllOpsResolver does not register, and that are not among its sources."""


def refused(step: Step) -> Iterator[Fault]:
    """Why the library's interpreter or kernel stops at an operator that TFLM of 2026 runs."""
    if step.name in OPERATORS:
        yield fails("the Arduino library of 2023 has no such operator: AllocateTensors fails")


def lacking(row: Kernel, *dtypes: str) -> Kernel:
    """A row whose kernel stops at these types of its data, as each did on an emulated Cortex-M4."""

    def faults(step: Step, geometry: Any, target: Target) -> Iterator[Fault]:
        data = next((tensor for tensor in step.node.inputs if tensor is not None), None)
        if data is not None and data.dtype in dtypes:
            yield fails(f"Invoke fails: the Arduino library of 2023 has no {step.name} of {data.dtype}")
        else:
            yield from row.faults(step, geometry, target)

    return replace(row, faults=faults)
