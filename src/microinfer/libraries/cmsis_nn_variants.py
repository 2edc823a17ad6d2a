"""Which internal kernel of CMSIS-NN runs an operator, from its geometry and the core.

As `arm_convolve_wrapper_s8` and its sisters choose: by shape, by the width of the weights, and by what the
core has: MVE, the DSP extension, or neither. Source: the dispatch code of TFLM 90b983c2 and CMSIS-NN
4ab83cc3; on an emulated Cortex-M4 confirmed against the functions that ran.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from .reference_variants import (
    broadcasts,
    reference_binary,
    reference_slow_binary,
    reference_softmax,
)
from .target import Core
from .templates import by_type

if TYPE_CHECKING:
    from ..operators.add import BinaryGeometry
    from ..operators.average_pool_2d import PoolGeometry
    from ..operators.batch_matmul import BatchMatmulGeometry
    from ..operators.conv_2d import Conv2DGeometry
    from ..operators.depthwise_conv_2d import DepthwiseConv2DGeometry
    from ..operators.fully_connected import FullyConnectedGeometry
    from ..operators.pad import PadGeometry
    from ..operators.softmax import SoftmaxGeometry
    from ..operators.svdf import SvdfGeometry
    from ..operators.transpose import TransposeGeometry
    from ..operators.transpose_conv import TransposeConvGeometry
    from ..operators.unidirectional_sequence_lstm import LstmGeometry

__all__ = ["CMSIS_NN", "DEPTHWISE_AS_CONVOLUTION", "is_1_by_1", "is_1_by_n", "reverses"]

Choose: TypeAlias = Callable[[Any, Core], str]

REVERSED_CHANNELS = 16
"""Input channels above which a transposed convolution runs as a convolution with the filter turned about."""
DEPTHWISE_AS_CONVOLUTION = 1
"""Output channels above which, with MVE and one input channel, a depthwise convolution runs as a plain one.

GCC's figure; with Arm Compiler it is 8.
"""


def is_1_by_1(geometry: Conv2DGeometry) -> bool:
    return (
        geometry.kernel_h == geometry.kernel_w == geometry.dilation_h == geometry.dilation_w == 1
        and geometry.pad_h == geometry.pad_w == 0
        and geometry.filter_c == geometry.input_c
    )


def is_1_by_n(geometry: Conv2DGeometry) -> bool:
    return (
        geometry.input_h == geometry.kernel_h == geometry.dilation_w == 1
        and geometry.stride_w * geometry.input_c % 4 == 0
        and geometry.filter_c == geometry.input_c
    )


def reverses(geometry: TransposeConvGeometry) -> bool:
    return max(geometry.stride_h, geometry.stride_w) <= 2 and geometry.input_c > REVERSED_CHANNELS


def _conv_2d(geometry: Conv2DGeometry, core: Core) -> str:
    if is_1_by_1(geometry):
        found = "1x1_fast" if geometry.stride_h == geometry.stride_w == 1 else "1x1_strided"
        return found if geometry.weight_bits == 8 else f"{found}_s4"
    if is_1_by_n(geometry):
        return "1_x_n" if geometry.weight_bits == 8 else "1_x_n_s4"
    if geometry.weight_bits == 8:
        return "convolve_s8"
    taps = geometry.kernel_h * geometry.kernel_w * geometry.input_c
    return "convolve_even_s4" if core.mve and taps % 2 == 0 else "convolve_s4"


def _depthwise_conv_2d(geometry: DepthwiseConv2DGeometry, core: Core) -> str:
    """Without the DSP extension the optimised kernel is the generic one."""
    dense = geometry.batch == 1 and geometry.dilation_h == geometry.dilation_w == 1
    if geometry.weight_bits == 4:
        return "dw_opt_s4" if dense and geometry.depth_multiplier == 1 else "dw_generic_s4"
    if core.mve and geometry.input_c == 1 and geometry.output_c > DEPTHWISE_AS_CONVOLUTION:
        return "dw_as_convolution"
    if geometry.depth_multiplier == 1 and dense:
        small = geometry.kernel_h == geometry.kernel_w == 3 and max(geometry.pad_h, geometry.pad_w) <= 1
        if small and not core.mve:
            return "dw_3x3"
        return "dw_opt" if core.dsp else "dw_generic"
    if geometry.depth_multiplier % 4 == 0 and dense:
        return "dw_mult4"
    return "dw_generic" if geometry.dilation_h == geometry.dilation_w == 1 else "dw_generic_dil"


def _fully_connected(geometry: FullyConnectedGeometry, core: Core) -> str:
    if geometry.weight_bits == 4:
        return "vec_mat_s4"
    if geometry.output_rank > 2 and geometry.input_depth % 4 == 0:
        return "conv_1x1_fast"
    return "vec_mat_per_ch" if geometry.per_channel else "vec_mat"


def _transpose_conv(geometry: TransposeConvGeometry, core: Core) -> str:
    if not reverses(geometry):
        return "transpose_conv_forward"
    unit = geometry.stride_h == geometry.stride_w == 1
    return "transpose_conv_reverse" if unit else "transpose_conv_reverse_spread"


def _softmax(geometry: SoftmaxGeometry, core: Core) -> str:
    if geometry.input_dtype == "int8":
        return "softmax_s8_s16" if geometry.output_dtype == "int16" else "softmax_s8"
    return "softmax_s16" if geometry.input_dtype == "int16" else reference_softmax(geometry)


def _add_mul(geometry: BinaryGeometry, core: Core) -> str:
    if broadcasts(geometry) or geometry.dtype not in {"int8", "int16"}:
        return reference_binary(geometry)
    return "elementwise_s8" if geometry.dtype == "int8" else "elementwise_s16"


def _extremum(geometry: BinaryGeometry, core: Core) -> str:
    if geometry.dtype != "int8":
        return reference_slow_binary(geometry)
    if not broadcasts(geometry):
        return "no_broadcast_s8"
    scalar = min(prod(geometry.shape_1), prod(geometry.shape_2)) == 1
    return "scalar_s8" if scalar else "broadcast_s8"


def _average_pool(geometry: PoolGeometry, core: Core) -> str:
    return "avgpool_s8"


def _max_pool(geometry: PoolGeometry, core: Core) -> str:
    return "max_pool_s8"


def _batch_matmul(geometry: BatchMatmulGeometry, core: Core) -> str:
    return "batch_matmul_s8"


def _pad(geometry: PadGeometry, core: Core) -> str:
    return "pad_s8" if geometry.item_bytes == 1 else by_type(geometry)


def _svdf(geometry: SvdfGeometry, core: Core) -> str:
    return "svdf_s8" if geometry.state_dtype == "int8" else "svdf_state_s16_s8"


def _transpose(geometry: TransposeGeometry, core: Core) -> str:
    return "transpose_s8" if geometry.item_bytes == 1 else by_type(geometry)


def _lstm(geometry: LstmGeometry, core: Core) -> str:
    return "lstm_s8"


CMSIS_NN: Mapping[str, Choose] = MappingProxyType(
    {
        "ADD": _add_mul,
        "AVERAGE_POOL_2D": _average_pool,
        "BATCH_MATMUL": _batch_matmul,
        "CONV_2D": _conv_2d,
        "DEPTHWISE_CONV_2D": _depthwise_conv_2d,
        "FULLY_CONNECTED": _fully_connected,
        "MAXIMUM": _extremum,
        "MAX_POOL_2D": _max_pool,
        "MINIMUM": _extremum,
        "MUL": _add_mul,
        "PAD": _pad,
        "PADV2": _pad,
        "SOFTMAX": _softmax,
        "SVDF": _svdf,
        "TRANSPOSE": _transpose,
        "TRANSPOSE_CONV": _transpose_conv,
        "UNIDIRECTIONAL_SEQUENCE_LSTM": _lstm,
    }
)
"""Operators for which TFLM has a CMSIS-NN kernel; all others run the reference's."""
