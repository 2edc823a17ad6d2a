"""A window that slides over an axis with padding: output sizes, pads and counts of in-bounds taps."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Axis", "output_size", "padding_before"]


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
