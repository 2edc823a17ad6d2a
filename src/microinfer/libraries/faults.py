"""Where the firmware itself misbehaves, so that a check and a report can tell.

microinfer computes what the reference kernels compute. Each kernel's rule names a case in which the firmware
would do something else: stop, corrupt its memory, or give other bits. Found by running TFLM 90b983c2 and
CMSIS-NN 4ab83cc3.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..operators.spec import Step, Unmodelled
from .fault import Fault
from .library import KernelLibrary, kernel_library
from .target import DEFAULT_TARGET, Target

__all__ = ["operator_faults", "own_faults"]


def operator_faults(steps: Sequence[Step], library: str, target: Target = DEFAULT_TARGET) -> tuple[str, ...]:
    """One sentence for each fault of an operator's kernel in this library, with its place."""
    value = kernel_library(library)
    return tuple(
        f"{step.node.operator.place}: {step.name}: {fault.text}"
        for step in steps
        if not isinstance(step.geometry, Unmodelled)
        for fault in value.faults(step, target)
    )


def own_faults(library: KernelLibrary, step: Step, target: Target) -> tuple[Fault, ...]:
    """As its `faults`, without the warnings that any kernel may have: all errors are among these."""
    if (kernel := library.kernel(step.name, step.geometry)) is None:
        return ()
    return tuple(library.refused(step)) or tuple(kernel.faults(step, step.geometry, target))
