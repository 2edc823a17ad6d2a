"""What TFLM of earlier years had no kernels for."""

from __future__ import annotations

__all__ = ["LATER_THAN_2020", "LATER_THAN_2021", "LATER_THAN_2023"]

LATER_THAN_2023 = frozenset(
    {
        "BATCH_MATMUL",
        "DYNAMIC_UPDATE_SLICE",
        "EMBEDDING_LOOKUP",
        "REDUCE_ALL",
        "REDUCE_MIN",
        "REVERSE_V2",
        "SignalDelay",
        "SignalEnergy",
        "SignalFftAutoScale",
        "SignalFilterBank",
        "SignalFilterBankLog",
        "SignalFilterBankSpectralSubtraction",
        "SignalFilterBankSquareRoot",
        "SignalFramer",
        "SignalIrfft",
        "SignalOverlapAdd",
        "SignalPCAN",
        "SignalRfft",
        "SignalStacker",
        "SignalWindow",
        "TFLM_DECODE",
    }
)
"""Operators of 2026 that the AllOpsResolver of the Arduino library of 2023 does not register."""

LATER_THAN_2021 = LATER_THAN_2023 | {
    "BROADCAST_ARGS",
    "BROADCAST_TO",
    "DIV",
    "LOG_SOFTMAX",
    "MIRROR_PAD",
    "SELECT_V2",
    "SLICE",
    "SQUARED_DIFFERENCE",
    "SUM",
    "WHILE",
}
"""And those for which the MicroMutableOpResolver of September 2021 has no method."""

LATER_THAN_2020 = LATER_THAN_2021 | {
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
"""And those for which that of TensorFlow 2.3.1 has none."""
