"""TFLM and CMSIS-NN as the library Arduino_TensorFlowLite of 2023 has them, built by the Arduino core: -Os.

Its kernels were counted under QEMU, compiled with the core's own flags: CMSIS-NN V.11 of September 2022,
which lays patches out with other loops and knows no groups, and TFLM's reference of that time, whose
broadcasting finds every element's place anew. Its structures are larger than TFLM's makefile makes them, for
the library is compiled without TF_LITE_STATIC_MEMORY; its asserts are empty. Source:
tensorflow/tflite-micro-arduino-examples 7948b85e.
"""

from dataclasses import replace

from ..tflm_image import tflm_program
from ..tflm_reference import LIBRARY as REFERENCE
from .lacking import NAME, refused

__all__ = ["LIBRARY"]

LIBRARY = replace(
    REFERENCE,
    name=NAME,
    title="the Arduino library's kernel",
    image_of=tflm_program("tflm-cmsis-nn", provisional=True),
    base=REFERENCE,
    like="tflm-cmsis-nn",
    asserting=False,
    structured=True,
    refused=refused,
    linked="It is the Arduino library",
    to_link="In the Arduino IDE: the library Arduino_TensorFlowLite, or Chirale_TensorFlowLite",
    sources="The library's src/tensorflow/lite/micro/kernels/cmsis_nn has those that CMSIS-NN replaces",
    short="arduino",
)
