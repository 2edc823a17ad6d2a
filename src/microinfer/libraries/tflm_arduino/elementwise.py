"""The rest of CMSIS-NN V.11 that the Arduino library has, whose loops are today's."""

from ..tflm_cmsis_nn import activations, elementwise, recurrent

__all__ = ["ADD", "MUL", "SOFTMAX", "SVDF"]

ADD = elementwise.ADD
MUL = elementwise.MUL
SOFTMAX = activations.SOFTMAX
SVDF = recurrent.SVDF
