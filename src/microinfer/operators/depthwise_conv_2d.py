"""DEPTHWISE_CONV_2D.

Input [batch, height, width, channels] and output int8 per tensor; weights [1, height, width, channels x
depth multiplier] int8 or int4, symmetric, with one scale or one an output channel; bias int32, optional.
Or int16 data with int8 weights and an int64 bias or none, or float32 throughout.
Output channel c reads input channel c // depth multiplier. Source: depthwise_conv.cc and
reference/integer_ops/depthwise_conv.h of TFLM.
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
from .conv_2d import Conv2DGeometry, bind_convolution
from .dot_products import bind_depthwise_conv_2d
from .example import Draw
from .far_zero_points import bind_far
from .float_layers import bind_float_depthwise
from .int16_layers import bind_int16_depthwise
from .layer import expect_bias, expect_layer, expect_shape
from .requantization import Requantization, per_channel_requantization
from .rescaled import rescaled_convolution
from .scaling import Scaling
from .short_window import expect_short, expect_short_window
from .spec import Array, Bind, Node, Observe, Prepared, Spec, Weights, same
from .versions import Use, Versions
from .weights import repacked, unpacked, writable
from .window import LayerGeometry, checked_axes
from .window_offsets import pixel_offsets, run_offsets

FEW_CHANNELS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthwiseConv2DGeometry(LayerGeometry):
    """output_c = input_c x depth_multiplier."""

    depth_multiplier: int

    @property
    def macs(self) -> int:
        return self.pixels * self.kernel_h * self.kernel_w * self.output_c

    @property
    def macs_executed(self) -> int:
        """Without the taps that fall into the padding."""
        return self.taps_inside * self.output_c


def prepare(node: Node) -> Prepared:
    source, weights, target = expect_layer(node)
    batch, _, _, input_c = expect_shape(node, "inputs[0]", source, 4)
    one, kernel_h, kernel_w, output_c = expect_shape(node, "inputs[1]", weights, 4)
    out_batch, _, _, out_channels = expect_shape(node, "outputs[0]", target, 4)
    multiplier = node.options["depth_multiplier"]
    if one != 1 or output_c != input_c * multiplier:
        node.fail(
            f"inputs[1] ({weights.name!r}) has shape {list(weights.shape)}, expected 1 in front and behind "
            f"{input_c} input channels x depth_multiplier {multiplier} = {input_c * multiplier}"
        )
    if (out_batch, out_channels) != (batch, output_c):
        node.fail(
            f"outputs[0] ({target.name!r}) has shape {list(target.shape)}, expected batch {batch} and "
            f"{counted(output_c, 'channel')}"
        )
    vertical, horizontal = checked_axes(node, source, (kernel_h, kernel_w), target)
    expect_short_window(node, (vertical, horizontal))
    expect_short(node, "depth_multiplier", multiplier)
    if len(node.inputs) == 3 and node.inputs[2] is None:
        node.fail("inputs[2], the bias, is -1, which crashes TFLM here; leave the third input out instead")
    bias = expect_bias(node, output_c, ("int64",) if source.dtype == "int16" else ())
    geometry = DepthwiseConv2DGeometry.of(
        source, weights, target, (vertical, horizontal), bias, depth_multiplier=multiplier
    )
    constant = weights.is_constant and (bias is None or bias.is_constant)
    if source.dtype == "float32":
        bind, fused = (bind_float_depthwise(node, geometry, constant, fuse) for fuse in (False, True))
        return Prepared(geometry, bind, contracted=fused)
    scaling = per_channel_requantization(node, source, weights, target, output_c)
    if source.dtype == "int16":
        return Prepared(geometry, bind_int16_depthwise(node, geometry, scaling, constant))

    def read(array: Array) -> Array:
        return unpacked(array, weights)

    if (far := bind_far(node, rescaled)) is not None:
        return Prepared(geometry, far)
    if input_c == 1:
        return Prepared(geometry, _bind_single_channel(geometry, scaling, read, constant))
    return Prepared(geometry, _bind(geometry, scaling, read, constant))


def _bind_single_channel(
    geometry: DepthwiseConv2DGeometry,
    scaling: Requantization,
    read: Callable[[Array], NDArray[Any]],
    constant: bool,
) -> Bind:
    """Over a single input channel a depthwise convolution is a plain one, which has the faster kernel."""
    plain = Conv2DGeometry(
        batch=geometry.batch,
        input_h=geometry.input_h,
        input_w=geometry.input_w,
        input_c=1,
        output_h=geometry.output_h,
        output_w=geometry.output_w,
        output_c=geometry.output_c,
        kernel_h=geometry.kernel_h,
        kernel_w=geometry.kernel_w,
        filter_c=1,
        stride_h=geometry.stride_h,
        stride_w=geometry.stride_w,
        dilation_h=geometry.dilation_h,
        dilation_w=geometry.dilation_w,
        pad_h=geometry.pad_h,
        pad_w=geometry.pad_w,
        per_channel=geometry.per_channel,
        bias=geometry.bias,
    )
    return bind_convolution(plain, scaling, lambda array: read(array).transpose(3, 1, 2, 0), constant)


def _bind(
    geometry: DepthwiseConv2DGeometry,
    scaling: Requantization,
    read: Callable[[Array], NDArray[Any]],
    constant: bool,
) -> Bind:
    """Where the window moves by one pixel, a row of few channels runs as one pixel of many.

    Each tap then multiplies neighbours over the whole row, and no lane idles; weights are repeated for
    every pixel of the row.
    """
    vertical, horizontal = geometry.vertical, geometry.horizontal
    rows, columns = vertical.useful, horizontal.useful
    depth = geometry.output_c
    row = horizontal.extent * depth
    repeats = geometry.output_w if horizontal.stride == 1 and depth < FEW_CHANNELS else 1

    def pack(weights: Array, bias: Array | None) -> tuple[Array, Array]:
        from ..kernels import conv_2d as kernels
        from ..kernels.lanes import aligned_zeros

        taps = read(weights)[0, rows.start : rows.stop, columns.start : columns.stop]
        channels = kernels.channel_table(
            None if bias is None else np.tile(bias.reshape(-1), repeats),
            np.tile(scaling.multipliers, repeats),
            np.tile(scaling.shifts, repeats),
        )
        packed = aligned_zeros((len(rows) * len(columns), len(channels) // 4), np.int16)
        packed[:, : depth * repeats] = np.tile(taps.reshape(-1, depth), repeats)
        return packed, channels

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import depthwise_conv_2d as kernels

        x, weights, bias = (*inputs, None)[:3]
        assert x is not None
        assert weights is not None
        if constant:
            fast = bind_depthwise_conv_2d(
                vertical,
                horizontal,
                scaling,
                read(weights)[0],
                bias,
                x,
                outputs[0],
                geometry.depth_multiplier,
            )
            if fast is not None:
                return fast
        packed, channels = pack(weights, bias)
        pixels = pixel_offsets(vertical, horizontal, row, depth)
        run = kernels.depthwise_conv_2d.bind(
            writable(x).reshape(-1, geometry.input_h, geometry.input_w * geometry.input_c),
            outputs[0].reshape(-1, len(pixels) // repeats, depth * repeats),
            np.zeros(vertical.extent * row + kernels.LANES, np.int16),
            packed,
            channels,
            np.ascontiguousarray(pixels[::repeats]),
            run_offsets(vertical, horizontal, row, depth),
            geometry.depth_multiplier,
            vertical.lead * row + horizontal.lead * depth,
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
    _, height, width, _ = scaling.old(weights)
    shape = scaling.shape(source)
    made = shape[3] * operator.options["depth_multiplier"]
    scaling.set_weights(weights, (1, height, width, made), 3)
    carry_bias(scaling, operator, 2, made)
    scaling.set(operator.outputs[0], (shape[0], *window_sizes(scaling, operator, (height, width)), made))


def dilates(of: Use) -> bool:
    return any(of.options.get(f"dilation_{side}_factor", 1) != 1 for side in "hw")


def example(d: Draw) -> Any:
    x = d.image()
    channels = x.shape[3] * d.pick(1, 2)
    kernel = d.weights(1, d.pick(1, 2), d.pick(1, 3), channels)
    return d.b.depthwise_conv_2d(x, kernel, d.bias(channels), activation=d.activation(), **d.window(channels))


rescaled = rescaled_convolution(real_windowed.depthwise_sums, 0, 2)

SPEC = Spec(
    "DEPTHWISE_CONV_2D",
    prepare=prepare,
    geometry=DepthwiseConv2DGeometry,
    types=same("int8", "int16", "float32"),
    batch=constant_weights,
    observe=Observe(negative_sums, over="outputs"),
    in_reals=real_windowed.depthwise_conv_2d,
    carry=carry,
    slides=True,
    weights=Weights(channels=3, bias=2),
    multiplies=True,
    versions=Versions(
        int8=3,
        int16=5,
        when=((dilates, 2),),
    ),
    example=example,
    rescaled=rescaled,
)
