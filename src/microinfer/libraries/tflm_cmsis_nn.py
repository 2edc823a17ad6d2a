"""Memory that TFLM's CMSIS-NN kernels ask for, by core: with MVE, with the DSP extension, with neither.

What has no CMSIS-NN kernel asks as the reference does. Source: TFLM 90b983c2, built for speed, and the
`get_buffer_size` functions of CMSIS-NN 4ab83cc3, held against what these functions answered on all three
kinds of core and against traces of an emulated Cortex-M4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from ..model.align import align_up
from ..operators.spec import Geometry
from . import tflm_reference as reference
from .cmsis_nn_variants import DEPTHWISE_AS_CONVOLUTION, is_1_by_1, is_1_by_n, reverses
from .demand import Demand
from .layout import StructLayout
from .target import Core, Target
from .tflm_reference import BATCH_MATMUL_QUANTIZATION_BYTES, INT32_BYTES
from .variants import variant

if TYPE_CHECKING:
    from ..operators.average_pool_2d import PoolGeometry
    from ..operators.batch_matmul import BatchMatmulGeometry
    from ..operators.conv_2d import Conv2DGeometry
    from ..operators.depthwise_conv_2d import DepthwiseConv2DGeometry
    from ..operators.fully_connected import FullyConnectedGeometry
    from ..operators.svdf import SvdfGeometry
    from ..operators.transpose_conv import TransposeConvGeometry
    from ..operators.unidirectional_sequence_lstm import LstmGeometry

__all__ = ["LIBRARY", "demand"]

LIBRARY = "tflm-cmsis-nn"
INT16_BYTES = 2
MVE_COLUMNS, MVE_BYTES = 4, 16
"""Patches that are laid out at once, and bytes of a vector register."""
MVE_DEPTHWISE_CHANNELS = 124
"""Channels that a depthwise convolution lays out at once."""

Scratch: TypeAlias = Callable[[Any, Core], tuple[int, ...]]
Persistent: TypeAlias = Callable[[Any, Core, StructLayout], tuple[int, ...]]

_TEMPORARIES: Mapping[str, str] = MappingProxyType(
    {
        "AVERAGE_POOL_2D": "i0 o0 i0 o0",
        "CONV_2D": "i0 i1 o0 + + i0 i1 i2 o0",
        "DEPTHWISE_CONV_2D": "i0 i1 o0 + + i0 i1 i2 o0",
    }
)
"""Where Prepare differs from the reference's."""


def _asked(size: int) -> tuple[int, ...]:
    """A request is made for what is not nothing."""
    return (size,) if size > 0 else ()


def _patches(taps: int, core: Core) -> int:
    """Patches under the window: two in int16, or with MVE four in int8, whole registers each."""
    if core.mve:
        return MVE_COLUMNS * align_up(taps, MVE_BYTES)
    return 2 * INT16_BYTES * align_up(taps, 4)


def _row_patches(g: Conv2DGeometry, taps: int, core: Core) -> int:
    """1 x n with MVE: windows that hang over an end of the row are laid out, unless that is most of them."""
    odd = ((g.output_w - 1) * g.stride_w + g.kernel_w - g.input_w) % 2
    right = max(1, -(-(g.pad_w + odd) // g.stride_w)) if g.pad_w + odd else 0
    left = max(1, -(-g.pad_w // g.stride_w)) if g.pad_w else 0
    if left + right > g.output_w:
        return _patches(taps, core)
    if g.weight_bits == 4:
        return 0
    window, pad = g.kernel_w * g.input_c, g.pad_w * g.input_c
    return max(window + pad, window - g.input_c + (right * g.input_c if odd else pad))


def conv_2d(geometry: Conv2DGeometry, core: Core) -> int:
    if is_1_by_1(geometry):
        return 0
    taps = geometry.kernel_h * geometry.kernel_w * geometry.input_c
    if core.mve:
        return _row_patches(geometry, taps, core) if is_1_by_n(geometry) else _patches(taps, core)
    return 2 * INT16_BYTES * taps if geometry.weight_bits == 4 else _patches(taps, core)


def _conv_2d(geometry: Conv2DGeometry, core: Core) -> tuple[int, ...]:
    return _asked(conv_2d(geometry, core))


def _as_convolution(g: DepthwiseConv2DGeometry) -> Conv2DGeometry:
    from ..operators.conv_2d import Conv2DGeometry

    return Conv2DGeometry(
        batch=g.batch,
        input_h=g.input_h,
        input_w=g.input_w,
        input_c=g.input_c,
        output_h=g.output_h,
        output_w=g.output_w,
        output_c=g.output_c,
        kernel_h=g.kernel_h,
        kernel_w=g.kernel_w,
        filter_c=1,
        stride_h=g.stride_h,
        stride_w=g.stride_w,
        dilation_h=g.dilation_h,
        dilation_w=g.dilation_w,
        pad_h=g.pad_h,
        pad_w=g.pad_w,
        per_channel=g.per_channel,
        bias=g.bias,
    )


def _depthwise_conv_2d(g: DepthwiseConv2DGeometry, core: Core) -> tuple[int, ...]:
    window = g.kernel_h * g.kernel_w
    if g.weight_bits == 8 and core.mve and g.input_c == 1 and g.output_c > DEPTHWISE_AS_CONVOLUTION:
        return _asked(conv_2d(_as_convolution(g), core) + window * g.output_c)
    if g.depth_multiplier != 1 or g.batch != 1 or g.dilation_h != 1 or g.dilation_w != 1:
        return ()
    if core.mve:
        return _asked(MVE_COLUMNS * MVE_DEPTHWISE_CHANNELS * window)
    if g.weight_bits == 8:
        small = g.kernel_h == g.kernel_w == 3 and max(g.pad_h, g.pad_w) <= 1
        if small or not core.dsp:
            return ()
    return _asked(INT16_BYTES * g.input_c * window)


def _average_pool(geometry: PoolGeometry, core: Core) -> tuple[int, ...]:
    return _asked(INT32_BYTES * geometry.channels) if core.dsp and not core.mve else ()


def _sums_weights(geometry: FullyConnectedGeometry) -> bool:
    """Where MVE takes sums of weights: not in the 1 x 1 convolution, and not of 4 bits."""
    return geometry.weight_bits == 8 and not _runs_as_1_by_1(geometry)


def _runs_as_1_by_1(geometry: FullyConnectedGeometry) -> bool:
    return geometry.weight_bits == 8 and geometry.output_rank > 2 and geometry.input_depth % 4 == 0


def _fully_connected(geometry: FullyConnectedGeometry, core: Core) -> tuple[int, ...]:
    """The 1x1 convolution takes multipliers and shifts a channel: per-tensor ones are spread out."""
    if _runs_as_1_by_1(geometry) and not geometry.per_channel:
        return (2 * INT32_BYTES * geometry.output_depth,)
    if core.mve and _sums_weights(geometry) and not geometry.constant:
        return (INT32_BYTES * geometry.output_depth,)
    return ()


def _transpose_conv(geometry: TransposeConvGeometry, core: Core) -> tuple[int, ...]:
    """Rows of int32 sums, or, where the reverse convolution pays, its columns and the turned filter.

    The rolling buffer's width takes the vertical stride, as `arm_transpose_conv_s8_get_buffer_size` does.
    """
    if reverses(geometry):
        taps = geometry.kernel_h * geometry.kernel_w * geometry.input_c
        return _patches(taps, core), taps * geometry.output_c
    columns = (geometry.input_w - 1) * geometry.stride_w + max(geometry.kernel_w, geometry.stride_h)
    rows = max(geometry.kernel_h, geometry.stride_h)
    return INT32_BYTES * columns * rows * geometry.output_c, 0


def _batch_matmul_scratch(geometry: BatchMatmulGeometry, core: Core) -> tuple[int, ...]:
    return (INT32_BYTES * geometry.output_shape[-1],) if core.mve and geometry.dtype == "int8" else ()


def _lstm_scratch(geometry: LstmGeometry, core: Core) -> tuple[int, ...]:
    return 3 * (reference.lstm_buffer(geometry),)


SCRATCH: Mapping[str, Scratch] = MappingProxyType(
    {
        "AVERAGE_POOL_2D": _average_pool,
        "BATCH_MATMUL": _batch_matmul_scratch,
        "CONV_2D": _conv_2d,
        "DEPTHWISE_CONV_2D": _depthwise_conv_2d,
        "FULLY_CONNECTED": _fully_connected,
        "TRANSPOSE_CONV": _transpose_conv,
        "UNIDIRECTIONAL_SEQUENCE_LSTM": _lstm_scratch,
    }
)


def _batch_matmul(geometry: BatchMatmulGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    quantization = (BATCH_MATMUL_QUANTIZATION_BYTES,) if geometry.dtype in ("int8", "int16") else ()
    dimensions = layout.size("TfLiteIntArray") * (1 + len(geometry.output_shape))
    return (*reference.batch_matmul_copies(geometry, layout), dimensions, *quantization)


def _fully_connected_sums(
    geometry: FullyConnectedGeometry, core: Core, layout: StructLayout
) -> tuple[int, ...]:
    """With MVE, sums of constant weights beside what the reference keeps."""
    kept = reference.prepare_requests("FULLY_CONNECTED", geometry, layout)
    if core.mve and _sums_weights(geometry) and geometry.constant:
        return (*kept, INT32_BYTES * geometry.output_depth)
    return kept


def _svdf_sums(geometry: SvdfGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    return (INT32_BYTES * geometry.filters,) if core.mve else ()


def _lstm(geometry: LstmGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    return 8 * (INT32_BYTES * geometry.units,)


PERSISTENT: Mapping[str, Persistent] = MappingProxyType(
    {
        "BATCH_MATMUL": _batch_matmul,
        "FULLY_CONNECTED": _fully_connected_sums,
        "SVDF": _svdf_sums,
        "UNIDIRECTIONAL_SEQUENCE_LSTM": _lstm,
    }
)
"""Sums of weights, an array for each of an LSTM's eight matrices, and what differs in order."""


def demand(name: str, geometry: Geometry, target: Target, layout: StructLayout) -> Demand | None:
    """What operator `name` asks for; None for an operator that is not in the table."""
    if name not in reference.TEMPORARIES or LIBRARY not in layout.init:
        return None
    init = layout.init[LIBRARY].get(name)
    scratch, persistent = SCRATCH.get(name), PERSISTENT.get(name)
    return Demand(
        variant=variant(LIBRARY, name, geometry, target),
        scratch_bytes=scratch(geometry, target.core)
        if scratch
        else reference.scratch(name, geometry, layout),
        init_bytes=() if init is None else (init,),
        prepare_bytes=(
            persistent(geometry, target.core, layout)
            if persistent
            else reference.prepare_requests(name, geometry, layout)
        ),
        builtin_data=layout.parameters.get(name),
        temporaries=_TEMPORARIES.get(name, reference.TEMPORARIES[name]),
    )
