"""Windows: output sizes, pads, counts of in-bounds taps, checks of a window's options."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Self

from ..model.schema import PADDINGS
from ..model.tables import Tensor
from ..words.dataclass import dataclass
from .spec import Geometry, Node
from .weights import WEIGHT_BITS

__all__ = [
    "Axis",
    "LayerGeometry",
    "checked_axes",
    "expect_unpadded",
    "output_size",
    "padding_before",
]

_INT32_MAX = (1 << 31) - 1


def output_size(padding: str, size: int, kernel: int, stride: int, dilation: int) -> int:
    """Output length of a SAME or VALID window, as TFLite has it; <= 0 where the kernel does not fit.

    0 for a padding that does not exist, as TFLite has it, too.
    """
    effective = (kernel - 1) * dilation + 1
    if padding == "SAME":
        return (size + stride - 1) // stride
    if padding != "VALID":
        return 0
    return (size + stride - effective) // stride


def padding_before(output: int, size: int, kernel: int, stride: int, dilation: int) -> int:
    """Padding in front: half of what the outputs need beyond the input, rounded down."""
    return max(0, (output - 1) * stride + (kernel - 1) * dilation + 1 - size) // 2


def _floors(count: int, divisor: int, step: int, start: int) -> int:
    """The sum of (start + i * step) // divisor over i below `count`, in as many turns as Euclid's algorithm
    takes for step and divisor; none is negative."""
    total = 0
    while count > 0:
        total += count * (count - 1) // 2 * (step // divisor) + count * (start // divisor)
        step, start = step % divisor, start % divisor
        count, start = divmod(step * count + start, divisor)
        divisor, step = step, divisor
    return total


@lru_cache(maxsize=256)
def _useful(size: int, output: int, kernel: int, stride: int, dilation: int, pad: int) -> range:
    first = -(((output - 1) * stride - pad) // dilation)
    last = (size - 1 + pad) // dilation
    return range(max(0, first), max(0, first, min(kernel, last + 1)))


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
        return self._ahead_of(self.pad + self.input) - self.before

    @property
    def before(self) -> int:
        """Taps in front of the input, summed over all output positions."""
        return self._ahead_of(self.pad)

    def _ahead_of(self, end: int) -> int:
        """Taps of all output positions that lie in front of `end`, counted from the pad's first element."""
        behind = max(0, min(self.output, -(-end // self.stride)))
        whole = -(-(end - (self.kernel - 1) * self.dilation) // self.stride)
        whole = max(0, min(behind, whole))
        last = end - (behind - 1) * self.stride
        rest = _floors(behind - whole, self.dilation, self.stride, last + self.dilation - 1)
        return whole * self.kernel + rest

    def reached(self, tap: int) -> range:
        """The output positions whose tap of this number lies inside the input."""
        low = self.pad - tap * self.dilation
        first = min(self.output, max(0, -(-low // self.stride)))
        return range(first, max(first, min(self.output, -(-(low + self.input) // self.stride))))

    @property
    def after(self) -> int:
        """Taps behind the input, summed over all output positions."""
        return self.output * self.kernel - self.inside - self.before

    @property
    def useful(self) -> range:
        """The taps that meet the input at some output position; a wide window in a small input has others."""
        return _useful(self.input, self.output, self.kernel, self.stride, self.dilation, self.pad)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerGeometry(Geometry):
    """NHWC sizes in elements; pads in front only. `dtype` is the type of the data."""

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
    dilation_h: int
    dilation_w: int
    pad_h: int
    pad_w: int
    per_channel: bool
    bias: bool
    weight_bits: int = 8
    dtype: str = "int8"

    @classmethod
    def of(
        cls,
        source: Tensor,
        weights: Tensor,
        target: Tensor,
        axes: tuple[Axis, Axis],
        bias: Tensor | None,
        **own: Any,
    ) -> Self:
        """That of a layer over NHWC whose axes are checked; `own` are the fields that one operator has."""
        vertical, horizontal = axes
        return cls(
            batch=source.shape[0],
            input_h=vertical.input,
            input_w=horizontal.input,
            input_c=source.shape[3],
            output_h=vertical.output,
            output_w=horizontal.output,
            output_c=target.shape[3],
            kernel_h=vertical.kernel,
            kernel_w=horizontal.kernel,
            stride_h=vertical.stride,
            stride_w=horizontal.stride,
            dilation_h=vertical.dilation,
            dilation_w=horizontal.dilation,
            pad_h=vertical.pad,
            pad_w=horizontal.pad,
            per_channel=weights.quantization is not None and weights.quantization.per_channel,
            bias=bias is not None,
            weight_bits=WEIGHT_BITS[weights.dtype],
            dtype=source.dtype,
            **own,
        )

    @property
    def vertical(self) -> Axis:
        return Axis(self.input_h, self.output_h, self.kernel_h, self.stride_h, self.dilation_h, self.pad_h)

    @property
    def horizontal(self) -> Axis:
        return Axis(self.input_w, self.output_w, self.kernel_w, self.stride_w, self.dilation_w, self.pad_w)

    @property
    def pixels(self) -> int:
        """Of all outputs."""
        return self.batch * self.output_h * self.output_w

    @property
    def taps_inside(self) -> int:
        """Summed over all pixels, without those that fall into the padding."""
        return self.batch * self.vertical.inside * self.horizontal.inside


def expect_unpadded(node: Node, name: str, size: int, kernel: int, stride: int, dilation: int) -> None:
    """A padding that does not exist is none, but for windows for which releases of TFLM differ."""
    if padding_before(0, size, kernel, stride, dilation):
        node.fail(
            f"a padding that does not exist, expected SAME or VALID: with a window of {kernel} in a {name} "
            f"of {size} releases of TFLM differ"
        )


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
    if (kernel - 1) * dilation + size + stride > _INT32_MAX:
        node.fail(
            f"a window of {kernel} with dilation {dilation} and stride {stride} along the {name} "
            "overflows TFLM's int32 positions"
        )
    wanted = output_size(padding, size, kernel, stride, dilation)
    if padding not in PADDINGS:
        expect_unpadded(node, name, size, kernel, stride, dilation)
        if (output - 1) * stride >= size:
            node.fail(
                f"outputs[0] has a {name} of {output}, with a stride of {stride} at most "
                f"{(size - 1) // stride + 1} of which lie in an input of {size}"
            )
        return Axis(size, output, kernel, stride, dilation, 0)
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
