"""TFLM and CMSIS-NN from late 2020 to late 2021: TensorFlow 2.4 and 2.5, the first months of tflite-micro.

Its kernels were counted: those of tflite-micro d41f2011 with CMSIS_5 c43379be (September 2021). Convolutions
of 1 x 1 have a kernel of their own only without a stride and for a multiple of four channels, patches are
laid out without memcpy, and maxima, minima, paddings and transpositions are TFLM's own. Structures, stack and
code are taken to be those of today's release, with the word provisional.
"""

from ...operators.tflm_history import LATER_THAN_2021
from ..carried import carried_over
from ..tflm_cmsis_nn import LIBRARY as CMSIS_NN

__all__ = ["LIBRARY"]

LIBRARY = carried_over(
    CMSIS_NN,
    name="tflm-2021",
    title="a kernel of 2021",
    linked="It is a CMSIS-NN of late 2020 or 2021",
    to_link="Update TFLM and CMSIS-NN: the kernels of today are faster",
    sources="tensorflow/lite/micro/kernels/cmsis_nn of TensorFlow 2.4 and 2.5 has those that it replaces",
    short="2021",
    timed=True,
    lacks=LATER_THAN_2021,
)
