"""TFLM's reference kernels.

Sizes of structures come from the layout table; what depends on shapes is in the families. Source: the
kernels' Init, Prepare and Invoke functions of TFLM 90b983c2, held against traces of every allocation and
against counts on an emulated Cortex-M4.
"""

from ..library import KernelLibrary
from ..tflm_image import tflm_program

__all__ = ["LIBRARY"]

LIBRARY = KernelLibrary(
    "tflm-reference",
    title="the reference kernel",
    interprets=True,
    alignment=16,
    calls="AllocateTensors and Invoke",
    stored="model",
    image_of=tflm_program("tflm-reference"),
    linked="CMSIS-NN is off",
    short="reference",
)
