"""TFLM with Espressif's ESP-NN: times carried over from published rows, and an arena that nobody measured.

ESP-NN's convolutions take scratch that depends on the chip; what its kernels ask of the arena is not known.
Those operators that it has no kernel for run TFLM's own. Source of the list: esp-tflite-micro,
tensorflow/lite/micro/kernels/esp_nn.
"""

from ..library import KernelLibrary
from ..tflm_image import tflm_program
from ..tflm_reference import LIBRARY as REFERENCE

__all__ = ["LIBRARY"]

OWN = frozenset(
    {
        "ADD",
        "AVERAGE_POOL_2D",
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
        "FULLY_CONNECTED",
        "MAX_POOL_2D",
        "MUL",
        "SOFTMAX",
    }
)

LIBRARY = KernelLibrary(
    "tflm-esp-nn",
    title="ESP-NN",
    interprets=True,
    alignment=REFERENCE.alignment,
    calls=REFERENCE.calls,
    stored=REFERENCE.stored,
    image_of=tflm_program("tflm-esp-nn"),
    base=REFERENCE,
    own=OWN,
    carried=True,
    linked="ESP-NN is on",
    to_link="To link ESP-NN: the components esp-tflite-micro and esp-nn, and CONFIG_NN_OPTIMIZED",
    sources="Look whether those operators' sources come from kernels/esp_nn or from kernels/",
    short="esp-nn",
)
