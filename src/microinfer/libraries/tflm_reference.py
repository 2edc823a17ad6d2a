"""Memory that TFLM's reference kernels ask for.

Sizes of structures come from the layout table; what depends on shapes is here. Source: the kernels'
Init and Prepare functions of TFLM 90b983c2, held against traces of every allocation on an emulated Cortex-M4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from ..model.tables import ITEM_BYTES
from ..operators.spec import Geometry
from .demand import Demand
from .layout import StructLayout
from .target import Target
from .variants import variant

if TYPE_CHECKING:
    from ..operators.batch_matmul import BatchMatmulGeometry
    from ..operators.conv_2d import Conv2DGeometry
    from ..operators.depth_to_space import BlockGeometry
    from ..operators.depthwise_conv_2d import DepthwiseConv2DGeometry
    from ..operators.fully_connected import FullyConnectedGeometry
    from ..operators.gather import GatherGeometry
    from ..operators.mean import ReduceGeometry
    from ..operators.softmax import SoftmaxGeometry
    from ..operators.svdf import SvdfGeometry
    from ..operators.transpose_conv import TransposeConvGeometry
    from ..operators.unidirectional_sequence_lstm import LstmGeometry

__all__ = ["LIBRARY", "TEMPORARIES", "Requests", "demand", "per_channel", "prepare_requests", "scratch"]

LIBRARY = "tflm-reference"
Requests: TypeAlias = Callable[[Any, StructLayout], tuple[int, ...]]

INT32_BYTES = 4
INT16_TABLE_BYTES = 2 * 513
BATCH_MATMUL_QUANTIZATION_BYTES = 7 * INT32_BYTES

TEMPORARIES: Mapping[str, str] = MappingProxyType(
    {
        "ABS": "i0 o0",
        "ADD": "i0 i1 o0",
        "ARG_MAX": "",
        "ARG_MIN": "",
        "AVERAGE_POOL_2D": "i0 o0",
        "BATCH_MATMUL": "i0 i1 o0",
        "BATCH_TO_SPACE_ND": "i0 o0",
        "BROADCAST_TO": "i0 i1 o0",
        "CAST": "i0 o0",
        "CONCATENATION": "i0 o0 i*",
        "CONV_2D": "o0 i0 i1 + + i0 i1 i2 o0",
        "DEPTHWISE_CONV_2D": "o0 i0 i1 + + i0 i1 i2 o0",
        "DEPTH_TO_SPACE": "i0 o0 +",
        "DEQUANTIZE": "i0 o0",
        "ELU": "i0 o0",
        "EQUAL": "i0 i1",
        "EXPAND_DIMS": "i0 i1 o0",
        "FILL": "i0 i1 o0",
        "FULLY_CONNECTED": "i0 i1 i2 o0 + +",
        "GATHER": "i0 i1 o0 +",
        "GREATER": "i0 i1",
        "GREATER_EQUAL": "i0 i1",
        "HARD_SWISH": "i0 o0",
        "LEAKY_RELU": "i0 o0",
        "LESS": "i0 i1",
        "LESS_EQUAL": "i0 i1",
        "LOGISTIC": "i0 o0",
        "MAXIMUM": "",
        "MAX_POOL_2D": "i0 o0",
        "MEAN": "i0 o0 i1 i0 i1 o0",
        "MINIMUM": "",
        "MUL": "i0 i1 o0",
        "NOT_EQUAL": "i0 i1",
        "PACK": "",
        "PAD": "i0 i1 o0",
        "PADV2": "i0 i1 i2 o0",
        "PRELU": "i0 i1 o0",
        "QUANTIZE": "i0 o0",
        "REDUCE_MAX": "i0 i1 o0 i0 o0 i1",
        "RELU": "i0 o0",
        "RELU6": "i0",
        "RESHAPE": "i0 o0",
        "RESIZE_BILINEAR": "i0 i1 o0",
        "RESIZE_NEAREST_NEIGHBOR": "i0 i1 o0",
        "SELECT_V2": "i0 i1 i2 o0",
        "SHAPE": "",
        "SLICE": "i0 i1 i2 o0",
        "SOFTMAX": "i0 o0 + +",
        "SPACE_TO_BATCH_ND": "i0 o0",
        "SPACE_TO_DEPTH": "i0 o0 +",
        "SPLIT": "i0",
        "SPLIT_V": "i2",
        "SQUEEZE": "i0 o0",
        "STRIDED_SLICE": "i0 i1 i2 i3 o0",
        "SUB": "i0 i1 o0",
        "SUM": "i0 o0 i1 i0 i1 o0",
        "SVDF": "i0 i1 i2 i3 i4 o0",
        "TANH": "i0 o0 i0",
        "TRANSPOSE": "i0 i1 o0",
        "TRANSPOSE_CONV": "o0 i2 i1 + + i2 i1 i3 o0",
        "UNIDIRECTIONAL_SEQUENCE_LSTM": "i* o0",
        "UNPACK": "",
        "ZEROS_LIKE": "i0 o0",
    }
)
"""Temporary tensors of each Prepare, in `Demand.temporaries`' notation; also the operators known here."""


def per_channel(channels: int) -> tuple[int, int]:
    """Arrays of multipliers and of shifts."""
    return INT32_BYTES * channels, INT32_BYTES * channels


def _softmax_tables(geometry: SoftmaxGeometry, layout: StructLayout) -> tuple[int, ...]:
    return (INT16_TABLE_BYTES, INT16_TABLE_BYTES) if geometry.input_dtype == "int16" else ()


def _sum_scratch(geometry: ReduceGeometry, layout: StructLayout) -> tuple[int, ...]:
    indices = _max_scratch(geometry, layout)
    if geometry.dtype not in ("int8", "int16"):
        return indices
    return INT32_BYTES * prod(geometry.output_shape), *indices


def _max_scratch(geometry: ReduceGeometry, layout: StructLayout) -> tuple[int, ...]:
    return INT32_BYTES * len(geometry.input_shape), INT32_BYTES * geometry.axis_count


def transposed_copy(shape: tuple[int, ...], dtype: str, layout: StructLayout) -> tuple[int, ...]:
    """A TfLiteEvalTensor with dimensions and data of its own."""
    dimensions = layout.size("TfLiteIntArray") * (1 + len(shape))
    return layout.size("TfLiteEvalTensor"), dimensions, prod(shape) * ITEM_BYTES.get(dtype, 1)


def batch_matmul_copies(geometry: BatchMatmulGeometry, layout: StructLayout) -> tuple[int, ...]:
    """Transposed operands: the left one where adj_x asks for it, the right one unless adj_y spares it."""
    left = transposed_copy(geometry.shape_1, geometry.dtype, layout) if geometry.adj_x else ()
    right = () if geometry.adj_y else transposed_copy(geometry.shape_2, geometry.dtype, layout)
    return left + right


def _batch_matmul(geometry: BatchMatmulGeometry, layout: StructLayout) -> tuple[int, ...]:
    quantization = (BATCH_MATMUL_QUANTIZATION_BYTES,) if geometry.dtype in ("int8", "int16") else ()
    dimensions = layout.size("TfLiteIntArray") * (1 + len(geometry.output_shape))
    return (*quantization, *batch_matmul_copies(geometry, layout), dimensions)


def _written_dimensions(rank: int, layout: StructLayout) -> tuple[int, ...]:
    """The output's dimensions, which Prepare writes anew."""
    return (layout.size("TfLiteIntArray") * (1 + rank),)


def _svdf_scratch(geometry: SvdfGeometry, layout: StructLayout) -> tuple[int, ...]:
    return INT32_BYTES * geometry.batch * geometry.filters, INT32_BYTES * geometry.batch * geometry.units


def lstm_buffer(geometry: LstmGeometry) -> int:
    """One int16 buffer of the state's shape."""
    return 2 * geometry.batch * geometry.units


def _convolution_channels(
    geometry: Conv2DGeometry | DepthwiseConv2DGeometry | TransposeConvGeometry, layout: StructLayout
) -> tuple[int, ...]:
    return per_channel(geometry.output_c)


def _fully_connected_channels(geometry: FullyConnectedGeometry, layout: StructLayout) -> tuple[int, ...]:
    return per_channel(geometry.output_depth) if geometry.per_channel else ()


def _block(geometry: BlockGeometry, layout: StructLayout) -> tuple[int, ...]:
    return _written_dimensions(4, layout)


def _gather(geometry: GatherGeometry, layout: StructLayout) -> tuple[int, ...]:
    return _written_dimensions(geometry.output_rank, layout)


def _unpacked(geometry: Conv2DGeometry, layout: StructLayout) -> tuple[int, ...]:
    """Weights of 4 bits are unpacked in every run."""
    weights = geometry.output_c * geometry.kernel_h * geometry.kernel_w * geometry.filter_c
    return (weights,) if geometry.weight_bits == 4 else ()


def _unpacked_depthwise(geometry: DepthwiseConv2DGeometry, layout: StructLayout) -> tuple[int, ...]:
    weights = geometry.kernel_h * geometry.kernel_w * geometry.output_c
    return (weights,) if geometry.weight_bits == 4 else ()


def _unpacked_matrix(geometry: FullyConnectedGeometry, layout: StructLayout) -> tuple[int, ...]:
    weights = geometry.input_depth * geometry.output_depth
    return (weights,) if geometry.weight_bits == 4 else ()


def _transpose_conv_scratch(geometry: TransposeConvGeometry, layout: StructLayout) -> tuple[int, ...]:
    outputs = geometry.batch * geometry.output_h * geometry.output_w * geometry.output_c
    return (INT32_BYTES * outputs,)


def _lstm_scratch(geometry: LstmGeometry, layout: StructLayout) -> tuple[int, ...]:
    return 4 * (lstm_buffer(geometry),)


PERSISTENT: Mapping[str, Requests] = MappingProxyType(
    {
        "BATCH_MATMUL": _batch_matmul,
        "CONV_2D": _convolution_channels,
        "DEPTHWISE_CONV_2D": _convolution_channels,
        "DEPTH_TO_SPACE": _block,
        "FULLY_CONNECTED": _fully_connected_channels,
        "GATHER": _gather,
        "SOFTMAX": _softmax_tables,
        "SPACE_TO_DEPTH": _block,
        "TRANSPOSE_CONV": _convolution_channels,
    }
)
"""Persistent requests of Prepare that depend on shapes; each is 16-byte aligned."""

SCRATCH: Mapping[str, Requests] = MappingProxyType(
    {
        "CONV_2D": _unpacked,
        "DEPTHWISE_CONV_2D": _unpacked_depthwise,
        "FULLY_CONNECTED": _unpacked_matrix,
        "MEAN": _sum_scratch,
        "REDUCE_MAX": _max_scratch,
        "SUM": _sum_scratch,
        "SVDF": _svdf_scratch,
        "TRANSPOSE_CONV": _transpose_conv_scratch,
        "UNIDIRECTIONAL_SEQUENCE_LSTM": _lstm_scratch,
    }
)


def _nothing(geometry: Any, layout: StructLayout) -> tuple[int, ...]:
    return ()


def prepare_requests(name: str, geometry: Geometry, layout: StructLayout) -> tuple[int, ...]:
    """Persistent requests of an operator's Prepare, in bytes."""
    return PERSISTENT.get(name, _nothing)(geometry, layout)


def scratch(name: str, geometry: Geometry, layout: StructLayout) -> tuple[int, ...]:
    """Scratch requests of an operator, in bytes."""
    return SCRATCH.get(name, _nothing)(geometry, layout)


def demand(name: str, geometry: Geometry, target: Target, layout: StructLayout) -> Demand | None:
    """What operator `name` asks for; None for an operator that is not in the table."""
    if name not in TEMPORARIES:
        return None
    init = layout.init[LIBRARY].get(name)
    return Demand(
        variant=variant(LIBRARY, name, geometry, target),
        scratch_bytes=scratch(name, geometry, layout),
        init_bytes=() if init is None else (init,),
        prepare_bytes=prepare_requests(name, geometry, layout),
        builtin_data=layout.parameters.get(name),
        temporaries=TEMPORARIES[name],
    )
