"""The operators that TFLM 90b983c2 (2026-08-20) brings, and the types that each of them computes with.

A type is that of the data, see `data_tensor`; what stands beside it (weights, biases, axes) is the
kernel's own matter. Types that Prepare lets pass and Invoke then refuses are not listed: the device stops
all the same. The reference kernels and CMSIS-NN take the same types. Source: `micro_mutable_op_resolver.h`
and the switches over types in `micro/kernels/*.cc`; a test asks the wheel for what can be asked so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from ..model.tables import Operator, Tensor

__all__ = [
    "ACCELERATORS",
    "ANY",
    "CUSTOM_OPERATORS",
    "CUSTOM_TYPES",
    "IN_PLACE",
    "SPELLED",
    "TYPES",
    "brings",
    "data_tensor",
    "taken_types",
    "takes",
]

ANY = frozenset({"any"})
"""Whatever has a size: the bytes are moved, or not looked at. Strings have none."""

_REAL = frozenset({"float32"})
_REAL_INT8 = frozenset({"float32", "int8"})
_REAL_INT16 = frozenset({"float32", "int8", "int16"})
_NUMBERS = frozenset({"float32", "int8", "int16", "int32"})
_ORDERED = frozenset({"float32", "int8", "int32", "int64"})
_BOOL = frozenset({"bool"})

TYPES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "ABS": _REAL_INT16,
        "ADD": _NUMBERS,
        "ADD_N": _REAL_INT8,
        "ARG_MAX": _REAL_INT8,
        "ARG_MIN": _REAL_INT8,
        "ASSIGN_VARIABLE": ANY,
        "AVERAGE_POOL_2D": _REAL_INT16,
        "BATCH_MATMUL": _REAL_INT16,
        "BATCH_TO_SPACE_ND": _REAL_INT8,
        "BROADCAST_ARGS": frozenset({"int32", "int64"}),
        "BROADCAST_TO": ANY,
        "CALL_ONCE": ANY,
        "CAST": _NUMBERS | {"uint32", "bool"},
        "CEIL": _REAL,
        "CONCATENATION": _NUMBERS | {"int64", "bool"},
        "CONV_2D": _REAL_INT16,
        "COS": _REAL,
        "CUMSUM": _REAL_INT8,
        "DEPTHWISE_CONV_2D": _REAL_INT16,
        "DEPTH_TO_SPACE": _REAL_INT8,
        "DEQUANTIZE": frozenset({"int8", "int16", "uint8"}),
        "DIV": frozenset({"float32", "int8", "int32"}),
        "DYNAMIC_UPDATE_SLICE": _NUMBERS,
        "ELU": _REAL_INT8,
        "EMBEDDING_LOOKUP": _REAL_INT8,
        "EQUAL": _ORDERED | {"bool"},
        "EXP": _REAL,
        "EXPAND_DIMS": _REAL_INT16,
        "FILL": frozenset({"float32", "int8", "int32"}),
        "FLOOR": _REAL,
        "FLOOR_DIV": _REAL,
        "FLOOR_MOD": _REAL,
        "FULLY_CONNECTED": _REAL_INT16,
        "GATHER": _REAL_INT8,
        "GATHER_ND": _REAL_INT8,
        "GREATER": _ORDERED | {"int16"},
        "GREATER_EQUAL": _ORDERED,
        "HARD_SWISH": _REAL_INT8,
        "IF": ANY,
        "L2_NORMALIZATION": _REAL_INT8,
        "L2_POOL_2D": _REAL,
        "LEAKY_RELU": _REAL_INT16,
        "LESS": _ORDERED,
        "LESS_EQUAL": _ORDERED,
        "LOG": _REAL,
        "LOGICAL_AND": _BOOL,
        "LOGICAL_NOT": _BOOL,
        "LOGICAL_OR": _BOOL,
        "LOGISTIC": _REAL_INT16,
        "LOG_SOFTMAX": _REAL_INT8,
        "MAXIMUM": _NUMBERS | {"int64"},
        "MAX_POOL_2D": _REAL_INT16,
        "MEAN": _REAL_INT16,
        "MINIMUM": _NUMBERS | {"int64"},
        "MIRROR_PAD": _REAL_INT8,
        "MUL": _NUMBERS,
        "NEG": _REAL,
        "NOT_EQUAL": _ORDERED | {"bool"},
        "PACK": _NUMBERS | {"int64"},
        "PAD": _NUMBERS,
        "PADV2": _NUMBERS,
        "PRELU": _REAL_INT16,
        "QUANTIZE": _NUMBERS | {"uint8"},
        "READ_VARIABLE": ANY,
        "REDUCE_ALL": _BOOL,
        "REDUCE_MAX": _REAL_INT8,
        "REDUCE_MIN": _REAL_INT8,
        "RELU": _REAL_INT16,
        "RELU6": _REAL_INT16,
        "RESHAPE": ANY,
        "RESIZE_BILINEAR": _REAL_INT8,
        "RESIZE_NEAREST_NEIGHBOR": _REAL_INT16,
        "REVERSE_V2": _NUMBERS | {"uint8", "int64", "bool"},
        "ROUND": _REAL,
        "RSQRT": _REAL_INT16,
        "SELECT_V2": _REAL_INT16,
        "SHAPE": ANY,
        "SIN": _REAL,
        "SLICE": _NUMBERS | {"bool"},
        "SOFTMAX": _REAL_INT16,
        "SPACE_TO_BATCH_ND": _REAL_INT8,
        "SPACE_TO_DEPTH": _REAL_INT8,
        "SPLIT": _NUMBERS,
        "SPLIT_V": _NUMBERS,
        "SQRT": _REAL,
        "SQUARE": _REAL,
        "SQUARED_DIFFERENCE": _NUMBERS,
        "SQUEEZE": ANY,
        "STRIDED_SLICE": _NUMBERS | {"bool"},
        "SUB": _NUMBERS,
        "SUM": _REAL_INT16,
        "SVDF": _REAL_INT8,
        "TANH": _REAL_INT16,
        "TRANSPOSE": _REAL_INT16,
        "TRANSPOSE_CONV": _REAL_INT16,
        "UNIDIRECTIONAL_SEQUENCE_LSTM": _REAL_INT16,
        "UNPACK": _NUMBERS,
        "VAR_HANDLE": ANY,
        "WHILE": ANY,
        "ZEROS_LIKE": _ORDERED,
    }
)
"""Builtin operator to the types of data that its kernel computes with."""

_DATA = {"EMBEDDING_LOOKUP": 1, "FILL": 1, "SELECT_V2": 1, "SPLIT": 1, "TRANSPOSE_CONV": 2}
"""Operators whose first input is not the data."""

CUSTOM_OPERATORS: Mapping[str, str] = MappingProxyType(
    {
        "CIRCULAR_BUFFER": "AddCircularBuffer",
        "TFLM_DECODE": "AddDecode",
        "TFLite_Detection_PostProcess": "AddDetectionPostprocess",
        "ethos-u": "AddEthosU",
        "SignalDelay": "AddDelay",
        "SignalEnergy": "AddEnergy",
        "SignalFftAutoScale": "AddFftAutoScale",
        "SignalFilterBank": "AddFilterBank",
        "SignalFilterBankLog": "AddFilterBankLog",
        "SignalFilterBankSpectralSubtraction": "AddFilterBankSpectralSubtraction",
        "SignalFilterBankSquareRoot": "AddFilterBankSquareRoot",
        "SignalFramer": "AddFramer",
        "SignalIrfft": "AddIrfft",
        "SignalOverlapAdd": "AddOverlapAdd",
        "SignalPCAN": "AddPCAN",
        "SignalRfft": "AddRfft",
        "SignalStacker": "AddStacker",
        "SignalWindow": "AddWindow",
    }
)
"""Custom operators that TFLM itself brings, and the method that registers each."""

_INT16 = frozenset({"int16"})
_UINT32 = frozenset({"uint32"})

CUSTOM_TYPES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "CIRCULAR_BUFFER": frozenset({"int8"}),
        "TFLite_Detection_PostProcess": _REAL,
        "SignalDelay": _INT16,
        "SignalEnergy": _INT16,
        "SignalFftAutoScale": _INT16,
        "SignalFilterBank": _UINT32,
        "SignalFilterBankLog": _UINT32,
        "SignalFilterBankSpectralSubtraction": _UINT32,
        "SignalFilterBankSquareRoot": frozenset({"uint64"}),
        "SignalFramer": _INT16,
        "SignalIrfft": frozenset({"float32", "int16", "int32"}),
        "SignalOverlapAdd": frozenset({"float32", "int16"}),
        "SignalPCAN": _UINT32,
        "SignalRfft": frozenset({"float32", "int16", "int32"}),
        "SignalStacker": _INT16,
        "SignalWindow": _INT16,
    }
)
"""Custom operator to the types of data that its kernel computes with; what is missing looks for itself."""

ACCELERATORS: Mapping[str, str] = MappingProxyType(
    {"ethos-u": "an Arm Ethos-U", "edgetpu-custom-op": "a Coral Edge TPU"}
)
"""Custom operators that hold a network compiled for a chip of its own. TFLM's AddEthosU adds nothing
where no driver of that chip is linked in."""


def data_tensor(operator: str, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Tensor | None:
    """The tensor whose type decides which of a kernel's branches runs."""
    position = _DATA.get(operator, 0)
    found = inputs[position] if position < len(inputs) else None
    return found if found is not None else next(iter(outputs), None)


def brings(operator: Operator) -> bool:
    """Whether TFLM itself has a kernel for it: of a custom operator under its custom code."""
    if operator.opcode == "CUSTOM":
        return operator.name in CUSTOM_OPERATORS and operator.name not in ACCELERATORS
    return operator.name in TYPES


def taken_types(operator: str) -> frozenset[str]:
    """The types of data that TFLM's kernel computes with; none where it has no kernel."""
    found = TYPES.get(operator) or CUSTOM_TYPES.get(operator)
    return found or (ANY if operator in CUSTOM_OPERATORS else frozenset())


def takes(operator: str, dtype: str) -> bool:
    """Whether TFLM's kernel computes with data of this type."""
    types = taken_types(operator)
    return types is ANY or dtype in types


SPELLED: dict[str, str] = {
    "BATCH_MATMUL": "BatchMatMul",
    "CUMSUM": "CumSum",
    "PADV2": "PadV2",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "UnidirectionalSequenceLSTM",
}
"""Where the name of the method that registers an operator is not the operator's in camel case."""

IN_PLACE = frozenset(
    {
        "ABS",
        "ADD",
        "CEIL",
        "COS",
        "DIV",
        "ELU",
        "EXP",
        "EXPAND_DIMS",
        "FLOOR",
        "HARD_SWISH",
        "LEAKY_RELU",
        "LOG",
        "LOGICAL_AND",
        "LOGICAL_NOT",
        "LOGICAL_OR",
        "LOGISTIC",
        "MAXIMUM",
        "MINIMUM",
        "MUL",
        "NEG",
        "PRELU",
        "QUANTIZE",
        "RELU",
        "RELU6",
        "RESHAPE",
        "ROUND",
        "RSQRT",
        "SIN",
        "SQRT",
        "SQUARE",
        "SQUARED_DIFFERENCE",
        "SQUEEZE",
        "SUB",
        "TANH",
    }
)
"""Operators whose kernels read an element for the last time when they write the one in its place."""
