"""Which internal kernel of a library runs an operator, from its geometry alone.

The reference library has one kernel for most operators. CMSIS-NN chooses among several by shape,
as `arm_convolve_wrapper_s8` and its sisters do on a core with the DSP extension and without MVE;
what it has no kernel for falls back to the reference. Source: the dispatch code of TFLM 90b983c2 and
CMSIS-NN 4ab83cc3, confirmed against the functions that ran on the core.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from ..graph import Geometry
from ..target import Target

if TYPE_CHECKING:
    from ..ops.add import BinaryGeometry
    from ..ops.conv_2d import Conv2DGeometry
    from ..ops.depthwise_conv_2d import DepthwiseConv2DGeometry
    from ..ops.fully_connected import FullyConnectedGeometry
    from ..ops.mean import ReduceGeometry
    from ..ops.softmax import SoftmaxGeometry
    from ..ops.svdf import SvdfGeometry
    from ..ops.transpose_conv import TransposeConvGeometry

__all__ = ["broadcasts", "variant"]

Choose: TypeAlias = Callable[[Any], str]


def broadcasts(geometry: BinaryGeometry) -> bool:
    """Whether the shapes differ once leading dimensions of 1 are left out, as TFLM compares them."""
    rank = max(len(geometry.shape_1), len(geometry.shape_2))
    padded = [(1,) * (rank - len(shape)) + shape for shape in (geometry.shape_1, geometry.shape_2)]
    return padded[0] != padded[1]


def _reference_binary(geometry: BinaryGeometry) -> str:
    return _typed("reference_broadcast" if broadcasts(geometry) else "reference", geometry.dtype)


def _reference_slow_binary(geometry: BinaryGeometry) -> str:
    """MAXIMUM and MINIMUM, whose reference is one N-dimensional loop."""
    return _typed("reference", geometry.dtype)


def _reference_fully_connected(geometry: FullyConnectedGeometry) -> str:
    return "reference_per_channel" if geometry.per_channel else "reference"


def _reference_reduce(geometry: ReduceGeometry) -> str:
    return _typed("reference", geometry.dtype)


def _reference_softmax(geometry: SoftmaxGeometry) -> str:
    return _typed("reference", geometry.input_dtype, geometry.output_dtype)


def _typed(name: str, *dtypes: str) -> str:
    """int8 throughout goes without saying; another type is part of the name."""
    return name if set(dtypes) == {"int8"} else "_".join((name, *dtypes))


def _cmsis_conv_2d(geometry: Conv2DGeometry) -> str:
    whole = geometry.filter_c == geometry.input_c
    unit = geometry.kernel_h == geometry.kernel_w == 1
    flat = geometry.pad_h == geometry.pad_w == 0 and geometry.dilation_h == geometry.dilation_w == 1
    if unit and flat and whole:
        return "1x1_fast" if geometry.stride_h == geometry.stride_w == 1 else "1x1_strided"
    if (
        geometry.input_h == geometry.kernel_h == geometry.dilation_w == 1
        and geometry.stride_w * geometry.input_c % 4 == 0
        and whole
    ):
        return "1_x_n"
    return "convolve_s8"


def _cmsis_depthwise(geometry: DepthwiseConv2DGeometry) -> str:
    dense = geometry.batch == 1 and geometry.dilation_h == geometry.dilation_w == 1
    if geometry.depth_multiplier == 1 and dense:
        small = geometry.kernel_h == geometry.kernel_w == 3 and max(geometry.pad_h, geometry.pad_w) <= 1
        return "dw_3x3" if small else "dw_opt"
    if geometry.depth_multiplier % 4 == 0 and dense:
        return "dw_mult4"
    return "dw_generic" if geometry.dilation_h == geometry.dilation_w == 1 else "dw_generic_dil"


def _cmsis_fully_connected(geometry: FullyConnectedGeometry) -> str:
    if geometry.output_rank > 2 and geometry.input_depth % 4 == 0:
        return "conv_1x1_fast"
    return "vec_mat_per_ch" if geometry.per_channel else "vec_mat"


def _cmsis_transpose_conv(geometry: TransposeConvGeometry) -> str:
    if max(geometry.stride_h, geometry.stride_w) > 2 or geometry.input_c <= 16:
        return "transpose_conv_forward"
    unit = geometry.stride_h == geometry.stride_w == 1
    return "transpose_conv_reverse" if unit else "transpose_conv_reverse_spread"


def _reference_svdf(geometry: SvdfGeometry) -> str:
    return "reference" if geometry.state_dtype == "int8" else f"reference_{geometry.state_dtype}"


def _cmsis_softmax(geometry: SoftmaxGeometry) -> str:
    if geometry.input_dtype == "int8":
        return "softmax_s8_s16" if geometry.output_dtype == "int16" else "softmax_s8"
    return "softmax_s16" if geometry.input_dtype == "int16" else _reference_softmax(geometry)


def _cmsis_add_mul(geometry: BinaryGeometry) -> str:
    if broadcasts(geometry) or geometry.dtype not in {"int8", "int16"}:
        return _reference_binary(geometry)
    return "elementwise_s8" if geometry.dtype == "int8" else "elementwise_s16"


def _cmsis_extremum(geometry: BinaryGeometry) -> str:
    if geometry.dtype != "int8":
        return _reference_slow_binary(geometry)
    if not broadcasts(geometry):
        return "no_broadcast_s8"
    scalar = min(prod(geometry.shape_1), prod(geometry.shape_2)) == 1
    return "scalar_s8" if scalar else "broadcast_s8"


_REFERENCE: Mapping[str, Choose] = MappingProxyType(
    {
        "ADD": _reference_binary,
        "FULLY_CONNECTED": _reference_fully_connected,
        "MAXIMUM": _reference_slow_binary,
        "MEAN": _reference_reduce,
        "MINIMUM": _reference_slow_binary,
        "MUL": _reference_binary,
        "PRELU": _reference_binary,
        "QUANTIZE": lambda geometry: f"reference_{geometry.input_dtype}_{geometry.output_dtype}",
        "DEQUANTIZE": lambda geometry: f"reference_{geometry.input_dtype}_{geometry.output_dtype}",
        "REDUCE_MAX": _reference_reduce,
        "SOFTMAX": _reference_softmax,
        "SUB": _reference_binary,
        "SUM": _reference_reduce,
        "SVDF": _reference_svdf,
    }
)
"""Operators for which the reference library has more than one kernel."""

_CMSIS_NN: Mapping[str, Choose] = MappingProxyType(
    {
        "ADD": _cmsis_add_mul,
        "AVERAGE_POOL_2D": lambda geometry: "avgpool_s8",
        "BATCH_MATMUL": lambda geometry: "batch_matmul_s8",
        "CONV_2D": _cmsis_conv_2d,
        "DEPTHWISE_CONV_2D": _cmsis_depthwise,
        "FULLY_CONNECTED": _cmsis_fully_connected,
        "MAXIMUM": _cmsis_extremum,
        "MAX_POOL_2D": lambda geometry: "max_pool_s8",
        "MINIMUM": _cmsis_extremum,
        "MUL": _cmsis_add_mul,
        "PAD": lambda geometry: "pad_s8" if geometry.item_bytes == 1 else "reference",
        "PADV2": lambda geometry: "pad_s8" if geometry.item_bytes == 1 else "reference",
        "SOFTMAX": _cmsis_softmax,
        "SVDF": lambda geometry: "svdf_s8" if geometry.state_dtype == "int8" else "svdf_state_s16_s8",
        "TRANSPOSE_CONV": _cmsis_transpose_conv,
        "UNIDIRECTIONAL_SEQUENCE_LSTM": lambda geometry: "lstm_s8",
        "TRANSPOSE": lambda geometry: "transpose_s8" if geometry.item_bytes == 1 else "reference",
    }
)


def variant(library: str, name: str, geometry: Geometry, target: Target) -> str:
    """The name of the internal kernel that runs operator `name`, e.g. "dw_3x3".

    `bare-c` has one kernel an operator: "bare_c". A geometry that is not the builtin operator's own
    (a user's operator under a builtin name) answers "reference".
    """
    if library == "bare-c":
        return "bare_c"
    choose = _REFERENCE.get(name)
    if library == "tflm-cmsis-nn":
        choose = _CMSIS_NN.get(name, choose)
    if choose is None:
        return "reference"
    try:
        return choose(geometry)
    except AttributeError:
        return "reference"
