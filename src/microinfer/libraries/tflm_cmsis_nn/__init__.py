"""TFLM with Arm's CMSIS-NN: what differs from the reference, by core: with MVE, with DSP, with neither.

Source: TFLM 90b983c2, built for speed, and CMSIS-NN 4ab83cc3: what `get_buffer_size` functions answered on
all three kinds of core, which functions ran on an emulated Cortex-M4, and thousands of random geometries
beside the reference's results.
"""

from ..library import KernelLibrary
from ..tflm_image import tflm_program
from ..tflm_reference import LIBRARY as REFERENCE

__all__ = ["LIBRARY"]

LIBRARY = KernelLibrary(
    "tflm-cmsis-nn",
    title="CMSIS-NN",
    interprets=True,
    alignment=REFERENCE.alignment,
    calls=REFERENCE.calls,
    stored=REFERENCE.stored,
    image_of=tflm_program("tflm-cmsis-nn"),
    base=REFERENCE,
    linked="CMSIS-NN is on",
    to_link="To link CMSIS-NN: OPTIMIZED_KERNEL_DIR=cmsis_nn in TFLM's make, or -DCMSIS_NN and the sources "
    "of kernels/cmsis_nn in place of those of kernels/ that have the same names",
    sources="Look whether those operators' sources come from kernels/cmsis_nn or from kernels/",
    short="cmsis-nn",
)
