"""The kernel libraries that there are."""

from __future__ import annotations

from collections.abc import Mapping

from ..operators.spec import Step
from .bare_c_image import bare_c_program, constant_bytes
from .bare_c_source.call import Lowered
from .library import KernelLibrary
from .tflm_image import tflm_program

__all__ = ["VALUES"]

TFLM_ALIGNMENT = 16


def _lowered(step: Step, tensor_offsets: Mapping[int, int], scratch: tuple[int, ...]) -> Lowered:
    from .bare_c_source.lowering import lower_step

    return lower_step(step, tensor_offsets, scratch)


REFERENCE = KernelLibrary(
    "tflm-reference",
    title="the reference kernel",
    interprets=True,
    alignment=TFLM_ALIGNMENT,
    calls="AllocateTensors and Invoke",
    stored="model",
    image_of=tflm_program("tflm-reference"),
    linked="CMSIS-NN is off",
    short="reference",
)
CMSIS_NN = KernelLibrary(
    "tflm-cmsis-nn",
    title="CMSIS-NN",
    interprets=True,
    alignment=TFLM_ALIGNMENT,
    calls="AllocateTensors and Invoke",
    stored="model",
    image_of=tflm_program("tflm-cmsis-nn"),
    base=REFERENCE,
    linked="CMSIS-NN is on",
    to_link="To link CMSIS-NN: OPTIMIZED_KERNEL_DIR=cmsis_nn in TFLM's make, or -DCMSIS_NN and the sources "
    "of kernels/cmsis_nn in place of those of kernels/ that have the same names",
    sources="Look whether those operators' sources come from kernels/cmsis_nn or from kernels/",
    short="cmsis-nn",
)
BARE_C = KernelLibrary(
    "bare-c",
    title="microinfer's own C",
    interprets=False,
    alignment=1,
    calls="model_invoke",
    stored="weights",
    linked="bare-c is linked",
    image_of=bare_c_program,
    constants_of=constant_bytes,
    lowered_by=_lowered,
    hybrid="bare-c, as TFLM, has no hybrid kernels.",
    short="bare-c",
)
VALUES = (REFERENCE, CMSIS_NN, BARE_C)
