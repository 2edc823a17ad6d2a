"""Elementwise operators and what else of CMSIS-NN V.11 has today's loops."""

from __future__ import annotations

from ..tflm_cmsis_nn import activations, elementwise, recurrent
from ..tflm_reference import activations as reals
from ..tflm_reference import elementwise as reference
from .lacking import lacking

ADD = lacking(elementwise.ADD, "int32")
MAXIMUM = lacking(reference.MAXIMUM, "int16")
MINIMUM = lacking(reference.MINIMUM, "int16")
MUL = elementwise.MUL
PRELU = lacking(reference.PRELU, "int16")
RELU = lacking(reals.RELU, "int16")
RELU6 = lacking(reals.RELU6, "int16")
SOFTMAX = activations.SOFTMAX
SUB = lacking(reference.SUB, "int32")
SVDF = recurrent.SVDF
