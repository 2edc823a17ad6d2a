"""TFLM as pico-tflmicro builds it for the Raspberry Pi Pico: CMSIS-NN without its DSP code, -O3, linked with
the Pico SDK's memcpy, memset and 64-bit product.

The kernels are taken to be CMSIS-NN's of today, whose loads of four bytes call memcpy on a core that reads no
word at any address: with the SDK's functions a depthwise convolution takes three quarters as long as with
newlib's. So linked they were counted on a Cortex-M0+, and meet pico-tflmicro's log of one core within 1 %.
"""

from ..carried import carried_over
from ..tflm_cmsis_nn import LIBRARY as CMSIS_NN

__all__ = ["LIBRARY"]

LIBRARY = carried_over(
    CMSIS_NN,
    name="tflm-pico",
    title="pico-tflmicro's kernel",
    linked="It is pico-tflmicro",
    to_link="Link pico-tflmicro of github.com/raspberrypi/pico-tflmicro",
    sources="pico-tflmicro's src/tensorflow/lite/micro/kernels/cmsis_nn has those that CMSIS-NN replaces",
    short="pico",
    timed=True,
)
