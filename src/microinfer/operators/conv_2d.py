"""CONV_2D.

Input [batch, height, width, channels] and output int8 per tensor; weights [output channels, height,
width, channels per group] int8 or int4, symmetric, with one scale or one an output channel; bias int32,
optional. Or int16 data with int8 weights and an int64, int32 or no bias, or float32 throughout. Fewer
channels in the weights than in the input make groups. Source: conv.cc and
reference/integer_ops/conv.h of TFLM; its zero point of the weights is not used, and so it is not here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model.tables import Operator
from ..words.dataclass import dataclass
from ..words.printing import counted
from . import real_windowed
from .batching import constant_weights
from .branches import negative_sums
from .carry import carry_bias, window_sizes
from .dot_products import bind_conv_2d
from .example import Draw
from .far_zero_points import bind_far
from .float_layers import bind_float_convolution
from .int16_layers import accumulator_bits, bind_int16_convolution
from .layer import expect_bias, expect_layer, expect_shape
from .requantization import Requantization, per_channel_requantization
from .rescaled import rescaled_convolution
from .scaling import Scaling, Unscalable
from .short_window import expect_short_window
from .spec import Array, Bind, Node, Observe, Prepared, Spec, Weights, same
from .versions import Use, Versions
from .weights import repacked, unpacked, writable
from .window import LayerGeometry, checked_axes
from .window_offsets import pixel_offsets, run_offsets


@dataclass(frozen=True, slots=True, kw_only=True)
class Conv2DGeometry(LayerGeometry):
    """`filter_c` is input channels per group, `accumulator_bits` those of a sum of int16 data."""

    filter_c: int
    accumulator_bits: int = 32

    @property
    def macs(self) -> int:
        return self.pixels * self.kernel_h * self.kernel_w * self.filter_c * self.output_c

    @property
    def macs_executed(self) -> int:
        """Without the taps that fall into the padding."""
        return self.taps_inside * self.filter_c * self.output_c

    @property
    def groups(self) -> int:
        return self.input_c // self.filter_c


def prepare(node: Node) -> Prepared:
    source, weights, target = expect_layer(node)
    batch, _, _, input_c = expect_shape(node, "inputs[0]", source, 4)
    output_c, kernel_h, kernel_w, filter_c = expect_shape(node, "inputs[1]", weights, 4)
    out_batch, _, _, out_channels = expect_shape(node, "outputs[0]", target, 4)
    if input_c % filter_c or output_c % (input_c // filter_c):
        node.fail(
            f"inputs[1] ({weights.name!r}) has shape {list(weights.shape)} for {input_c} input channels, "
            "expected the last dimension to divide them and the first to divide into as many groups"
        )
    if (out_batch, out_channels) != (batch, output_c):
        node.fail(
            f"outputs[0] ({target.name!r}) has shape {list(target.shape)}, expected batch {batch} and "
            f"{counted(output_c, 'channel')}"
        )
    vertical, horizontal = checked_axes(node, source, (kernel_h, kernel_w), target)
    expect_short_window(node, (vertical, horizontal))
    bias = expect_bias(node, output_c)
    geometry = Conv2DGeometry.of(
        source,
        weights,
        target,
        (vertical, horizontal),
        bias,
        filter_c=filter_c,
        accumulator_bits=accumulator_bits(node) if source.dtype == "int16" else 32,
    )
    constant = weights.is_constant and (bias is None or bias.is_constant)
    if source.dtype == "float32":
        bind, fused = (bind_float_convolution(node, geometry, constant, fuse) for fuse in (False, True))
        return Prepared(geometry, bind, contracted=fused)
    scaling = per_channel_requantization(node, source, weights, target, output_c)
    if source.dtype == "int16":
        return Prepared(geometry, bind_int16_convolution(node, geometry, scaling, constant))

    def read(array: Array) -> Array:
        return unpacked(array, weights)

    far = bind_far(node, rescaled)
    return Prepared(geometry, far or bind_convolution(geometry, scaling, read, constant))


def bind_convolution(
    geometry: Conv2DGeometry,
    scaling: Requantization,
    read: Callable[[Array], NDArray[Any]],
    constant: bool,
) -> Bind:
    """The bind of everything that runs as a convolution. `read` makes OHWI weights of the second input.

    Weights or a bias that are computed at run time are packed again before every run.
    """
    vertical, horizontal, groups = geometry.vertical, geometry.horizontal, geometry.groups
    rows, columns = vertical.useful, horizontal.useful
    row = horizontal.extent * geometry.input_c
    whole_rows = groups == 1 and horizontal.dilation == 1
    run_taps = (len(columns) if whole_rows else 1) * geometry.filter_c
    run_length = run_taps + run_taps % 2

    def pack(weights: Array, bias: Array | None) -> tuple[Array, Array]:
        from ..kernels import conv_2d as kernels

        taps = read(weights)[:, rows.start : rows.stop, columns.start : columns.stop].astype(np.int16)
        runs = len(rows) if whole_rows else len(rows) * len(columns)
        return (
            kernels.pack_weights(taps.reshape(geometry.output_c, runs, run_taps), groups),
            kernels.channel_table(bias, scaling.multipliers, scaling.shifts, groups),
        )

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import conv_2d as kernels

        x, weights, bias = (*inputs, None)[:3]
        assert x is not None
        assert weights is not None
        if constant:
            fast = bind_conv_2d(vertical, horizontal, scaling, read(weights), bias, x, outputs[0], groups)
            if fast is not None:
                return fast
        packed, channels = pack(weights, bias)
        run = kernels.conv_2d.bind(
            writable(x).reshape(-1, geometry.input_h, geometry.input_w * geometry.input_c),
            outputs[0].reshape(-1, geometry.output_h * geometry.output_w, geometry.output_c),
            np.zeros(vertical.extent * row + 1, np.int16),
            packed,
            channels,
            pixel_offsets(vertical, horizontal, row, geometry.input_c),
            run_offsets(vertical, horizontal, row, geometry.input_c, whole_rows),
            kernels.channel_blocks(geometry.output_c, groups, geometry.filter_c),
            run_length,
            vertical.lead * row + horizontal.lead * geometry.input_c,
            row,
            scaling.input_zero_point,
            scaling.output_zero_point,
            scaling.low,
            scaling.high,
        )
        return run if constant else repacked(run, (packed, channels), lambda: pack(weights, bias))

    return bind


def carry(scaling: Scaling, operator: Operator) -> None:
    source, weights = operator.inputs[:2]
    outputs, height, width, depth = scaling.old(weights)
    groups = scaling.old(source)[3] // max(1, depth)
    made = scaling.channels.get(operator.index, outputs)
    shape = scaling.shape(source)
    if shape[3] % groups or made % groups:
        raise Unscalable("groups")
    scaling.set_weights(weights, (made, height, width, shape[3] // groups), 0)
    carry_bias(scaling, operator, 2, made)
    scaling.set(operator.outputs[0], (shape[0], *window_sizes(scaling, operator, (height, width)), made))


def in_groups(of: Use) -> bool:
    """Whether the weights have fewer channels than the input."""
    return len(of.shapes) > 1 and len(of.shapes[1]) == 4 and of.shapes[0][-1] != of.shapes[1][-1]


def example(d: Draw) -> Any:
    x, channels = d.image(), d.pick(1, 3, 4)
    kernel = d.weights(channels, d.pick(1, 2), d.pick(1, 3), x.shape[3])
    return d.b.conv_2d(x, kernel, d.bias(channels), activation=d.activation(), **d.window(channels))


rescaled = rescaled_convolution(real_windowed.conv_sums, 0, 2)

SPEC = Spec(
    "CONV_2D",
    prepare=prepare,
    geometry=Conv2DGeometry,
    types=same("int8", "int16", "float32"),
    batch=constant_weights,
    observe=Observe(negative_sums, over="outputs"),
    in_reals=real_windowed.conv_2d,
    carry=carry,
    slides=True,
    weights=Weights(channels=0, bias=2, free_channels=True),
    multiplies=True,
    versions=Versions(int8=3, int16=4, when=((in_groups, 6),)),
    example=example,
    rescaled=rescaled,
)
