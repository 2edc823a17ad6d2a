"""TFLM and CMSIS-NN of the summer of 2020: TensorFlow 2.3, as MLPerf Tiny v0.5 ran it, built by mbed: -Os.

Its kernels were counted: those of TensorFlow 2.3.1 with CMSIS_5 1150e71e, which its Makefile fetched. Every
convolution worked out its multipliers anew at each inference, in numbers of double precision, channel by
channel. Structures, stack and code are taken to be those of today's release, with the word provisional.
"""

from ...operators.tflm_history import LATER_THAN_2020
from ..carried import carried_over
from ..tflm_2021 import LIBRARY as LATER

__all__ = ["LIBRARY"]

LIBRARY = carried_over(
    LATER,
    name="tflm-2020",
    title="a kernel of 2020",
    linked="It is a CMSIS-NN of the summer of 2020",
    to_link="Update TFLM and CMSIS-NN: the kernels of today are faster",
    sources="tensorflow/lite/micro/kernels/cmsis-nn of TensorFlow 2.3 has those that it replaces",
    short="2020",
    timed=True,
    lacks=LATER_THAN_2020,
)
