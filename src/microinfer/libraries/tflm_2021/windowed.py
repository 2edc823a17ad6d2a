"""Convolutions of CMSIS-NN in 2021: which kernel, and how often its loops turn."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..copies import Copies
from ..kernel import Inner
from ..templates import typed
from ..tflm_cmsis_nn import windowed as today
from ..tflm_cmsis_nn.convolution import convolve_counts

if TYPE_CHECKING:
    from ...operators.conv_2d import Conv2DGeometry
    from ...operators.depthwise_conv_2d import DepthwiseConv2DGeometry
    from ..kernel import Counts, Observed
    from ..target import Core


def conv_2d_variant(geometry: Conv2DGeometry, core: Core) -> str:
    """A dilated convolution, and a grouped one, ran TFLM's own kernel."""
    if geometry.dtype != "int8" or geometry.weight_bits != 8:
        return today.conv_2d_variant(geometry, core)
    if geometry.dilation_h > 1 or geometry.dilation_w > 1 or geometry.groups > 1:
        return typed("reference", geometry.dtype)
    unpadded = geometry.pad_h == geometry.pad_w == 0
    small = geometry.kernel_h == geometry.kernel_w == geometry.stride_h == geometry.stride_w == 1
    if unpadded and small and geometry.input_c % 4 == 0:
        return "1x1_fast"
    flat = geometry.output_h == geometry.input_h == geometry.kernel_h == geometry.batch == 1
    return "1_x_n" if flat and geometry.output_w % 4 == 0 else "convolve_s8"


def depthwise_conv_2d_variant(geometry: DepthwiseConv2DGeometry, core: Core) -> str:
    """Without the DSP extension the optimised kernel is the generic one."""
    if geometry.dtype != "int8" or geometry.weight_bits != 8:
        return today.depthwise_conv_2d_variant(geometry, core)
    if geometry.dilation_h > 1 or geometry.dilation_w > 1:
        return typed("reference", geometry.dtype)
    if geometry.depth_multiplier == 1 and geometry.batch == 1:
        if geometry.kernel_h == geometry.kernel_w == 3 and geometry.pad_h <= 1 and not core.mve:
            return "dw_3x3"
        return "dw_opt" if core.dsp else "dw_generic"
    return "dw_mult4" if geometry.depth_multiplier % 4 == 0 and geometry.batch == 1 else "dw_generic"


def older_convolve_counts(g: Conv2DGeometry, seen: Observed) -> Counts:
    """As today's, but each tap is widened from its pixel at once: no copies, and a tail for each tap."""
    inside = g.batch * g.vertical.inside * g.horizontal.inside
    outside = g.batch * g.output_h * g.output_w * g.kernel_h * g.kernel_w - inside
    fours, ones = divmod(g.input_c, 4)
    moved = Copies()
    moved.fill(2 * g.input_c, 0, outside)
    return {
        **convolve_counts(g, seen),
        **moved.counts,
        "taps_inside": inside,
        "taps_outside": outside,
        "widened_fours": inside * fours,
        "widened_ones": inside * ones,
    }


CONV_2D = replace(
    today.CONV_2D,
    variant=conv_2d_variant,
    inner=MappingProxyType(
        {
            **today.CONV_2D.inner,
            "1_x_n": Inner(older_convolve_counts, today.convolve_traffic),
            "convolve_s8": Inner(older_convolve_counts, today.convolve_traffic),
        }
    ),
)

DEPTHWISE_CONV_2D = replace(today.DEPTHWISE_CONV_2D, variant=depthwise_conv_2d_variant)
