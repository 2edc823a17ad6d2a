"""The numbers of the TensorFlow Lite flatbuffer schema (version 3) that a reader and a writer need.

Tensor types and, for every operator with a kernel here, the fields of its options
table: name, slot in the flatbuffer vtable, kind, default. Source: `schema.fbs` of TensorFlow Lite,
https://github.com/tensorflow/tflite-micro (tensorflow/compiler/mlir/lite/schema), commit 90b983c2.
"""

from __future__ import annotations

from ..words.dataclass import dataclass, replace

__all__ = [
    "ACTIVATIONS",
    "OPTIONS",
    "PADDINGS",
    "TENSOR_TYPES",
    "OptionField",
    "OptionTable",
]

FILE_IDENTIFIER = b"TFL3"
SCHEMA_VERSION = 3

TENSOR_TYPES: dict[int, str] = {
    0: "float32",
    1: "float16",
    2: "int32",
    3: "uint8",
    4: "int64",
    5: "string",
    6: "bool",
    7: "int16",
    8: "complex64",
    9: "int8",
    10: "float64",
    11: "complex128",
    12: "uint64",
    13: "resource",
    14: "variant",
    15: "uint32",
    16: "uint16",
    17: "int4",
    18: "bfloat16",
    19: "int2",
    20: "uint4",
    21: "float8_e4m3fn",
    22: "float8_e5m2",
}
"""Type code to the lower-case name that numpy uses where it has the type."""

PADDINGS = ("SAME", "VALID")
ACTIVATIONS = ("NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT")


@dataclass(frozen=True, slots=True)
class OptionField:
    """One field of an options table. `kind`: int32, int8 (enums), bool, float32, ints (vector of int32) or
    string, which is None where it is left out.
    """

    name: str
    slot: int
    kind: str
    default: int | float | bool | tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class OptionTable:
    """The options table of one or more operators and its code in the `BuiltinOptions` union.

    absent: what TFLM's kernel does where the file has no table, if that is not the defaults of the schema.
    """

    name: str
    code: int
    fields: tuple[OptionField, ...]
    absent: tuple[tuple[str, int], ...] = ()


def _table(
    name: str, code: int, *fields: tuple[str, str] | tuple[str, str, int | float | bool]
) -> OptionTable:
    """Slots follow the order of declaration; a field named "-" is one that the schema has retired."""
    defaults: dict[str, int | float | bool | tuple[int, ...] | None] = {
        "int32": 0, "int8": 0, "bool": False, "float32": 0.0, "ints": (), "string": None,
    }  # fmt: skip
    made = [
        OptionField(field[0], slot, field[1], field[2] if len(field) == 3 else defaults[field[1]])
        for slot, field in enumerate(fields)
        if field[0] != "-"
    ]
    return OptionTable(name, code, tuple(made))


_ACTIVATION = ("fused_activation_function", "int8")
_REDUCER = _table("ReducerOptions", 27, ("keep_dims", "bool"))
_MAXIMUM_MINIMUM = _table("MaximumMinimumOptions", 39)

OPTIONS: dict[str, OptionTable] = {
    "ABS": _table("AbsOptions", 78),
    "ADD": _table("AddOptions", 11, _ACTIVATION, ("pot_scale_int16", "bool", True)),
    "ADD_N": _table("AddNOptions", 82),
    "ARG_MAX": _table("ArgMaxOptions", 40, ("output_type", "int8")),
    "ARG_MIN": _table("ArgMinOptions", 57, ("output_type", "int8")),
    "ASSIGN_VARIABLE": _table("AssignVariableOptions", 113),
    "AVERAGE_POOL_2D": _table(
        "Pool2DOptions",
        5,
        ("padding", "int8"),
        ("stride_w", "int32"),
        ("stride_h", "int32"),
        ("filter_width", "int32"),
        ("filter_height", "int32"),
        _ACTIVATION,
    ),
    "BATCH_MATMUL": _table(
        "BatchMatMulOptions",
        101,
        ("adj_x", "bool"),
        ("adj_y", "bool"),
        ("asymmetric_quantize_inputs", "bool"),
    ),
    "BATCH_TO_SPACE_ND": _table("BatchToSpaceNDOptions", 24),
    "BROADCAST_TO": _table("BroadcastToOptions", 104),
    "CALL_ONCE": _table("CallOnceOptions", 103, ("init_subgraph_index", "int32")),
    "CAST": _table("CastOptions", 37, ("in_data_type", "int8"), ("out_data_type", "int8")),
    "CONCATENATION": _table("ConcatenationOptions", 10, ("axis", "int32"), _ACTIVATION),
    "CONV_2D": _table(
        "Conv2DOptions",
        1,
        ("padding", "int8"),
        ("stride_w", "int32"),
        ("stride_h", "int32"),
        _ACTIVATION,
        ("dilation_w_factor", "int32", 1),
        ("dilation_h_factor", "int32", 1),
        ("quantized_bias_type", "int8"),
    ),
    "COS": _table("CosOptions", 84),
    "CUMSUM": _table("CumsumOptions", 102, ("exclusive", "bool"), ("reverse", "bool")),
    "DEPTHWISE_CONV_2D": _table(
        "DepthwiseConv2DOptions",
        2,
        ("padding", "int8"),
        ("stride_w", "int32"),
        ("stride_h", "int32"),
        ("depth_multiplier", "int32"),
        _ACTIVATION,
        ("dilation_w_factor", "int32", 1),
        ("dilation_h_factor", "int32", 1),
    ),
    "DEPTH_TO_SPACE": _table("DepthToSpaceOptions", 94, ("block_size", "int32")),
    "DEQUANTIZE": _table("DequantizeOptions", 38),
    "DIV": _table("DivOptions", 29, _ACTIVATION),
    "EQUAL": _table("EqualOptions", 53),
    "EXP": _table("ExpOptions", 33),
    "EXPAND_DIMS": _table("ExpandDimsOptions", 52),
    "DYNAMIC_UPDATE_SLICE": _table("DynamicUpdateSliceOptions", 117),
    "FILL": _table("FillOptions", 68),
    "FLOOR_DIV": _table("FloorDivOptions", 65),
    "FLOOR_MOD": _table("FloorModOptions", 72),
    "FULLY_CONNECTED": _table(
        "FullyConnectedOptions",
        8,
        _ACTIVATION,
        ("weights_format", "int8"),
        ("keep_num_dims", "bool"),
        ("asymmetric_quantize_inputs", "bool"),
        ("quantized_bias_type", "int8"),
    ),
    "GATHER": _table("GatherOptions", 23, ("axis", "int32"), ("batch_dims", "int32")),
    "GATHER_ND": _table("GatherNdOptions", 83),
    "GREATER": _table("GreaterOptions", 44),
    "GREATER_EQUAL": _table("GreaterEqualOptions", 45),
    "HARD_SWISH": _table("HardSwishOptions", 91),
    "IF": _table("IfOptions", 92, ("then_subgraph_index", "int32"), ("else_subgraph_index", "int32")),
    "L2_NORMALIZATION": _table("L2NormOptions", 12, _ACTIVATION),
    "LEAKY_RELU": _table("LeakyReluOptions", 75, ("alpha", "float32")),
    "LESS": _table("LessOptions", 41),
    "LESS_EQUAL": _table("LessEqualOptions", 46),
    "LOGICAL_AND": _table("LogicalAndOptions", 62),
    "LOGICAL_NOT": _table("LogicalNotOptions", 63),
    "LOGICAL_OR": _table("LogicalOrOptions", 60),
    "LOG_SOFTMAX": _table("LogSoftmaxOptions", 36),
    "MAXIMUM": _MAXIMUM_MINIMUM,
    "MEAN": _REDUCER,
    "MINIMUM": _MAXIMUM_MINIMUM,
    "MIRROR_PAD": replace(_table("MirrorPadOptions", 77, ("mode", "int8")), absent=(("mode", 1),)),
    "MUL": _table("MulOptions", 21, _ACTIVATION),
    "NEG": _table("NegOptions", 42),
    "NOT_EQUAL": _table("NotEqualOptions", 54),
    "PACK": _table("PackOptions", 59, ("values_count", "int32"), ("axis", "int32")),
    "PAD": _table("PadOptions", 22),
    "PADV2": _table("PadV2Options", 43),
    "QUANTIZE": _table("QuantizeOptions", 89),
    "READ_VARIABLE": _table("ReadVariableOptions", 112),
    "REDUCE_ALL": _REDUCER,
    "REDUCE_MAX": _REDUCER,
    "REDUCE_MIN": _REDUCER,
    "RESHAPE": _table("ReshapeOptions", 17, ("new_shape", "ints")),
    "RESIZE_BILINEAR": _table(
        "ResizeBilinearOptions",
        15,
        ("-", "int32"),
        ("-", "int32"),
        ("align_corners", "bool"),
        ("half_pixel_centers", "bool"),
    ),
    "RESIZE_NEAREST_NEIGHBOR": _table(
        "ResizeNearestNeighborOptions", 74, ("align_corners", "bool"), ("half_pixel_centers", "bool")
    ),
    "REVERSE_V2": _table("ReverseV2Options", 81),
    "SELECT_V2": _table("SelectV2Options", 98),
    "SHAPE": _table("ShapeOptions", 55, ("out_type", "int8")),
    "SLICE": _table("SliceOptions", 48),
    "SOFTMAX": _table("SoftmaxOptions", 9, ("beta", "float32")),
    "SPACE_TO_BATCH_ND": _table("SpaceToBatchNDOptions", 25),
    "SPACE_TO_DEPTH": _table("SpaceToDepthOptions", 19, ("block_size", "int32")),
    "SPLIT": _table("SplitOptions", 35, ("num_splits", "int32")),
    "SPLIT_V": _table("SplitVOptions", 79, ("num_splits", "int32")),
    "SQUARE": _table("SquareOptions", 66),
    "SQUARED_DIFFERENCE": _table("SquaredDifferenceOptions", 76),
    "SQUEEZE": _table("SqueezeOptions", 30, ("squeeze_dims", "ints")),
    "STRIDED_SLICE": _table(
        "StridedSliceOptions",
        32,
        ("begin_mask", "int32"),
        ("end_mask", "int32"),
        ("ellipsis_mask", "int32"),
        ("new_axis_mask", "int32"),
        ("shrink_axis_mask", "int32"),
        ("offset", "bool"),
    ),
    "SUB": _table("SubOptions", 28, _ACTIVATION, ("pot_scale_int16", "bool", True)),
    "SUM": _REDUCER,
    "SVDF": _table("SVDFOptions", 6, ("rank", "int32"), _ACTIVATION, ("asymmetric_quantize_inputs", "bool")),
    "TRANSPOSE": _table("TransposeOptions", 26),
    "TRANSPOSE_CONV": _table(
        "TransposeConvOptions",
        49,
        ("padding", "int8"),
        ("stride_w", "int32"),
        ("stride_h", "int32"),
        _ACTIVATION,
        ("quantized_bias_type", "int8"),
    ),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _table(
        "UnidirectionalSequenceLSTMOptions",
        71,
        _ACTIVATION,
        ("cell_clip", "float32"),
        ("proj_clip", "float32"),
        ("time_major", "bool"),
        ("asymmetric_quantize_inputs", "bool"),
        ("diagonal_recurrent_tensors", "bool"),
    ),
    "UNPACK": _table("UnpackOptions", 64, ("num", "int32"), ("axis", "int32")),
    "VAR_HANDLE": _table("VarHandleOptions", 111, ("container", "string"), ("shared_name", "string")),
    "WHILE": _table("WhileOptions", 93, ("cond_subgraph_index", "int32"), ("body_subgraph_index", "int32")),
    "ZEROS_LIKE": _table("ZerosLikeOptions", 67),
}
OPTIONS["MAX_POOL_2D"] = OPTIONS["L2_POOL_2D"] = OPTIONS["AVERAGE_POOL_2D"]
"""Operators that are not listed (RELU, LOGISTIC, ...) have no options, or none that a kernel reads."""
