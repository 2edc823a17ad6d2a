"""TFLM and CMSIS-NN as the Arduino library of 2021 to 2025 builds them: older kernels, -Os.

Its kernels were not counted: they are taken to be those of CMSIS-NN, with times that published rows of boards
carry over, structures and code of today's release, and the word provisional.
"""

from ..carried import carried_over
from ..tflm_cmsis_nn import LIBRARY as CMSIS_NN

__all__ = ["LIBRARY"]

LIBRARY = carried_over(
    CMSIS_NN,
    name="tflm-arduino",
    title="the Arduino library's kernel",
    linked="It is the Arduino library",
    to_link="In the Arduino IDE: the library Arduino_TensorFlowLite, or Chirale_TensorFlowLite",
    sources="The library's src/tensorflow/lite/micro/kernels/cmsis_nn has those that CMSIS-NN replaces",
    short="arduino",
)
