"""Layers of int16 data of CMSIS-NN: how often their loops turn, and where their sums differ.

The reference sums in 64 bits, or in 32 where the bias is int32. CMSIS-NN sums the first 512 products in 32
bits and goes on in 64; where that is not so, and where TFLM's glue leaves something out, is told here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ...model.tables import Tensor
from ..fault import other_bits
from .convolution import patches
from .patches import INT16_BYTES, UINT16

if TYPE_CHECKING:
    from ...operators.conv_2d import Conv2DGeometry
    from ...operators.fully_connected import FullyConnectedGeometry
    from ...operators.spec import Step
    from ..fault import Fault
    from ..kernel import Counts, Observed
    from ..target import Target

FAST_COLUMNS = 512
"""Products that are summed in 32 bits before the sum goes on in 64."""
INT32_END = 1 << 31
WEIGHT_END = 128


def sums_in_32_bits(geometry: Conv2DGeometry) -> bool:
    """Without a bias TFLM's glue takes CMSIS-NN's kernel for an int32 one."""
    return geometry.accumulator_bits == 32 or not geometry.bias


def convolve_s16_variant(geometry: Conv2DGeometry) -> str:
    return "convolve_s16_sum32" if sums_in_32_bits(geometry) else "convolve_s16"


def convolve_s16_counts(g: Conv2DGeometry, seen: Observed) -> Counts:
    """`arm_convolve_s16`: patches are copied as they are, and multiplied two columns at a time; what 64 bits
    sum is summed one by one. A last column is multiplied alone, in 32 bits throughout."""
    depth, pixels = g.kernel_h * g.kernel_w * g.input_c, g.output_h * g.output_w
    fast = depth if sums_in_32_bits(g) else min(depth, FAST_COLUMNS)
    columns = g.batch * pixels
    doubles, left = g.batch * (pixels // 2), g.batch * (pixels % 2)
    pairs, odd = doubles * (g.output_c // 2), doubles * (g.output_c % 2)
    moved, inside = patches(g, INT16_BYTES)
    taps = columns * g.kernel_h * g.kernel_w
    return {
        "call": 1,
        "batches": g.batch,
        "output_rows": g.batch * g.output_h,
        "columns": columns,
        "kernel_rows": columns * g.kernel_h,
        "taps_inside": inside,
        "taps_outside": taps - inside,
        **moved.counts,
        "doubles": doubles,
        "pairs": pairs,
        "pair_fours": pairs * (fast // 4),
        "pair_ones": pairs * (fast % 4),
        "pair_wide": pairs * (depth - fast),
        "odd": odd,
        "odd_fours": odd * (fast // 4),
        "odd_ones": odd * (fast % 4),
        "odd_wide": odd * (depth - fast),
        "left": left,
        "left_channels": left * g.output_c,
        "left_fours": left * g.output_c * (depth // 4),
        "left_ones": left * g.output_c * (depth % 4),
    }


def fully_connected_s16_counts(g: FullyConnectedGeometry, seen: Observed) -> Counts:
    """`arm_nn_vec_mat_mult_t_s16`, once a row: two outputs, four inputs at a time, of the first 512."""
    fours = min(g.input_depth, FAST_COLUMNS) // 4
    ones = g.input_depth - 4 * fours
    pairs, odd = g.batch * (g.output_depth // 2), g.batch * (g.output_depth % 2)
    return {
        "call": 1,
        "rows": g.batch,
        "pairs": pairs,
        "pair_fours": pairs * fours,
        "pair_ones": pairs * ones,
        "odd": odd,
        "odd_fours": odd * fours,
        "odd_ones": odd * ones,
    }


def _channels_first(weights: Tensor, axis: int) -> np.ndarray[Any, np.dtype[np.int64]] | None:
    """Sizes of the weights, [output channels, products]; None where they are computed."""
    if weights.data is None:
        return None
    stored = np.moveaxis(np.asarray(weights.data, np.int64), axis, 0)
    return np.abs(stored).reshape(stored.shape[0], -1)


def _reach(weights: Tensor, axis: int, products: int, most: int) -> int:
    """What the first `most` of `products` products of a sum can add up to."""
    sizes = _channels_first(weights, axis)
    if sizes is None:
        return min(products, most) * WEIGHT_END << 15
    return int(sizes[:, :most].sum(axis=1).max(initial=0)) << 15


def rescaling_faults(step: Step, axis: int, products: int) -> Iterator[Fault]:
    """A scaled 64-bit sum is halved in 32 bits, once more than the reference does."""
    source, weights, bias = (*step.node.inputs, None)[:3]
    if source is None or weights is None or weights.quantization is None:
        return
    far = np.zeros(1) if bias is None or bias.data is None else np.abs(np.asarray(bias.data, np.float64))
    factor = source.scale * weights.quantization.scale.astype(np.float64) / step.node.outputs[0].scale
    largest = (_reach(weights, axis, products, products) + far.max(initial=0)) * factor.max(initial=0)
    if 2 * largest >= INT32_END:
        yield other_bits(
            f"CMSIS-NN keeps twice a scaled sum in 32 bits, and it can reach {2 * largest:,.0f}",
            certain=False,
        )


def conv_2d_s16_faults(step: Step, g: Conv2DGeometry, target: Target) -> Iterator[Fault]:
    weights = step.node.inputs[1]
    assert weights is not None
    taps = g.kernel_h * g.kernel_w * g.input_c
    left = g.output_h * g.output_w % 2 == 1 and not target.core.mve
    if g.groups > 1:
        yield other_bits(
            f"CMSIS-NN's convolution of int16 data knows no groups, here are {g.groups}: it takes other "
            "weights, and reads behind them"
        )
        return
    if left and not target.core.dsp and taps > UINT16:
        yield other_bits(f"CMSIS-NN keeps the number of products in 16 bits, and here are {taps:,}")
    if g.accumulator_bits == 32:
        return
    reach = _reach(weights, 0, taps, taps)
    if not g.bias:
        yield other_bits(
            "TFLM's glue for CMSIS-NN sums an int16 convolution without a bias in 32 bits, the reference in "
            "64, which are rounded otherwise" + (", and the sum can wrap" if reach >= INT32_END else ""),
            certain=False,
        )
        return
    yield from rescaling_faults(step, 0, taps)
    if target.core.dsp and not target.core.mve and taps > FAST_COLUMNS and taps % 4 and g.output_c % 2:
        yield other_bits(
            f"CMSIS-NN adds {taps % 4} products too many for the last of {g.output_c} output channels, where "
            f"there are more than {FAST_COLUMNS} and no multiple of four, here {taps:,}; what lies behind "
            "the weights decides",
            certain=False,
        )
    far = reach if left else _reach(weights, 0, taps, FAST_COLUMNS)
    if far >= INT32_END:
        yield other_bits(
            f"CMSIS-NN sums {'the last of an odd number of pixels' if left else 'the first 512 products'} in "
            f"32 bits, and they can reach {far:,}",
            certain=False,
        )


def fully_connected_s16_faults(step: Step, g: FullyConnectedGeometry, target: Target) -> Iterator[Fault]:
    weights, bias = (*step.node.inputs, None)[1:3]
    assert weights is not None
    if g.accumulator_bits == 32:
        if bias is not None:
            yield other_bits(
                "TFLM's glue for CMSIS-NN reads the int32 bias of an int16 FULLY_CONNECTED as int64, and "
                "behind it",
                certain=False,
            )
        else:
            yield other_bits(
                "TFLM's glue for CMSIS-NN sums an int16 FULLY_CONNECTED without a bias in 64 bits, the "
                "reference in 32, which are rounded otherwise",
                certain=False,
            )
        return
    yield from rescaling_faults(step, 0, g.input_depth)
    reach = _reach(weights, 0, g.input_depth, FAST_COLUMNS)
    if target.core.dsp and reach >= INT32_END:
        yield other_bits(
            f"CMSIS-NN keeps the first 512 products in a sum of 32 bits, and it can reach {reach:,}",
            certain=False,
        )
