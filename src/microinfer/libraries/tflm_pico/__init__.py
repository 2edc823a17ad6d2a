"""TFLM as pico-tflmicro builds it for the Raspberry Pi Pico: CMSIS-NN of 2021 without its DSP code, -O3.

Its kernels were not counted: they are taken to be today's on a core without the extension; provisional.
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
)
