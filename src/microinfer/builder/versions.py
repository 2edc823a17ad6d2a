"""The version that the TensorFlow Lite converter would write beside an operator.

A runtime that registers fewer versions than a file asks for refuses it, so the lowest version that
covers the types and options in use is the right one. TFLM looks at no version at all.
Source: the converter's own files and TensorFlow Lite's `tools/versioning/op_version.cc`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["operator_version"]

_INT8: dict[str, int] = {
    "CONV_2D": 3,
    "DEPTHWISE_CONV_2D": 3,
    "FULLY_CONNECTED": 4,
    "SVDF": 3,
    "BATCH_MATMUL": 2,
    "BROADCAST_TO": 3,
    "FILL": 3,
    **dict.fromkeys(
        (
            "ABS",
            "ADD",
            "ARG_MAX",
            "ARG_MIN",
            "AVERAGE_POOL_2D",
            "BATCH_TO_SPACE_ND",
            "CONCATENATION",
            "DEPTH_TO_SPACE",
            "DEQUANTIZE",
            "EQUAL",
            "GATHER",
            "GREATER",
            "GREATER_EQUAL",
            "LEAKY_RELU",
            "LESS",
            "LESS_EQUAL",
            "LOGISTIC",
            "MAXIMUM",
            "MAX_POOL_2D",
            "MEAN",
            "MINIMUM",
            "MUL",
            "NOT_EQUAL",
            "PACK",
            "PAD",
            "PADV2",
            "QUANTIZE",
            "REDUCE_MAX",
            "RELU",
            "RELU6",
            "RESIZE_BILINEAR",
            "RESIZE_NEAREST_NEIGHBOR",
            "SLICE",
            "SOFTMAX",
            "SPACE_TO_BATCH_ND",
            "SPACE_TO_DEPTH",
            "SPLIT",
            "SPLIT_V",
            "STRIDED_SLICE",
            "SUB",
            "SUM",
            "TANH",
            "TRANSPOSE",
            "TRANSPOSE_CONV",
            "UNPACK",
        ),
        2,
    ),
}
_INT16: dict[str, int] = {
    **_INT8,
    "ABS": 3,
    "ADD": 3,
    "AVERAGE_POOL_2D": 3,
    "BATCH_MATMUL": 3,
    "CONCATENATION": 3,
    "CONV_2D": 4,
    "DEPTHWISE_CONV_2D": 5,
    "DEQUANTIZE": 3,
    "FULLY_CONNECTED": 7,
    "LOGISTIC": 3,
    "MAXIMUM": 4,
    "MAX_POOL_2D": 3,
    "MEAN": 3,
    "MINIMUM": 4,
    "MUL": 4,
    "PAD": 3,
    "REDUCE_MAX": 3,
    "SLICE": 4,
    "SOFTMAX": 3,
    "SPLIT": 4,
    "STRIDED_SLICE": 4,
    "SUB": 5,
    "SUM": 3,
    "TANH": 3,
    "TRANSPOSE_CONV": 4,
}
_WIDE = {"TRANSPOSE": 4, "STRIDED_SLICE": 4, "PAD": 4, "MAXIMUM": 3, "MINIMUM": 3, "SUB": 3, "SLICE": 5}
"""For tensors of five dimensions and more."""

_BY_TYPE: dict[str, dict[str, int]] = {"int8": _INT8, "int16": _INT16}


def operator_version(
    name: str, dtypes: Sequence[str | None], shapes: Sequence[tuple[int, ...]], options: Mapping[str, Any]
) -> int:
    """The version for an operator over inputs of these types (None: left out) and shapes."""
    data = {"FILL": 1, "SPLIT": 1, "TRANSPOSE_CONV": 2}.get(name, 0)
    dtype = dtypes[data] if data < len(dtypes) else None
    version = _BY_TYPE.get(dtype or "", {}).get(name, 1)
    if name == "FULLY_CONNECTED":
        if len(dtypes) == 2:
            version = max(version, 6)
        elif options.get("keep_num_dims"):
            version = max(version, 5)
    elif name == "DEPTHWISE_CONV_2D":
        if options.get("dilation_w_factor", 1) != 1 or options.get("dilation_h_factor", 1) != 1:
            version = max(version, 2)
    elif name == "CONV_2D":
        if len(shapes) > 1 and len(shapes[1]) == 4 and shapes[0][-1] != shapes[1][-1]:
            version = max(version, 6)
    elif name == "TRANSPOSE_CONV":
        if options.get("fused_activation_function"):
            version = max(version, 4)
        elif len(dtypes) > 3 and dtypes[3] is not None:
            version = max(version, 3)
    elif name in ("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"):
        if options.get("align_corners") or options.get("half_pixel_centers"):
            version = max(version, 3)
    elif name in ("BATCH_TO_SPACE_ND", "SPACE_TO_BATCH_ND") and len(shapes[0]) != 4:
        version = 3
    elif name == "GATHER" and options.get("batch_dims"):
        version = 5
    elif name == "BROADCAST_TO":
        version = max(version, 2)
    elif name == "UNIDIRECTIONAL_SEQUENCE_LSTM" and options.get("diagonal_recurrent_tensors"):
        version = 4
    elif name in _WIDE and any(len(shape) > 4 for shape in shapes):
        version = max(version, _WIDE[name])
    return version
