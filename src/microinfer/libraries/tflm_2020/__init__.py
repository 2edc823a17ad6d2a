"""TFLM and CMSIS-NN of the summer of 2020: TensorFlow 2.3, as MLPerf Tiny v0.5 ran it, built by mbed: -Os.

Its kernels were counted: those of TensorFlow 2.3.1 with CMSIS_5 1150e71e, which its Makefile fetched. Every
convolution worked out its multipliers anew at each inference, in numbers of double precision, channel by
channel. Structures, stack and code are taken to be those of today's release, with the word provisional.
"""

from ..carried import carried_over
from ..tflm_2021 import LATER_OPERATORS
from ..tflm_2021 import LIBRARY as LATER

__all__ = ["LIBRARY"]

OF_2021 = frozenset(
    {
        "ADD_N",
        "ASSIGN_VARIABLE",
        "BATCH_TO_SPACE_ND",
        "CALL_ONCE",
        "CAST",
        "CUMSUM",
        "DEPTH_TO_SPACE",
        "ELU",
        "EXP",
        "EXPAND_DIMS",
        "FILL",
        "FLOOR_DIV",
        "FLOOR_MOD",
        "GATHER",
        "GATHER_ND",
        "HARD_SWISH",
        "IF",
        "L2_POOL_2D",
        "LEAKY_RELU",
        "READ_VARIABLE",
        "REDUCE_MAX",
        "RESIZE_BILINEAR",
        "SHAPE",
        "SPACE_TO_BATCH_ND",
        "SPACE_TO_DEPTH",
        "SPLIT_V",
        "SQUEEZE",
        "TFLite_Detection_PostProcess",
        "TRANSPOSE",
        "TRANSPOSE_CONV",
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        "VAR_HANDLE",
        "ZEROS_LIKE",
    }
)
"""Operators for which the MicroMutableOpResolver of TensorFlow 2.3.1 has no method, and that of 2021 has."""

LIBRARY = carried_over(
    LATER,
    name="tflm-2020",
    title="a kernel of 2020",
    linked="It is a CMSIS-NN of the summer of 2020",
    to_link="Update TFLM and CMSIS-NN: the kernels of today are faster",
    sources="tensorflow/lite/micro/kernels/cmsis-nn of TensorFlow 2.3 has those that it replaces",
    short="2020",
    timed=True,
    lacks=LATER_OPERATORS | OF_2021,
)
