"""Convolutions of CMSIS-NN in TensorFlow 2.3: which kernel, and multipliers worked out at each inference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..kernel import Inner
from ..tflm_2021 import windowed as later
from ..tflm_cmsis_nn.convolution import (
    convolve_1x1_counts,
    depthwise_by_four_counts,
    depthwise_generic_counts,
    depthwise_optimized_counts,
)
from ..tflm_cmsis_nn.windowed import convolve_1x1_traffic, convolve_traffic, depthwise_traffic

if TYPE_CHECKING:
    from ...operators.depthwise_conv_2d import DepthwiseConv2DGeometry
    from ..kernel import Counts, Observed
    from ..target import Core


def depthwise_conv_2d_variant(geometry: DepthwiseConv2DGeometry, core: Core) -> str:
    """The kernel of 3 x 3 was there, but TFLM did not call it."""
    found = later.depthwise_conv_2d_variant(geometry, core)
    return "dw_opt" if found == "dw_3x3" and core.dsp else found


def with_multipliers(
    counts: Callable[[Any, Observed], Counts],
) -> Callable[[Any, Observed], Counts]:
    """The counts of a kernel and, for each channel, a multiplier and a shift out of three scales."""
    return lambda g, seen: {**counts(g, seen), "multipliers": g.output_c}


CONV_2D = replace(
    later.CONV_2D,
    inner=MappingProxyType(
        {
            **later.CONV_2D.inner,
            "1x1_fast": Inner(with_multipliers(convolve_1x1_counts), convolve_1x1_traffic),
            "1_x_n": Inner(with_multipliers(later.older_convolve_counts), convolve_traffic),
            "convolve_s8": Inner(with_multipliers(later.older_convolve_counts), convolve_traffic),
        }
    ),
)

DEPTHWISE_CONV_2D = replace(
    later.DEPTHWISE_CONV_2D,
    variant=depthwise_conv_2d_variant,
    inner=MappingProxyType(
        {
            **later.DEPTHWISE_CONV_2D.inner,
            "dw_opt": Inner(with_multipliers(depthwise_optimized_counts), depthwise_traffic),
            "dw_mult4": Inner(with_multipliers(depthwise_by_four_counts)),
            "dw_generic": Inner(with_multipliers(depthwise_generic_counts)),
        }
    ),
)
