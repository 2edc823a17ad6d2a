"""Where TinyTL's lite residuals stand in a network, and what each takes.

One stands beside a block: a convolution that looks at neighbours, with the one of 1 x 1 before it where that
widens the channels, and with the one of 1 x 1 behind it where it is depthwise. It takes the block's narrow
input: halved in height and width by averages, a convolution in two groups, a RELU, one of 1 x 1 to the
block's channels; repeated to the block's size, it is added (TinyTL: Cai, Gan, Zhu and Han, NeurIPS 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ..operators.conv_2d import Conv2DGeometry
from ..operators.depthwise_conv_2d import DepthwiseConv2DGeometry
from ..operators.spec import Step
from ..words.dataclass import dataclass

__all__ = ["LiteResidual", "lite_residuals"]

LARGEST_KERNEL = 5
_Sliding: TypeAlias = Conv2DGeometry | DepthwiseConv2DGeometry


@dataclass(frozen=True, slots=True)
class LiteResidual:
    """`height`, `width` and `channels` of what its convolution reads; `outputs`: channels of the block."""

    height: int
    width: int
    channels: int
    outputs: int

    @property
    def kernel(self) -> tuple[int, int]:
        """5 x 5, or the largest odd one that is no larger than what it slides over."""
        sizes = [min(LARGEST_KERNEL, size - 1 + size % 2) for size in (self.height, self.width)]
        return sizes[0], sizes[1]

    @property
    def groups(self) -> tuple[int, int]:
        """Channels of each."""
        return self.channels - self.channels // 2, self.channels // 2

    @property
    def elements(self) -> int:
        """Of what its convolution reads, and of what it gives."""
        return self.height * self.width * self.channels

    @property
    def trained(self) -> int:
        """Weights and biases of both convolutions."""
        taps = self.kernel[0] * self.kernel[1]
        grouped = taps * sum(count**2 for count in self.groups) + self.channels
        return grouped + (self.channels + 1) * self.outputs


def lite_residuals(steps: Sequence[Step]) -> list[LiteResidual]:
    """Of all blocks, in the order of the network."""
    found = []
    for at, step in enumerate(steps):
        g = step.geometry
        if not isinstance(g, _Sliding) or _pointwise(step) is not None:
            continue
        first, outputs = g, g.output_c
        before = _pointwise(steps[at - 1]) if at and _linked(steps[at - 1], step) else None
        if before is not None and before.input_c < before.output_c:
            first = before
        after = steps[at + 1] if at + 1 < len(steps) else None
        if isinstance(g, DepthwiseConv2DGeometry) and after is not None and _linked(step, after):
            last = _pointwise(after)
            outputs = outputs if last is None else last.output_c
        height, width = max(1, first.input_h // 2), max(1, first.input_w // 2)
        found.append(LiteResidual(height, width, first.input_c, outputs))
    return found


def _pointwise(step: Step) -> _Sliding | None:
    """The geometry of a convolution of 1 x 1, None of anything else."""
    g = step.geometry
    return g if isinstance(g, Conv2DGeometry) and g.kernel_h * g.kernel_w == 1 else None


def _linked(first: Step, second: Step) -> bool:
    return first.node.outputs[0] in second.node.inputs
