"""Rules about TFLM's own faults: where the firmware would do something else than its specification."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import Reason
from ..libraries.library import kernel_libraries, kernel_library
from .advice import Advice, fixed_batch
from .finding import Trouble
from .rule import rule
from .subject import Subject


@rule("tflm-fault", "warning")
def tflm_fault(subject: Subject) -> Iterator[Trouble]:
    """The kernel that would run an operator is known to misbehave in this case.

    An error where it stops, writes outside its memory or leaves its output unwritten; a warning where it
    gives other bits than the reference. Found by running TFLM and CMSIS-NN. microinfer computes what the
    reference computes, so the device would differ.
    """
    library = kernel_library(subject.library)
    target = subject.profile.target
    bases = [library.base, library.base.base if library.base is not None else None]
    others = [one for one in (*bases, *kernel_libraries()) if one is not None and one.interprets]
    for step in subject.steps:
        for fault in library.faults(step, target):
            sound = (one.title for one in others if one is not library and not [*one.faults(step, target)])
            other = next(sound, "another kernel")
            advice = (
                fixed_batch(subject.model)
                if fault.reason is Reason.OPEN_BATCH
                else Advice(f"change the layer, or register {other} for this operator")
            )
            yield Trouble(
                step.node.operator.place,
                f"{step.name}: {fault.text}",
                advice.remedy,
                advice.lines,
                certain=fault.certain,
                severity=fault.severity,
            )
