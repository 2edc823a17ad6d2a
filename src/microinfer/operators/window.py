"""What windowed operators share: output sizes, pads, counts of in-bounds taps, checks, weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import Reason
from ..model.tables import Tensor
from .quantization import activation_range, channel_multipliers
from .spec import Array, Node, Run

__all__ = [
    "Axis",
    "Requantization",
    "checked_axes",
    "expect_bias",
    "expect_data",
    "expect_int8",
    "expect_layer",
    "expect_shape",
    "output_size",
    "padding_before",
    "per_channel_requantization",
    "repacked",
    "unpacked",
    "writable",
]

_INT32_MAX = (1 << 31) - 1
CONVERT_AGAIN = (
    "convert again with full-integer quantisation: optimizations = [tf.lite.Optimize.DEFAULT], a "
    "representative_dataset, target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]"
)


def output_size(padding: str, size: int, kernel: int, stride: int, dilation: int) -> int:
    """Output length of a SAME or VALID window, as TFLite has it; <= 0 where the kernel does not fit."""
    effective = (kernel - 1) * dilation + 1
    if padding == "SAME":
        return (size + stride - 1) // stride
    return (size + stride - effective) // stride


def padding_before(output: int, size: int, kernel: int, stride: int, dilation: int) -> int:
    """Padding in front: half of what the outputs need beyond the input, rounded down."""
    return max(0, (output - 1) * stride + (kernel - 1) * dilation + 1 - size) // 2


@dataclass(frozen=True, slots=True)
class Axis:
    """One spatial axis of a window: sizes in elements."""

    input: int
    output: int
    kernel: int
    stride: int
    dilation: int
    pad: int

    def taps(self, position: int) -> int:
        """Kernel positions that fall inside the input for one output position."""
        start = position * self.stride - self.pad
        first = max(0, -(start // self.dilation)) if start < 0 else 0
        last = min(self.kernel, -((start - self.input) // self.dilation))
        return max(0, last - first)

    @property
    def inside(self) -> int:
        """In-bounds taps, summed over all output positions."""
        return sum(self.taps(position) for position in range(self.output))

    @property
    def before(self) -> int:
        """Taps in front of the input, summed over all output positions."""
        return sum(
            min(self.kernel, -(start // self.dilation))
            for position in range(self.output)
            if (start := position * self.stride - self.pad) < 0
        )

    @property
    def after(self) -> int:
        """Taps behind the input, summed over all output positions."""
        return self.output * self.kernel - self.inside - self.before

    @property
    def useful(self) -> range:
        """The taps that meet the input at some output position; a wide window in a small input has others."""
        first = -(((self.output - 1) * self.stride - self.pad) // self.dilation)
        last = (self.input - 1 + self.pad) // self.dilation
        return range(max(0, first), max(0, first, min(self.kernel, last + 1)))

    @property
    def lead(self) -> int:
        """Padding in front that the useful taps read."""
        return max(0, self.pad - self.useful.start * self.dilation)

    @property
    def start(self) -> int:
        """Where in the padded axis the first output position's first useful tap lies."""
        return max(0, self.useful.start * self.dilation - self.pad)

    @property
    def extent(self) -> int:
        """Length of the padded axis: the whole input and every useful tap; at most about thrice the input."""
        if not self.useful:
            return self.lead + self.input
        reach = (self.output - 1) * self.stride - self.pad + self.useful[-1] * self.dilation + 1
        return self.lead + max(self.input, reach)


def _checked_axis(
    node: Node,
    name: str,
    padding: str,
    size: int,
    kernel: int,
    stride: int,
    dilation: int,
    output: int,
) -> Axis:
    """The axis `name` ("height" or "width") of an operator, if its options make sense and fit the output."""
    for what, value in (("stride", stride), ("dilation", dilation), ("window", kernel)):
        if value < 1:
            node.fail(f"the {what} along the {name} is {value}, expected 1 or more")
    if padding not in ("SAME", "VALID"):
        node.fail(f"padding is {padding!r}, expected SAME or VALID")
    if (kernel - 1) * dilation + size + stride > _INT32_MAX:
        node.fail(
            f"a window of {kernel} with dilation {dilation} and stride {stride} along the {name} "
            "overflows TFLM's int32 positions"
        )
    wanted = output_size(padding, size, kernel, stride, dilation)
    if wanted < 1:
        node.fail(f"a window of {kernel} with dilation {dilation} does not fit a {name} of {size}")
    if output != wanted:
        node.fail(
            f"outputs[0] has a {name} of {output}, expected {wanted} from an input of {size}, a window of "
            f"{kernel}, stride {stride}, dilation {dilation} and {padding} padding"
        )
    return Axis(
        size, output, kernel, stride, dilation, padding_before(output, size, kernel, stride, dilation)
    )


def checked_axes(node: Node, source: Tensor, kernel: tuple[int, int], target: Tensor) -> tuple[Axis, Axis]:
    """Height and width of a window over NHWC, if the operator's options make sense and fit the output."""
    options = node.options
    vertical, horizontal = (
        _checked_axis(
            node,
            name,
            options["padding"],
            source.shape[dimension],
            kernel[dimension - 1],
            options[f"stride_{letter}"],
            options.get(f"dilation_{letter}_factor", 1),
            target.shape[dimension],
        )
        for dimension, name, letter in ((1, "height", "h"), (2, "width", "w"))
    )
    return vertical, horizontal


@dataclass(frozen=True, slots=True, eq=False)
class Requantization:
    """From int32 sums to int8: multipliers and shifts, int32 [output channels], zero points, clamp."""

    input_zero_point: int
    output_zero_point: int
    low: int
    high: int
    multipliers: NDArray[np.int32]
    shifts: NDArray[np.int32]


def per_channel_requantization(
    node: Node, source: Tensor, weights: Tensor, target: Tensor, channels: int
) -> Requantization:
    """That of the convolutions, whose weights have one scale or one an output channel, zero point 0."""
    quantization = weights.quantization
    assert quantization is not None
    if quantization.per_channel:
        dimension = quantization.quantized_dimension
        length = weights.shape[dimension] if 0 <= dimension < len(weights.shape) else None
        if not len(quantization.scale) == length == channels:
            node.fail(
                f"inputs[1] ({weights.name!r}) has {len(quantization.scale)} scales along dimension "
                f"{dimension} of {list(weights.shape)}, expected 1, or {channels}, one an output channel",
                Reason.CHANNEL_SCALES,
            )
    place = node.operator.place
    low, high = activation_range(node.options["fused_activation_function"], target, place)
    multipliers, shifts = channel_multipliers(source, weights, target, channels, place)
    return Requantization(source.zero_point, target.zero_point, low, high, multipliers, shifts)


def expect_int8(node: Node, where: str, tensor: Tensor, *also: str) -> None:
    """int8, or one of `also`, with a scale and a zero point; says how to get there."""
    if tensor.dtype not in ("int8", *also):
        node.fail_type(where, tensor, ("int8", *also), f"; {CONVERT_AGAIN}")
    node.expect_quantized(where, tensor)
    _expect_dense(node, where, tensor)


def _expect_dense(node: Node, where: str, tensor: Tensor) -> None:
    data = tensor.data
    if data is not None and (
        data.nbytes < tensor.size_bytes or (tensor.dtype != "int4" and data.shape != tensor.shape)
    ):
        node.fail(f"{where} ({tensor.name!r}) is sparse, expected dense data; TFLM has no sparse kernels")


def expect_layer(node: Node) -> tuple[Tensor, Tensor, Tensor]:
    """Input, weights and output of an operator with weights and perhaps a bias.

    int8 data go with int8 or int4 weights, int16 with int8, float32 with float32.
    """
    node.expect_counts(range(2, 4), 1)
    source, weights, target = node.input(0), node.input(1), node.output(0)
    expect_data(node, "inputs[0]", source)
    if source.dtype == "float32":
        node.input(1, "float32")
        _expect_dense(node, "inputs[1]", weights)
    else:
        expect_int8(node, "inputs[1]", weights, *(("int4",) if source.dtype == "int8" else ()))
    node.output(0, source.dtype)
    if source.dtype != "float32":
        node.expect_quantized("outputs[0]", target)
    return source, weights, target


def expect_data(node: Node, where: str, tensor: Tensor) -> None:
    """int8 or int16 with a scale and a zero point, or float32; says how to get there."""
    if tensor.dtype == "float32":
        _expect_dense(node, where, tensor)
    else:
        expect_int8(node, where, tensor, "int16", "float32")


def expect_shape(node: Node, where: str, tensor: Tensor, rank: int) -> tuple[int, ...]:
    """The shape of a tensor that has this rank and is not empty."""
    if len(tensor.shape) != rank:
        node.fail(f"{where} ({tensor.name!r}) has shape {list(tensor.shape)}, expected {rank} dimensions")
    if 0 in tensor.shape:
        node.fail(f"{where} ({tensor.name!r}) has shape {list(tensor.shape)}, expected no empty dimension")
    return tensor.shape


WEIGHT_BITS = {"int4": 4, "int8": 8, "float32": 32}
BIASES = {"int8": ("int32",), "int16": ("int32", "int64"), "float32": ("float32",)}
"""Type of the data to the types that a bias may have."""


def expect_bias(node: Node, channels: int, wanted: tuple[str, ...] = ()) -> Tensor | None:
    """The optional third input, one element an output channel; of one of the types `wanted`, or else of
    those that go with the data."""
    bias = node.optional_input(2)
    if bias is None:
        return None
    wanted = wanted or BIASES[node.input(0).dtype]
    if bias.dtype not in wanted:
        advice = f"; int64 biases go with int16 activations, for the rest {CONVERT_AGAIN}"
        node.fail_type("inputs[2]", bias, wanted, advice)
    if bias.elements != channels:
        node.fail(
            f"inputs[2] ({bias.name!r}) has shape {list(bias.shape)}, expected {channels} elements, one an "
            "output channel"
        )
    return bias


def _unpack_int4(packed: Array, shape: tuple[int, ...]) -> NDArray[np.int8]:
    """Two signed values a byte, the low half first, to int8."""
    data = packed.reshape(-1).view(np.int8)
    both = np.stack((data << 4, data), axis=-1).reshape(-1) >> 4
    return both[: int(np.prod(shape))].reshape(shape)


def unpacked(array: Array, tensor: Tensor) -> Array:
    """What is stored of a tensor, in its own shape: int4 as int8."""
    return _unpack_int4(array, tensor.shape) if tensor.dtype == "int4" else array


def writable(array: Array) -> Array:
    """The array itself, or a copy of a constant: kernels are compiled for arrays that can be written."""
    return array if array.flags.writeable else array.copy()


def repacked(run: Run, packed: Sequence[Array], pack: Callable[[], Sequence[Array]]) -> Run:
    """`run` for weights that are computed at run time: each time they are packed anew into what it reads."""

    def pack_and_run() -> None:
        for into, array in zip(packed, pack(), strict=True):
            into[:] = array
        run()

    return pack_and_run
