"""Convolutions of CMSIS-NN: which kernel, its scratch, its weights' traffic and its faults.

As `arm_convolve_wrapper_s8` and its sisters choose: by shape, by the width of the weights, and by what the
core has: MVE, the DSP extension, or neither. How often loops turn is in `convolution`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from ...model.align import align_up
from ...operators.conv_2d import Conv2DGeometry
from ..fault import fails, other_bits
from ..kernel import Inner
from ..templates import typed
from ..tflm_reference import windowed as reference
from ..traffic import WeightTraffic
from .convolution import (
    convolve_1x1_counts,
    convolve_counts,
    depthwise_3x3_counts,
    depthwise_by_four_counts,
    depthwise_generic_counts,
    depthwise_optimized_counts,
)
from .int16_layers import (
    conv_2d_s16_faults,
    convolve_s16_counts,
    convolve_s16_variant,
    rescaling_faults,
)
from .other_types import other_type, zero_point_faults
from .patches import (
    INT16,
    INT16_BYTES,
    MVE_COLUMNS,
    UINT16,
    asked,
    is_1_by_1,
    is_1_by_n,
    matrix_product_traffic,
    patches,
)
from .vectors import convolve_1_x_n_vectors, convolve_1x1_vectors, convolve_vectors

if TYPE_CHECKING:
    from ...operators.depthwise_conv_2d import DepthwiseConv2DGeometry
    from ...operators.spec import Step
    from ..fault import Fault
    from ..kernel import Counts, Observed
    from ..layout import StructLayout
    from ..target import Core, Target


DEPTHWISE_AS_CONVOLUTION = 1
"""Output channels above which, with MVE and one input channel, a depthwise convolution runs as a plain one.

GCC's figure; with Arm Compiler it is 8.
"""


def conv_2d_variant(geometry: Conv2DGeometry, core: Core) -> str:
    if geometry.dtype == "int16":
        return convolve_s16_variant(geometry)
    if geometry.dtype == "float32":
        return typed("reference", geometry.dtype)
    if is_1_by_1(geometry):
        found = "1x1_fast" if geometry.stride_h == geometry.stride_w == 1 else "1x1_strided"
        return found if geometry.weight_bits == 8 else f"{found}_s4"
    if is_1_by_n(geometry):
        return "1_x_n" if geometry.weight_bits == 8 else "1_x_n_s4"
    if geometry.weight_bits == 8:
        return "convolve_s8"
    taps = geometry.kernel_h * geometry.kernel_w * geometry.input_c
    return "convolve_even_s4" if core.mve and taps % 2 == 0 else "convolve_s4"


def depthwise_conv_2d_variant(geometry: DepthwiseConv2DGeometry, core: Core) -> str:
    """Without the DSP extension the optimised kernel is the generic one."""
    if geometry.dtype != "int8":
        return other_type(geometry.dtype, "dw_generic")
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


MVE_DEPTHWISE_CHANNELS = 124
"""Channels that a depthwise convolution lays out at once."""


def _row_patches(g: Conv2DGeometry, taps: int, core: Core) -> int:
    """1 x n with MVE: windows that hang over an end of the row are laid out, unless that is most of them."""
    odd = ((g.output_w - 1) * g.stride_w + g.kernel_w - g.input_w) % 2
    right = max(1, -(-(g.pad_w + odd) // g.stride_w)) if g.pad_w + odd else 0
    left = max(1, -(-g.pad_w // g.stride_w)) if g.pad_w else 0
    if left + right > g.output_w:
        return patches(taps, core)
    if g.weight_bits == 4:
        return 0
    window, pad = g.kernel_w * g.input_c, g.pad_w * g.input_c
    return max(window + pad, window - g.input_c + (right * g.input_c if odd else pad))


def conv_2d_bytes(geometry: Conv2DGeometry, core: Core) -> int:
    if is_1_by_1(geometry):
        return 0
    taps = geometry.kernel_h * geometry.kernel_w * geometry.input_c
    if core.mve:
        return _row_patches(geometry, taps, core) if is_1_by_n(geometry) else patches(taps, core)
    return 2 * INT16_BYTES * taps if geometry.weight_bits == 4 else patches(taps, core)


def conv_2d_scratch(geometry: Conv2DGeometry, core: Core) -> tuple[int, ...]:
    if geometry.dtype == "float32":
        return ()
    if geometry.dtype == "int16":
        taps = geometry.kernel_h * geometry.kernel_w * geometry.input_c
        return asked(INT16_BYTES * (MVE_COLUMNS * align_up(taps, 8) if core.mve else 2 * taps))
    return asked(conv_2d_bytes(geometry, core))


def channels(
    geometry: Conv2DGeometry | DepthwiseConv2DGeometry, core: Core, layout: StructLayout
) -> tuple[int, ...]:
    """Multipliers and shifts, which the reference keeps even for real numbers."""
    if geometry.dtype == "float32":
        return ()
    return reference.convolution_channels(geometry, core, layout)


def _as_convolution(g: DepthwiseConv2DGeometry) -> Conv2DGeometry:
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


def depthwise_as_convolution_counts(g: DepthwiseConv2DGeometry, seen: Observed) -> Counts:
    """The weights are turned first."""
    turned = g.kernel_h * g.kernel_w * g.output_c
    return {**convolve_vectors(_as_convolution(g), seen), "turned_weights": turned}


def depthwise_as_convolution_traffic(g: DepthwiseConv2DGeometry) -> WeightTraffic:
    return WeightTraffic(g.kernel_h * g.kernel_w * g.output_c)


def depthwise_conv_2d_scratch(g: DepthwiseConv2DGeometry, core: Core) -> tuple[int, ...]:
    if g.dtype != "int8":
        return ()
    window = g.kernel_h * g.kernel_w
    if g.weight_bits == 8 and core.mve and g.input_c == 1 and g.output_c > DEPTHWISE_AS_CONVOLUTION:
        return asked(conv_2d_bytes(_as_convolution(g), core) + window * g.output_c)
    if g.depth_multiplier != 1 or g.batch != 1 or g.dilation_h != 1 or g.dilation_w != 1:
        return ()
    if core.mve:
        return asked(MVE_COLUMNS * MVE_DEPTHWISE_CHANNELS * window)
    if g.weight_bits == 8:
        small = g.kernel_h == g.kernel_w == 3 and max(g.pad_h, g.pad_w) <= 1
        if small or not core.dsp:
            return ()
    return asked(INT16_BYTES * g.input_c * window)


def conv_2d_faults(step: Step, g: Conv2DGeometry, target: Target) -> Iterator[Fault]:
    yield from zero_point_faults(step, g.dtype)
    if g.dtype == "float32":
        return
    if g.dtype == "int16":
        yield from conv_2d_s16_faults(step, g, target)
    elif g.groups > 1 and g.weight_bits == 4:
        yield other_bits(f"CMSIS-NN's convolution by weights of 4 bits knows no groups, here are {g.groups}")
    elif g.groups > 1 and not g.bias:
        yield fails(
            f"CMSIS-NN's convolution in {g.groups} groups without a bias reads one from address 0 on, from "
            "the second group: give the layer a bias of zeros"
        )
    sizes = g.input_h, g.input_w, g.input_c, g.output_h, g.output_w, g.output_c
    if g.dtype == "int8" and not is_1_by_1(g) and max(sizes) > UINT16:
        yield other_bits(f"CMSIS-NN keeps sizes in 16 bits, and one of this convolution's is {max(sizes):,}")


def depthwise_conv_2d_faults(step: Step, g: DepthwiseConv2DGeometry, target: Target) -> Iterator[Fault]:
    yield from zero_point_faults(step, g.dtype)
    if g.dtype == "float32":
        return
    kernel = depthwise_conv_2d_variant(g, target.core)
    if g.dtype == "int16":
        yield from rescaling_faults(step, 3, g.kernel_h * g.kernel_w)
    if kernel == "dw_generic_s4" and g.input_c % 2 and g.kernel_h * g.kernel_w > 1:
        yield other_bits(
            f"CMSIS-NN mixes up weights of 4 bits where the input channels are odd, here {g.input_c}, and "
            "the layer has a batch, a dilation or a depth multiplier"
        )
    last = max((g.output_h - 1) * g.stride_h - g.pad_h, (g.output_w - 1) * g.stride_w - g.pad_w)
    sizes = g.input_h, g.input_w, g.input_c, g.output_h, g.output_w, g.output_c
    if kernel not in {"dw_3x3", "dw_mult4"} and (last > INT16 or max(sizes) > UINT16):
        yield other_bits(f"CMSIS-NN keeps the window's position in 16 bits, and it goes to {last:,} here")


def convolve_1x1_traffic(g: Conv2DGeometry) -> WeightTraffic:
    whole = g.stride_h == g.stride_w == 1
    rows = g.batch * g.input_h * g.input_w if whole else g.output_w
    return matrix_product_traffic(rows, g.input_c, g.output_c, 1 if whole else g.batch * g.output_h)


def convolve_traffic(g: Conv2DGeometry) -> WeightTraffic:
    """Once for every two patches."""
    pixels = g.output_h * g.output_w
    depth = g.kernel_h * g.kernel_w * g.filter_c
    return WeightTraffic(g.batch * (pixels // 2 + pixels % 2) * depth * g.output_c)


def depthwise_traffic(g: DepthwiseConv2DGeometry) -> WeightTraffic:
    """Four channels at a time, that is a word, from rows of channels."""
    return WeightTraffic(g.macs_executed)


CONV_2D = replace(
    reference.CONV_2D,
    temporaries="i0 i1 o0 + + i0 i1 i2 o0",
    persistent=channels,
    scratch=conv_2d_scratch,
    variant=conv_2d_variant,
    inner=MappingProxyType(
        {
            "1x1_fast": Inner(convolve_1x1_counts, convolve_1x1_traffic, convolve_1x1_vectors),
            "1x1_fast_s4": Inner(convolve_1x1_counts, convolve_1x1_traffic),
            "1x1_strided": Inner(convolve_1x1_counts, convolve_1x1_traffic, convolve_1x1_vectors),
            "1x1_strided_s4": Inner(convolve_1x1_counts, convolve_1x1_traffic),
            "1_x_n": Inner(convolve_counts, convolve_traffic, convolve_1_x_n_vectors),
            "1_x_n_s4": Inner(convolve_counts, convolve_traffic),
            "convolve_s8": Inner(convolve_counts, convolve_traffic, convolve_vectors),
            "convolve_s4": Inner(convolve_counts),
            "convolve_s16": Inner(convolve_s16_counts, convolve_traffic),
            "convolve_s16_sum32": Inner(convolve_s16_counts, convolve_traffic),
        }
    ),
    faults=conv_2d_faults,
)

DEPTHWISE_CONV_2D = replace(
    reference.DEPTHWISE_CONV_2D,
    temporaries="i0 i1 o0 + + i0 i1 i2 o0",
    persistent=channels,
    scratch=depthwise_conv_2d_scratch,
    variant=depthwise_conv_2d_variant,
    inner=MappingProxyType(
        {
            "dw_as_convolution": Inner(depthwise_as_convolution_counts, depthwise_as_convolution_traffic),
            "dw_3x3": Inner(depthwise_3x3_counts, depthwise_traffic),
            "dw_opt": Inner(depthwise_optimized_counts, depthwise_traffic),
            "dw_opt_s4": Inner(depthwise_optimized_counts, depthwise_traffic),
            "dw_mult4": Inner(depthwise_by_four_counts),
            "dw_generic": Inner(depthwise_generic_counts),
            "dw_generic_s4": Inner(depthwise_generic_counts),
            "dw_generic_s16": Inner(depthwise_generic_counts),
            "dw_generic_dil": Inner(depthwise_generic_counts),
        }
    ),
    faults=depthwise_conv_2d_faults,
)
