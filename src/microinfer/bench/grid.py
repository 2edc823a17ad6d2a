"""The grid: one-operator models, in sweeps along the one size that decides which kernel runs how fast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..builder import ModelBuilder
from ..words.dataclass import dataclass

__all__ = ["KERNELS", "Case", "grid"]

Add = Callable[..., Any]

SCALE, WEIGHT_SCALE = 0.05, 0.01
CHANNELS = (*range(1, 18), 20, 24, 28, 31, 32, 33, 48, 63, 64, 65, 96, 128)
FEW_CHANNELS = (*range(1, 18), 20, 24, 28, 31, 32, 33, 48, 63, 64)
WIDTHS = (4, 8, 12, 16, 24, 32, 64)
UNITS = (1, 2, 3, 4, 5, 8, 10, 12, 16, 32, 64, 128, 256)
DEPTHS = (*range(8, 18), 31, 32, 33, 64, 128, 255, 256, 640, 1024)
ROWS = (1, 2, 3, 4, 5, 8, 16, 32)
LENGTHS = (4, 15, 16, 17, 64, 255, 256, 1024, 4096, 16384, 65536)
CLASSES = (2, 3, 4, 10, 12, 35, 100, 256, 1000)
QUICK = frozenset((1, 3, 4, 8, 10, 15, 16, 17, 32, 64, 256, 1024, 16384))


@dataclass(frozen=True, slots=True)
class Case:
    """A model with one operator.

    `kernel` names its family, `sweep` what it has in common with its neighbours, with a * where `size`
    stands, which is what differs: so many of what `varies` says.
    """

    kernel: str
    sweep: str
    varies: str
    size: int
    add: Add

    @property
    def name(self) -> str:
        """The sweep with its size filled in, such as '12x12, 16 to 32 channels'."""
        return self.sweep.replace("*", str(self.size))

    def build(self) -> bytes:
        """The model's bytes."""
        builder = ModelBuilder(self.name)
        builder.output(self.add(builder, **{self.varies: self.size}))
        return builder.build()


def _values(*shape: int) -> Any:
    return np.random.default_rng(sum(shape)).integers(-127, 128, shape).astype(np.int8)


def _bias(count: int) -> Any:
    return np.arange(count, dtype=np.int32) * 7 - 3 * count


def _image(builder: ModelBuilder, height: int, width: int, channels: int) -> Any:
    return builder.input((1, height, width, channels), scale=SCALE, zero_point=-3)


def _conv(
    builder: ModelBuilder,
    *,
    inputs: int,
    outputs: int,
    image: tuple[int, int],
    kernel: tuple[int, int],
    stride: int = 1,
) -> Any:
    return builder.conv_2d(
        _image(builder, *image, inputs),
        _values(outputs, *kernel, inputs),
        _bias(outputs),
        strides=stride,
        weight_scale=np.full(outputs, WEIGHT_SCALE),
        scale=SCALE,
    )


def _depthwise(builder: ModelBuilder, *, channels: int, image: int, kernel: int, stride: int = 1) -> Any:
    return builder.depthwise_conv_2d(
        _image(builder, image, image, channels),
        _values(1, kernel, kernel, channels),
        _bias(channels),
        strides=stride,
        weight_scale=np.full(channels, WEIGHT_SCALE),
        scale=SCALE,
    )


def _fully_connected(builder: ModelBuilder, *, inputs: int, outputs: int, rows: int = 1) -> Any:
    x = builder.input((rows, inputs), scale=SCALE, zero_point=-3)
    weights = _values(outputs, inputs)
    return builder.fully_connected(x, weights, _bias(outputs), weight_scale=WEIGHT_SCALE, scale=SCALE)


def _pool(operator: str, builder: ModelBuilder, *, channels: int, image: int, window: int) -> Any:
    return getattr(builder, operator)(_image(builder, image, image, channels), window)


def _mean(builder: ModelBuilder, *, channels: int, image: int) -> Any:
    return builder.mean(_image(builder, image, image, channels), (1, 2), scale=SCALE)


def _binary(operator: str, builder: ModelBuilder, *, elements: int) -> Any:
    x, y = (builder.input((1, elements), scale=SCALE * k, zero_point=-k) for k in (1, 2))
    return getattr(builder, operator)(x, y, scale=3 * SCALE)


def _unary(operator: str, builder: ModelBuilder, *, elements: int) -> Any:
    return getattr(builder, operator)(builder.input((1, elements), scale=SCALE, zero_point=-3))


_conv_1x1 = partial(_conv, image=(12, 12), kernel=(1, 1))
_conv_3x3 = partial(_conv, image=(12, 12), kernel=(3, 3))
_first_3x3 = partial(_conv, image=(48, 48), kernel=(3, 3), stride=2)
_first_10x4 = partial(_conv, image=(49, 10), kernel=(10, 4), stride=2)
_average, _max = partial(_pool, "average_pool_2d"), partial(_pool, "max_pool_2d")

_SWEEPS: tuple[tuple[str, str, str, Sequence[int], Add], ...] = (
    ("conv 1x1", "12x12, * to 32 channels", "inputs", CHANNELS, partial(_conv_1x1, outputs=32)),
    ("conv 1x1", "12x12, 32 to * channels", "outputs", CHANNELS, partial(_conv_1x1, inputs=32)),
    ("conv 3x3", "12x12, * to 16 channels", "inputs", CHANNELS, partial(_conv_3x3, outputs=16)),
    ("conv 3x3", "12x12, 16 to * channels", "outputs", FEW_CHANNELS, partial(_conv_3x3, inputs=16)),
    ("first layer", "3x3/2 on 48x48, 1 to * channels", "outputs", WIDTHS, partial(_first_3x3, inputs=1)),
    ("first layer", "3x3/2 on 48x48, 3 to * channels", "outputs", WIDTHS, partial(_first_3x3, inputs=3)),
    ("first layer", "10x4/2 on 49x10, 1 to * channels", "outputs", WIDTHS, partial(_first_10x4, inputs=1)),
    ("depthwise", "3x3 on 12x12, * channels", "channels", CHANNELS, partial(_depthwise, kernel=3, image=12)),
    ("depthwise", "3x3/2 on 24x24, * channels", "channels", FEW_CHANNELS,
     partial(_depthwise, kernel=3, image=24, stride=2)),
    ("depthwise", "5x5 on 12x12, * channels", "channels", FEW_CHANNELS,
     partial(_depthwise, kernel=5, image=12)),
    ("fully connected", "* to 16", "inputs", DEPTHS, partial(_fully_connected, outputs=16)),
    ("fully connected", "256 to *", "outputs", UNITS, partial(_fully_connected, inputs=256)),
    ("fully connected", "* rows of 64 to 64", "rows", ROWS,
     partial(_fully_connected, inputs=64, outputs=64)),
    ("average pool", "2x2/2 on 24x24, * channels", "channels", FEW_CHANNELS,
     partial(_average, window=2, image=24)),
    ("average pool", "whole 6x6, * channels", "channels", FEW_CHANNELS, partial(_average, window=6, image=6)),
    ("max pool", "2x2/2 on 24x24, * channels", "channels", FEW_CHANNELS, partial(_max, window=2, image=24)),
    ("mean", "6x6, * channels", "channels", FEW_CHANNELS, partial(_mean, image=6)),
    ("add", "* elements", "elements", LENGTHS, partial(_binary, "add")),
    ("mul", "* elements", "elements", LENGTHS, partial(_binary, "mul")),
    ("logistic", "* elements", "elements", LENGTHS, partial(_unary, "logistic")),
    ("tanh", "* elements", "elements", LENGTHS, partial(_unary, "tanh")),
    ("softmax", "* classes", "elements", CLASSES, partial(_unary, "softmax")),
)  # fmt: skip
"""Family, sweep, what varies, sizes, and what adds the operator when it is told the size."""

KERNELS = tuple(dict.fromkeys(kernel for kernel, *_ in _SWEEPS))
"""The families, in the grid's order."""


def grid(*, quick: bool = False, kernels: Sequence[str] = KERNELS) -> tuple[Case, ...]:
    """Every case of the families named; `quick` has about a third of them."""
    return tuple(
        Case(kernel, sweep, varies, size, add)
        for kernel, sweep, varies, sizes, add in _SWEEPS
        for size in sizes
        if kernel in kernels and (size in QUICK or not quick)
    )
