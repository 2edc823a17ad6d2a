"""Memory that TFLM's CMSIS-NN kernels ask for, on a core with the DSP extension and without MVE.

What has no CMSIS-NN kernel asks as the reference does. Source: TFLM 90b983c2 and the
`get_buffer_size` functions of CMSIS-NN 4ab83cc3, held against traces on a Cortex-M4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from ..graph import Geometry
from ..planner import align_up
from ..target import Target
from . import tflm_reference as reference
from .demand import Demand
from .layout import StructLayout
from .tflm_reference import BATCH_MATMUL_QUANTIZATION_BYTES, INT32_BYTES, Requests
from .variants import variant

__all__ = ["LIBRARY", "demand"]

LIBRARY = "tflm-cmsis-nn"
Scratch: TypeAlias = Callable[[Any, Target], tuple[int, ...]]
INT16_BYTES = 2

_TEMPORARIES: Mapping[str, str] = MappingProxyType(
    {
        "AVERAGE_POOL_2D": "i0 o0 i0 o0",
        "CONV_2D": "i0 i1 o0 + + i0 i1 i2 o0",
        "DEPTHWISE_CONV_2D": "i0 i1 o0 + + i0 i1 i2 o0",
    }
)
"""Where Prepare differs from the reference's."""


def _conv_scratch(geometry: Any, target: Target) -> tuple[int, ...]:
    if variant(LIBRARY, "CONV_2D", geometry, target).startswith("1x1"):
        return ()
    taps = geometry.kernel_h * geometry.kernel_w * geometry.input_c
    return (2 * INT16_BYTES * align_up(taps, 4),)


def _depthwise_scratch(geometry: Any, target: Target) -> tuple[int, ...]:
    if variant(LIBRARY, "DEPTHWISE_CONV_2D", geometry, target) != "dw_opt":
        return ()
    return (INT16_BYTES * geometry.input_c * geometry.kernel_h * geometry.kernel_w,)


def _fully_connected_scratch(geometry: Any, target: Target) -> tuple[int, ...]:
    """The 1x1 convolution takes multipliers and shifts a channel: per-tensor ones are spread out."""
    if variant(LIBRARY, "FULLY_CONNECTED", geometry, target) == "conv_1x1_fast" and not geometry.per_channel:
        return (2 * INT32_BYTES * geometry.output_depth,)
    return ()


def _transpose_conv_scratch(geometry: Any, target: Target) -> tuple[int, ...]:
    """Rows of int32 sums, or, where the reverse convolution pays, its columns and the turned filter.

    The rolling buffer's width takes the vertical stride, as `arm_transpose_conv_s8_get_buffer_size` does.
    """
    if geometry.input_c > 16 and max(geometry.stride_h, geometry.stride_w) <= 2:
        taps = geometry.kernel_h * geometry.kernel_w * geometry.input_c
        return 2 * INT16_BYTES * align_up(taps, 4), taps * geometry.output_c
    columns = (geometry.input_w - 1) * geometry.stride_w + max(geometry.kernel_w, geometry.stride_h)
    rows = max(geometry.kernel_h, geometry.stride_h)
    return INT32_BYTES * columns * rows * geometry.output_c, 0


def _batch_matmul(geometry: Any, layout: StructLayout) -> tuple[int, ...]:
    quantization = (BATCH_MATMUL_QUANTIZATION_BYTES,) if geometry.dtype in ("int8", "int16") else ()
    dimensions = layout.size("TfLiteIntArray") * (1 + len(geometry.output_shape))
    return (*reference.batch_matmul_copies(geometry, layout), dimensions, *quantization)


_SCRATCH: Mapping[str, Scratch] = MappingProxyType(
    {
        "AVERAGE_POOL_2D": lambda geometry, target: (INT32_BYTES * geometry.channels,),
        "CONV_2D": _conv_scratch,
        "DEPTHWISE_CONV_2D": _depthwise_scratch,
        "FULLY_CONNECTED": _fully_connected_scratch,
        "TRANSPOSE_CONV": _transpose_conv_scratch,
        "UNIDIRECTIONAL_SEQUENCE_LSTM": lambda geometry, target: 3 * (reference.lstm_buffer(geometry),),
    }
)
_PREPARE: Mapping[str, Requests] = MappingProxyType(
    {
        "BATCH_MATMUL": _batch_matmul,
        "UNIDIRECTIONAL_SEQUENCE_LSTM": lambda geometry, layout: 8 * (INT32_BYTES * geometry.units,),
    }
)
"""Sums of weights, an array for each of an LSTM's eight matrices, and what differs in order."""


def demand(name: str, geometry: Geometry, target: Target, layout: StructLayout) -> Demand | None:
    """What operator `name` asks for; None for an operator that is not in the table."""
    if name not in reference.TEMPORARIES or LIBRARY not in layout.init:
        return None
    init = layout.init[LIBRARY].get(name)
    scratch, prepare = _SCRATCH.get(name), _PREPARE.get(name)
    return Demand(
        variant=variant(LIBRARY, name, geometry, target),
        scratch_bytes=scratch(geometry, target) if scratch else reference.scratch(name, geometry, layout),
        init_bytes=() if init is None else (init,),
        prepare_bytes=(
            prepare(geometry, layout) if prepare else reference.prepare_requests(name, geometry, layout)
        ),
        builtin_data=layout.parameters.get(name),
        temporaries=_TEMPORARIES.get(name, reference.TEMPORARIES[name]),
    )
