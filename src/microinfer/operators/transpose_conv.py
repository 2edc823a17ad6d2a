"""TRANSPOSE_CONV: every input pixel adds a kernel-sized patch, `stride` apart, to the output.

Specification, int8: inputs[1] is the weights, constant int8 [output channels, kernel h, kernel w, input
channels] with zero point 0, one scale or one an output channel; inputs[2] is the input [batch, h, w,
input channels]; inputs[3], which may be left out, the bias, constant int32. inputs[0], the output's
shape, is not read on a device: the output tensor's own is. What falls outside is dropped. SAME cuts
half of what the patches exceed the output by at the top and left.

Or int16 data with int8 weights, whose bias is int64 or int16, with sums of 64 bits and zero points that are
not looked at; or float32 throughout, added in the order of the input's elements.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..model.schema import PADDINGS
from ..model.tables import Operator, Tensor
from ..words.dataclass import dataclass
from ..words.printing import counted
from . import real_windowed
from .batching import always
from .branches import negative_sums
from .carry import carry_bias
from .example import Draw
from .far_zero_points import bind_far
from .float_layers import float_range
from .int16_layers import expect_wide_shift
from .quantization import activation_range, channel_multipliers
from .requantization import Requantization, expect_channel_scales
from .rescaled import rescaled_convolution
from .scaling import Scaling
from .short_window import expect_short_window
from .spec import Array, Bind, Geometry, Node, Observe, Prepared, Run, Spec, Weights, same
from .transposed_tiles import bind_phases, bind_real_phases
from .versions import Use, Versions
from .weights import writable
from .window import Axis, expect_unpadded, output_size, padding_before

FACTOR = "input scale x weight scale / output scale"
WEIGHTS = {"int8": "int8", "int16": "int8", "float32": "float32"}
BIASES = {"int8": ("int32",), "int16": ("int64", "int16"), "float32": ("float32",)}


@dataclass(frozen=True, slots=True)
class TransposeConvGeometry(Geometry):
    """NHWC sizes in elements; pads in front only, taken off the output; `dtype` of the data."""

    batch: int
    input_h: int
    input_w: int
    input_c: int
    output_h: int
    output_w: int
    output_c: int
    kernel_h: int
    kernel_w: int
    stride_h: int
    stride_w: int
    pad_h: int
    pad_w: int
    per_channel: bool
    bias: bool
    dtype: str = "int8"
    bias_dtype: str = "int32"
    activates: bool = False

    @property
    def vertical(self) -> Axis:
        """The window's axis with input and output exchanged: a tap counts where it hits the output."""
        return Axis(self.output_h, self.input_h, self.kernel_h, self.stride_h, 1, self.pad_h)

    @property
    def horizontal(self) -> Axis:
        return Axis(self.output_w, self.input_w, self.kernel_w, self.stride_w, 1, self.pad_w)

    @property
    def macs(self) -> int:
        pixels = self.batch * self.input_h * self.input_w
        return pixels * self.kernel_h * self.kernel_w * self.input_c * self.output_c

    @property
    def macs_executed(self) -> int:
        """Without the taps that fall outside the output."""
        return self.batch * self.vertical.inside * self.horizontal.inside * self.input_c * self.output_c


def prepare(node: Node) -> Prepared:
    node.expect_counts(range(3, 5), 1)
    source = node.input(2, "int8", "int16", "float32")
    weights, target = node.input(1, WEIGHTS[source.dtype]), node.output(0, source.dtype)
    node.constant_input(1)
    bias = node.optional_input(3, *BIASES[source.dtype])
    if bias is not None:
        node.constant_input(3)
    geometry = _geometry(node, source, weights, target, bias)
    if source.dtype == "float32":
        fused = _bind_float(node, geometry, contracted=True)
        return Prepared(geometry, _bind_float(node, geometry), contracted=fused)
    for where, tensor in (("inputs[2]", source), ("inputs[1]", weights), ("outputs[0]", target)):
        node.expect_quantized(where, tensor)
    expect_channel_scales(node, weights, geometry.output_c)
    place = node.operator.place
    multipliers, shifts = channel_multipliers(source, weights, target, geometry.output_c, place)
    low, high = activation_range(node.options["fused_activation_function"], target, place)
    if source.dtype == "int16":
        expect_wide_shift(node, int(shifts.max(initial=0)), FACTOR)
        return Prepared(geometry, _bind_int16(geometry, multipliers, shifts, (low, high)))
    if (far := bind_far(node, rescaled)) is not None:
        return Prepared(geometry, far)
    offsets = source.zero_point, target.zero_point

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.transpose_conv import transpose_conv

        stored, source = inputs[1], inputs[2]
        bias = inputs[3] if len(inputs) == 4 else None
        assert stored is not None
        assert source is not None
        scaling = Requantization(*offsets, low, high, multipliers, shifts)
        axes = geometry.vertical, geometry.horizontal
        fast = bind_phases(*axes, scaling, stored, bias, source, outputs[0])
        if fast is not None:
            return fast
        # Rows of input channels for each tap and output channel, and their sums for the zero point.
        taps = stored.transpose(1, 2, 0, 3).copy()
        start = np.zeros(geometry.output_c, np.int32) if bias is None else bias
        sums = np.empty(outputs[0].shape[1:], np.int32)
        correction = taps.sum(3, dtype=np.int32) * np.int32(offsets[0])
        strides, pads = (geometry.stride_h, geometry.stride_w), (geometry.pad_h, geometry.pad_w)
        target, top = outputs[0], (*strides, *pads, offsets[1], low, high)
        return transpose_conv.bind(source, taps, correction, start, multipliers, shifts, sums, target, *top)

    return Prepared(geometry, bind)


def _bind_float(node: Node, g: TransposeConvGeometry, contracted: bool = False) -> Bind:
    bounds = float_range(node)

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels import transpose_conv as kernels

        stored, source, bias = (*inputs[1:], None)[:3]
        assert stored is not None
        assert source is not None
        fast = bind_real_phases(
            g.vertical, g.horizontal, stored, bias, bounds, contracted, source, outputs[0]
        )
        if fast is not None:
            return fast
        taps, source, bias = _arranged(inputs, g.output_c, np.float32)
        window = g.stride_h, g.stride_w, g.pad_h, g.pad_w
        kernel = kernels.transpose_conv_float32_fused if contracted else kernels.transpose_conv_float32
        return kernel.bind(source, taps, bias, outputs[0], *window, *bounds)

    return bind


def _bind_int16(g: TransposeConvGeometry, multipliers: Array, shifts: Array, bounds: tuple[int, int]) -> Bind:
    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.transpose_conv import transpose_conv_int16

        stored, source, bias = (*inputs[1:], None)[:3]
        assert stored is not None
        assert source is not None
        scaling = Requantization(0, 0, *bounds, multipliers, shifts)
        fast = bind_phases(g.vertical, g.horizontal, scaling, stored, bias, source, outputs[0])
        if fast is not None:
            return fast
        taps, source, bias = _arranged(inputs, g.output_c, np.int64)
        sums = np.empty(outputs[0].shape[1:], np.int64)
        window = g.stride_h, g.stride_w, g.pad_h, g.pad_w
        return transpose_conv_int16.bind(
            source, taps, bias, multipliers, shifts, sums, outputs[0], *window, *bounds
        )

    return bind


def _arranged(inputs: Sequence[Array | None], channels: int, dtype: Any) -> tuple[Array, Array, Array]:
    """Weights [height, width, channels in, channels out], the data, and the bias or zeros."""
    stored, source = inputs[1], inputs[2]
    bias = inputs[3] if len(inputs) == 4 else None
    assert stored is not None
    assert source is not None
    start = np.zeros(channels, dtype) if bias is None else bias.astype(dtype)
    return stored.transpose(1, 2, 3, 0).copy(), writable(source), start


def _geometry(
    node: Node, source: Tensor, weights: Tensor, target: Tensor, bias: Tensor | None
) -> TransposeConvGeometry:
    for where, tensor in (("inputs[2]", source), ("inputs[1]", weights), ("outputs[0]", target)):
        if len(tensor.shape) != 4 or 0 in tensor.shape:
            node.fail(f"{where} ({tensor.name!r}) has shape {tensor.shape}, expected four dimensions above 0")
    output_c, kernel_h, kernel_w, input_c = weights.shape
    if source.shape[3] != input_c:
        node.fail(
            f"inputs[2] ({source.name!r}) has {counted(source.shape[3], 'channel')}, expected {input_c}"
        )
    if (target.shape[0], target.shape[3]) != (source.shape[0], output_c):
        node.fail(
            f"outputs[0] ({target.name!r}) has shape {target.shape}, expected batch {source.shape[0]} "
            f"and {counted(output_c, 'channel')}"
        )
    if bias is not None and bias.shape != (output_c,):
        node.fail(f"inputs[3] ({bias.name!r}), the bias, has shape {bias.shape}, expected ({output_c},)")
    strides = node.options["stride_h"], node.options["stride_w"]
    if min(strides) < 1:
        node.fail(f"has strides {strides}, expected 1 or more")
    pads = []
    for size, kernel, stride in zip(target.shape[1:3], (kernel_h, kernel_w), strides, strict=True):
        count = output_size(node.options["padding"], size, kernel, stride, 1)
        if node.options["padding"] not in PADDINGS:
            expect_unpadded(node, "side", size, kernel, stride, 1)
        pads.append(padding_before(count, size, kernel, stride, 1))
    batch, input_h, input_w, _ = source.shape
    geometry = TransposeConvGeometry(
        batch=batch,
        input_h=input_h,
        input_w=input_w,
        input_c=input_c,
        output_h=target.shape[1],
        output_w=target.shape[2],
        output_c=output_c,
        kernel_h=kernel_h,
        kernel_w=kernel_w,
        stride_h=strides[0],
        stride_w=strides[1],
        pad_h=pads[0],
        pad_w=pads[1],
        per_channel=weights.quantization is not None and weights.quantization.per_channel,
        bias=bias is not None,
        dtype=source.dtype,
        bias_dtype="int32" if bias is None else bias.dtype,
        activates=node.options["fused_activation_function"] not in (0, "NONE"),
    )
    expect_short_window(node, (geometry.vertical, geometry.horizontal))
    return geometry


def carry(scaling: Scaling, operator: Operator) -> None:
    sizes, weights, source = operator.inputs[:3]
    outputs, height, width, _ = scaling.old(weights)
    old, shape, target = scaling.old(source), scaling.shape(source), scaling.old(operator.outputs[0])
    made = scaling.channels.get(operator.index, outputs)
    strides = operator.options["stride_h"], operator.options["stride_w"]
    size = tuple(target[i] + (shape[i] - old[i]) * strides[i - 1] for i in (1, 2))
    scaling.set_weights(weights, (made, height, width, shape[3]), 0)
    carry_bias(scaling, operator, 3, made)
    scaling.set(operator.outputs[0], (shape[0], *size, made))
    scaling.set_values(sizes, (shape[0], *size, made))


def activates(of: Use) -> bool:
    return of.option("fused_activation_function")


def has_bias(of: Use) -> bool:
    return any(of.dtypes[3:4])


def example(d: Draw) -> Any:
    x, channels = d.image(), d.pick(1, 2)
    kernel = d.weights(channels, d.pick(2, 3), d.pick(2, 3), x.shape[3])
    return d.b.transpose_conv(x, kernel, d.bias(channels), **d.window(channels))


rescaled = rescaled_convolution(real_windowed.transpose_sums, 2, 3)

SPEC = Spec(
    "TRANSPOSE_CONV",
    prepare=prepare,
    geometry=TransposeConvGeometry,
    types=same("int8", "int16", "float32"),
    data_input=2,
    batch=always,
    observe=Observe(negative_sums, over="outputs"),
    in_reals=real_windowed.transpose_conv,
    carry=carry,
    weights=Weights(channels=0, bias=3, free_channels=True),
    multiplies=True,
    versions=Versions(
        int8=2,
        int16=4,
        when=((activates, 4), (has_bias, 3)),
    ),
    example=example,
    rescaled=rescaled,
)
