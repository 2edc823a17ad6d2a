"""Convolutions and pools of CMSIS-NN V.11, as the Arduino library has them.

What differs from CMSIS-NN of today: a 1 x 1 convolution with a stride lays patches out; patches are widened
to int16 as they are laid out, tap by tap; groups are not known; the optimised depthwise convolution's scratch
is asked for even where the 3 x 3 one runs; a pool runs the first batch alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..fault import fails, other_bits
from ..kernel import Inner
from ..templates import typed
from ..tflm_cmsis_nn import pooling, windowed
from ..tflm_cmsis_nn.convolution import convolve_1x1_counts, convolve_counts, patches
from ..tflm_cmsis_nn.int16_layers import convolve_s16_counts
from ..tflm_cmsis_nn.other_types import zero_point_faults
from ..tflm_cmsis_nn.patches import INT16_BYTES, asked, is_1_by_1

if TYPE_CHECKING:
    from ...operators.average_pool_2d import PoolGeometry
    from ...operators.conv_2d import Conv2DGeometry
    from ...operators.depthwise_conv_2d import DepthwiseConv2DGeometry
    from ...operators.spec import Step
    from ..fault import Fault
    from ..kernel import Counts, Observed
    from ..target import Core, Target

MOST_FAST_TAPS = 512
"""Products up to which a convolution of int16 data lays patches out."""
LAID_OUT = frozenset({"copy_path", "copy_loops"})
"""Copies of today's patches: these are widened instead."""


def conv_2d_variant(g: Conv2DGeometry, core: Core) -> str:
    if g.dtype == "float32":
        return typed("reference", g.dtype)
    if g.dtype == "int16":
        return "convolve_fast_s16" if _lays_out(g) and core.dsp else "convolve_s16"
    return "1x1_fast" if _is_product(g) else "convolve_s8"


def _is_product(g: Conv2DGeometry) -> bool:
    return is_1_by_1(g) and g.stride_h == g.stride_w == 1


def _lays_out(g: Conv2DGeometry) -> bool:
    taps = g.kernel_h * g.kernel_w * g.input_c
    return taps < MOST_FAST_TAPS and g.dilation_h == g.dilation_w == 1


def conv_2d_scratch(g: Conv2DGeometry, core: Core) -> tuple[int, ...]:
    """Weights of 4 bits are unpacked first."""
    if g.dtype == "float32":
        return ()
    taps = g.kernel_h * g.kernel_w * g.input_c
    unpacked = asked(taps * g.output_c) if g.weight_bits == 4 else ()
    laid = not _is_product(g) if g.dtype == "int8" else _lays_out(g) and core.dsp
    return (*unpacked, *(asked(2 * INT16_BYTES * taps) if laid else ()))


def convolve_s8_counts(g: Conv2DGeometry, seen: Observed) -> Counts:
    """`arm_convolve_s8`: taps widened four channels at a time, or zeroed, then two columns multiplied."""
    g = replace(g, input_c=g.filter_c)
    found = convolve_counts(g, seen)
    moved, _ = patches(g, INT16_BYTES)
    inside = found["taps_inside"]
    fours, ones = divmod(g.filter_c, 4)
    rest = {name: times for name, times in found.items() if name not in LAID_OUT}
    return rest | {
        "fill_path": moved.counts["fill_path"],
        "fill_loops": moved.counts["fill_loops"],
        "widened_fours": inside * fours,
        "widened_ones": inside * ones,
    }


def convolve_each_counts(g: Conv2DGeometry, seen: Observed) -> Counts:
    """`arm_convolve_s16`: product by product in 64 bits."""
    outputs = g.batch * g.output_h * g.output_w * g.output_c
    rows = g.batch * g.vertical.inside * g.output_w * g.output_c
    inside = g.batch * g.vertical.inside * g.horizontal.inside * g.output_c
    return {"call": 1, "outputs": outputs, "kernel_rows": rows, "taps": inside, "macs": inside * g.input_c}


def conv_2d_faults(step: Step, g: Conv2DGeometry, target: Target) -> Iterator[Fault]:
    yield from _without_bias(step)
    yield from zero_point_faults(step, g.dtype)
    if g.groups > 1:
        yield other_bits(
            f"CMSIS-NN of 2022 knows no groups, here are {g.groups}: it takes other weights, and reads "
            "behind them"
        )


def depthwise_conv_2d_scratch(g: DepthwiseConv2DGeometry, core: Core) -> tuple[int, ...]:
    if g.dtype == "float32":
        return ()
    window = g.kernel_h * g.kernel_w
    unpacked = asked(window * g.output_c) if g.weight_bits == 4 else ()
    dense = g.input_c == g.output_c and g.batch == 1 and g.dilation_h == g.dilation_w == 1
    if not dense or not core.dsp or (g.dtype == "int16" and window >= MOST_FAST_TAPS):
        return unpacked
    return (*unpacked, *asked(INT16_BYTES * g.input_c * window))


def depthwise_conv_2d_variant(g: DepthwiseConv2DGeometry, core: Core) -> str:
    return windowed.depthwise_conv_2d_variant(replace(g, weight_bits=8), core)


def depthwise_conv_2d_faults(step: Step, g: DepthwiseConv2DGeometry, target: Target) -> Iterator[Fault]:
    yield from _without_bias(step)
    yield from zero_point_faults(step, g.dtype)


def _without_bias(step: Step) -> Iterator[Fault]:
    """Its Prepare frees the bias' tensor whether there is one or not, and the allocator counts."""
    if len([tensor for tensor in step.node.inputs if tensor is not None]) < 3:
        yield fails(
            f"AllocateTensors fails: the Arduino library of 2023 frees a bias that this {step.name} does not "
            "have; give the layer a bias of zeros"
        )


def average_pool_counts(g: PoolGeometry, seen: Observed) -> Counts:
    return pooling.average_pool_counts(replace(g, batch=1), seen)


def max_pool_counts(g: PoolGeometry, seen: Observed) -> Counts:
    return pooling.max_pool_counts(replace(g, batch=1), seen)


def pool_faults(step: Step, g: PoolGeometry, target: Target) -> Iterator[Fault]:
    if g.batch > 1 and g.dtype != "float32":
        yield other_bits(f"the pools of CMSIS-NN of 2022 run the first of {g.batch} batches alone")


CONV_2D = replace(
    windowed.CONV_2D,
    scratch=conv_2d_scratch,
    variant=conv_2d_variant,
    inner=MappingProxyType(
        {
            "1x1_fast": Inner(convolve_1x1_counts, windowed.convolve_1x1_traffic),
            "convolve_s8": Inner(convolve_s8_counts, windowed.convolve_traffic),
            "convolve_fast_s16": Inner(convolve_s16_counts, windowed.convolve_traffic),
            "convolve_s16": Inner(convolve_each_counts),
        }
    ),
    faults=conv_2d_faults,
)

DEPTHWISE_CONV_2D = replace(
    windowed.DEPTHWISE_CONV_2D,
    scratch=depthwise_conv_2d_scratch,
    variant=depthwise_conv_2d_variant,
    faults=depthwise_conv_2d_faults,
)

AVERAGE_POOL_2D = replace(
    pooling.AVERAGE_POOL_2D,
    inner=MappingProxyType({name: Inner(average_pool_counts) for name in ("avgpool_s8", "avgpool_s16")}),
    faults=pool_faults,
)
MAX_POOL_2D = replace(
    pooling.MAX_POOL_2D,
    inner=MappingProxyType({name: Inner(max_pool_counts) for name in ("max_pool_s8", "max_pool_s16")}),
    faults=pool_faults,
)
