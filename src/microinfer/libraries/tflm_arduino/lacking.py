"""What the Arduino library of 2023 lacks: operators, and types of operators that it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..fault import fails

if TYPE_CHECKING:
    from ...operators.spec import Step
    from ..fault import Fault

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
TYPES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "ADD": frozenset({"int32"}),
        "MAXIMUM": frozenset({"int16"}),
        "MINIMUM": frozenset({"int16"}),
        "PACK": frozenset({"int16"}),
        "PRELU": frozenset({"int16"}),
        "RELU": frozenset({"int16"}),
        "RELU6": frozenset({"int16"}),
        "SLICE": frozenset({"bool"}),
        "SUB": frozenset({"int32"}),
        "TRANSPOSE": frozenset({"int16"}),
        "UNPACK": frozenset({"int16"}),
    }
)
"""Types of the data at which its kernels stop, each run on an emulated Cortex-M4."""


def refused(step: Step) -> Iterator[Fault]:
    """Why the library's interpreter or kernel stops at an operator that TFLM of 2026 runs."""
    if step.name in OPERATORS:
        yield fails("the Arduino library of 2023 has no such operator: AllocateTensors fails")
        return
    data = next((tensor for tensor in step.node.inputs if tensor is not None), None)
    if data is not None and data.dtype in TYPES.get(step.name, ()):
        yield fails(f"Invoke fails: the Arduino library of 2023 has no {data.dtype} kernel of {step.name}")
