"""TFLM with Espressif's ESP-NN: times carried over from published rows, memory from its sources.

Those operators that it has no kernel for run TFLM's own, and code and stack are taken to be TFLM's. esp-nn is
compiled at -O2, esp-tflite-micro at -O3, whatever the firmware's level (both's CMakeLists.txt). Source of the
list: esp-tflite-micro, tensorflow/lite/micro/kernels/esp_nn; of what is usual: esp-nn, Kconfig.projbuild.
"""

from ..library import KernelLibrary
from ..tflm_image import tflm_program
from ..tflm_reference import LIBRARY as REFERENCE
from .asked import ASKED

__all__ = ["LIBRARY"]

LIBRARY = KernelLibrary(
    "tflm-esp-nn",
    title="ESP-NN",
    interprets=True,
    alignment=REFERENCE.alignment,
    calls=REFERENCE.calls,
    stored=REFERENCE.stored,
    image_of=tflm_program("tflm-reference", provisional=True),
    base=REFERENCE,
    asked=ASKED,
    carried=True,
    own_build=True,
    linked="ESP-NN is on",
    to_link="To link ESP-NN: the components esp-tflite-micro and esp-nn, and CONFIG_NN_OPTIMIZED",
    usual="esp-tflite-micro links it unless told otherwise; assumed are the reference's, whose bits and "
    "arena are known on all of its chips",
    sources="Look whether those operators' sources come from kernels/esp_nn or from kernels/",
    short="esp-nn",
)
