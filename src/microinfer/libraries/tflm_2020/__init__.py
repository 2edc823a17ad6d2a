"""TFLM and CMSIS-NN of 2020 and 2021, as mbed projects built them, MLPerf Tiny v0.5 and MicroNets: -Os.

Its kernels were not counted: they are taken to be those of CMSIS-NN, with times that published rows of boards
carry over, structures and code of today's release, and the word provisional.
"""

from ..carried import carried_over
from ..tflm_cmsis_nn import LIBRARY as CMSIS_NN

__all__ = ["LIBRARY"]

LIBRARY = carried_over(
    CMSIS_NN,
    name="tflm-2020",
    title="a kernel of 2020",
    linked="It is a CMSIS-NN of 2020 or 2021",
    to_link="Update TFLM and CMSIS-NN: the kernels of today are faster",
    sources="tensorflow/lite/micro/kernels/cmsis-nn of TensorFlow 2.3 to 2.5 has those that it replaces",
    short="2020",
)
