"""Rules about TFLM's own faults: where the firmware would do something else than its specification."""

from __future__ import annotations

from collections.abc import Iterator

from ..tflm_faults import operator_fault
from .finding import Trouble
from .rule import rule
from .subject import Subject

_OTHER = {"tflm-reference": "CMSIS-NN", "tflm-cmsis-nn": "the reference kernel"}


@rule("tflm-fault", "warning")
def tflm_fault(subject: Subject) -> Iterator[Trouble]:
    """The kernel that would run an operator is known to misbehave in this case.

    It stops, leaves its output unwritten, or gives other bits than the reference. Found by running TFLM and
    CMSIS-NN on a Cortex-M4. microinfer computes what the reference computes, so the device would differ.
    """
    for step in subject.steps:
        said = operator_fault(step, subject.library)
        if said is not None:
            other = _OTHER.get(subject.library, "another kernel")
            yield Trouble(
                step.node.operator.place,
                f"{step.name}: {said}",
                f"change the layer, or register {other} for this operator",
                certain=False,
            )
