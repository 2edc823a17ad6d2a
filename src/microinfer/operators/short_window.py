"""Windows of numbers beyond 16 bits: TFLM's reference kernels cut them off, CMSIS-NN's do not."""

from __future__ import annotations

from ..errors import Reason
from .spec import Node
from .window import Axis

__all__ = ["SHORT", "expect_short", "expect_short_window"]

SHORT = range(-(1 << 15), 1 << 15)
"""What the reference kernels' ConvParams, DepthwiseParams and PaddingValues hold."""
MOST_TAPS = 1 << 20
"""That are compared one by one; of more taps it is not asked whether cutting off changes one."""


def _cut(value: int) -> int:
    return (value + (1 << 15)) % (1 << 16) - (1 << 15)


def _reads_the_same(axis: Axis, stride: int, dilation: int, pad: int) -> bool:
    """Whether every tap lies where it would with these, or beside the input with either."""
    if axis.output * axis.kernel > MOST_TAPS:
        return False
    for position in range(axis.output):
        start, other = position * axis.stride - axis.pad, position * stride - pad
        for tap in range(axis.kernel):
            wanted, found = start + tap * axis.dilation, other + tap * dilation
            if wanted != found and (0 <= wanted < axis.input or 0 <= found < axis.input):
                return False
    return True


def expect_short_window(node: Node, axes: tuple[Axis, Axis], *, steps: bool = True) -> None:
    """Refuse a window whose numbers, cut off, read other elements. Without `steps` only the padding is short,
    as of pools."""
    for name, axis in zip(("height", "width"), axes, strict=True):
        numbers = (axis.stride, axis.dilation) if steps else ()
        if all(number in SHORT for number in (*numbers, axis.pad)):
            continue
        stride, dilation = (_cut(axis.stride), _cut(axis.dilation)) if steps else (axis.stride, axis.dilation)
        if not _reads_the_same(axis, stride, dilation, _cut(axis.pad)):
            node.fail(
                f"stride {axis.stride}, dilation {axis.dilation} and a padding of {axis.pad} along the "
                f"{name}, expected numbers of 16 bits: TFLM's reference kernels cut off what is beyond and "
                "read other elements then, CMSIS-NN's do not",
                Reason.BEYOND_16_BITS,
            )


def expect_short(node: Node, what: str, value: int) -> None:
    """Refuse an option that the reference kernels cut off."""
    if value not in SHORT:
        node.fail(
            f"{what} is {value}, expected a number of 16 bits: TFLM's reference kernel cuts off what is "
            "beyond, CMSIS-NN's does not",
            Reason.BEYOND_16_BITS,
        )
